//! What the owner does beside payments: rows in, JSON texts out.
//!
//! `options` are the bytes that a payer takes: `{"policy"?, "assets"?, "cores"?, "store"?}`.

mod report;

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::thrown::{Thrown, seconds};
use crate::error::Code;
use crate::ledger::Write;
use crate::owner::{self, Cancellation, Reconciliation, Reply, Revocation, Row, Simulation, Step, Tally};
use crate::primitives::hex;
use crate::purchase::{Config, ConfigError};

fn config(options: &[u8]) -> Result<Config, JsValue> {
    Config::parse(options).map_err(|error| match error {
        ConfigError::Policy(error) => Thrown::new(error.code(), error.field).into(),
        ConfigError::Field(field) => Thrown::new(Code::Options, field).into(),
    })
}

/// Whether a record can be relied on.
#[wasm_bindgen(js_name = verifyRecord)]
pub fn verify_record(record: &str) -> String {
    report::verification(&owner::verify_record(record.as_bytes()))
}

/// Answers a question: yes with a name, no without one. The write replaces a row in state `asked`.
#[wasm_bindgen(js_name = answerTicket)]
pub fn answer_ticket(
    record: &str,
    sealed: Option<String>,
    binding: &str,
    by: Option<String>,
    now_s: f64,
) -> Result<String, JsValue> {
    let binding =
        hex::decode_fixed(binding).ok_or_else(|| JsValue::from(Thrown::new(Code::ApprovalMismatch, "binding")))?;
    let row = Row { record, sealed: sealed.as_deref() };
    let reply = by.as_deref().map_or(Reply::No, |by| Reply::Yes { by });
    match owner::answer(row, &binding, reply, seconds(now_s)) {
        Ok(write) => Ok(report::write(&write)),
        Err(error) => Err(Thrown::new(error.code(), "").into()),
    }
}

/// Every price of one seller, oldest first.
#[wasm_bindgen]
pub fn prices(records: Vec<String>, seller: &str) -> String {
    owner::prices(records.iter().map(String::as_str), seller)
}

/// The first line of a CSV file.
#[wasm_bindgen(js_name = csvHeader)]
pub fn csv_header() -> String {
    owner::csv_header()
}

/// The line of one purchase.
#[wasm_bindgen(js_name = csvRow)]
pub fn csv_row(purchase_id: &str, record: &str) -> String {
    owner::csv_row(purchase_id, record)
}

/// Sums over records.
#[wasm_bindgen(js_name = Tally)]
#[derive(Default)]
pub struct TallyHandle {
    tally: Tally,
}

#[wasm_bindgen(js_class = Tally)]
impl TallyHandle {
    /// Of nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> TallyHandle {
        TallyHandle::default()
    }

    /// Counts a record.
    pub fn add(&mut self, record: &str) {
        self.tally.add(record);
    }

    /// The sums.
    pub fn sums(&self) -> String {
        self.tally.to_json()
    }
}

/// Proof of what became of one authorisation.
#[wasm_bindgen(js_name = Reconciliation)]
pub struct ReconciliationHandle {
    machine: Option<Reconciliation>,
    first: Step,
}

#[wasm_bindgen(js_class = Reconciliation)]
impl ReconciliationHandle {
    /// Looks into a row.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8], record: &str, sealed: Option<String>, now_s: f64) -> Result<Self, JsValue> {
        let row = Row { record, sealed: sealed.as_deref() };
        let (machine, first) = Reconciliation::new(row, &config(options)?.registry, seconds(now_s));
        Ok(ReconciliationHandle { machine, first })
    }

    /// The first step.
    pub fn first(&self) -> String {
        report::step(&self.first)
    }

    /// The answer to a call: HTTP status (0 for none) and body. The next step.
    #[wasm_bindgen(js_name = onAnswer)]
    pub fn on_answer(&mut self, status: u16, body: &[u8], now_s: f64) -> Result<String, JsValue> {
        match &mut self.machine {
            Some(machine) => Ok(report::step(&machine.on_answer(status, body, seconds(now_s)))),
            None => Err(Thrown::new(Code::OutOfOrder, "onAnswer").into()),
        }
    }
}

/// An authorisation being taken back: first the write, then the signature.
#[wasm_bindgen(js_name = Revocation)]
pub struct RevocationHandle {
    begun: Option<Revocation>,
    write: Write,
    cancellation: Option<Cancellation>,
}

#[wasm_bindgen(js_class = Revocation)]
impl RevocationHandle {
    /// Begins with a row.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8], record: &str, sealed: Option<String>, now_s: f64) -> Result<Self, JsValue> {
        let row = Row { record, sealed: sealed.as_deref() };
        match Revocation::new(row, &config(options)?.registry, seconds(now_s)) {
            Ok((revocation, write)) => Ok(RevocationHandle { begun: Some(revocation), write, cancellation: None }),
            Err(error) => Err(Thrown::new(error.code(), error.as_str()).into()),
        }
    }

    /// What the store must know before the wallet is asked.
    pub fn write(&self) -> String {
        report::write(&self.write)
    }

    /// The store confirmed. What the wallet is asked.
    pub fn written(&mut self) -> Result<String, JsValue> {
        let begun = self.begun.take().ok_or_else(|| JsValue::from(Thrown::new(Code::OutOfOrder, "written")))?;
        Ok(report::cancellation(self.cancellation.insert(begun.written())))
    }

    /// The wallet's answer. What anybody may send.
    pub fn sign(&self, signature: &str) -> Result<String, JsValue> {
        let Some(cancellation) = &self.cancellation else { return Err(Thrown::new(Code::OutOfOrder, "sign").into()) };
        match cancellation.sign(signature) {
            Ok(transaction) => Ok(report::transaction(&transaction)),
            Err(error) => Err(Thrown::new(error.code(), "").into()),
        }
    }
}

/// A policy tried on the past.
#[wasm_bindgen(js_name = Simulation)]
pub struct SimulationHandle {
    simulation: Option<Simulation>,
}

#[wasm_bindgen(js_class = Simulation)]
impl SimulationHandle {
    /// With a policy.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8]) -> Result<Self, JsValue> {
        Ok(SimulationHandle { simulation: Some(Simulation::new(config(options)?)) })
    }

    /// IANA names of the time zones that budgets count in, joined by spaces.
    #[wasm_bindgen(getter)]
    pub fn zones(&self) -> String {
        self.simulation.as_ref().map(|simulation| simulation.zones().join(" ")).unwrap_or_default()
    }

    /// Adds a purchase; `zones` are minutes east of UTC when it began.
    pub fn add(&mut self, record: &str, zones: &[i32]) {
        if let Some(simulation) = &mut self.simulation {
            simulation.add(record, zones);
        }
    }

    /// What would have been. Once.
    pub fn run(&mut self) -> Result<String, JsValue> {
        match self.simulation.take() {
            Some(simulation) => Ok(simulation.run()),
            None => Err(Thrown::new(Code::OutOfOrder, "run").into()),
        }
    }
}
