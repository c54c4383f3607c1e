//! A 4Mica account: orders in, steps out, reports in, all as JSON texts.

mod proof;
mod report;

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::thrown::{Thrown, seconds};
use crate::account::{Account, Facilitator, Task, Told};
use crate::error::Code;
use crate::purchase::{Config, ConfigError};

/// One account at one core.
#[wasm_bindgen(js_name = Account)]
pub struct AccountHandle {
    account: Account,
}

#[wasm_bindgen(js_class = Account)]
impl AccountHandle {
    /// `options` are the bytes that a payer takes: `{"cores"?, "assets"?, "policy"?}`; `place` is
    /// `{"network", "address", "facilitator"?, "node"?}`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8], place: &str) -> Result<AccountHandle, JsValue> {
        let config = Config::parse(options).map_err(|error| match error {
            ConfigError::Policy(error) => JsValue::from(Thrown::new(error.code(), error.field)),
            ConfigError::Field(field) => Thrown::new(Code::Options, field).into(),
        })?;
        match Account::open(config.registry, place.as_bytes()) {
            Ok(account) => Ok(AccountHandle { account }),
            Err(failure) => Err(Thrown::new(failure.code, failure.facts).into()),
        }
    }

    /// Begins a task.
    pub fn task(&self, order: &[u8]) -> Result<TaskHandle, JsValue> {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).map_err(|_| JsValue::from(Thrown::new(Code::Entropy, "no random source")))?;
        match self.account.task(order, entropy) {
            Ok(task) => Ok(TaskHandle { task }),
            Err(failure) => Err(Thrown::new(failure.code, failure.facts).into()),
        }
    }
}

/// A facilitator.
#[wasm_bindgen(js_name = Facilitator)]
pub struct FacilitatorHandle {
    facilitator: Facilitator,
}

#[wasm_bindgen(js_class = Facilitator)]
impl FacilitatorHandle {
    /// At a URL.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str) -> Result<FacilitatorHandle, JsValue> {
        match Facilitator::at(url) {
            Ok(facilitator) => Ok(FacilitatorHandle { facilitator }),
            Err(failure) => Err(Thrown::new(failure.code, failure.facts).into()),
        }
    }

    /// Begins a task.
    pub fn task(&self, order: &[u8]) -> Result<TaskHandle, JsValue> {
        match self.facilitator.task(order) {
            Ok(task) => Ok(TaskHandle { task }),
            Err(failure) => Err(Thrown::new(failure.code, failure.facts).into()),
        }
    }
}

/// A task under way. Every method takes one report and returns the next step.
#[wasm_bindgen(js_name = Task)]
pub struct TaskHandle {
    task: Task,
}

#[wasm_bindgen(js_class = Task)]
impl TaskHandle {
    /// The first step.
    pub fn first(&mut self, now_s: f64) -> String {
        report::step(&self.task.first(seconds(now_s)))
    }

    /// An answer: HTTP status, 0 for none, and body.
    #[wasm_bindgen(js_name = onAnswer)]
    pub fn on_answer(&mut self, status: u16, body: Vec<u8>, now_s: f64) -> String {
        self.tell(Told::Answer(status, body), now_s)
    }

    /// A signature as the wallet wrote it.
    #[wasm_bindgen(js_name = onSignature)]
    pub fn on_signature(&mut self, signature: String, now_s: f64) -> String {
        self.tell(Told::Signature(signature), now_s)
    }

    /// The hash of a transaction that was sent.
    #[wasm_bindgen(js_name = onSent)]
    pub fn on_sent(&mut self, hash: String, now_s: f64) -> String {
        self.tell(Told::Sent(hash), now_s)
    }

    /// The pause is over.
    #[wasm_bindgen(js_name = onWaited)]
    pub fn on_waited(&mut self, now_s: f64) -> String {
        self.tell(Told::Waited, now_s)
    }

    /// The wallet did not do it; a code of the stage `sign/…`.
    #[wasm_bindgen(js_name = onRefused)]
    pub fn on_refused(&mut self, code: &str, now_s: f64) -> String {
        self.tell(Told::Refused(Code::parse(code).unwrap_or(Code::WalletFailed)), now_s)
    }

    fn tell(&mut self, told: Told, now_s: f64) -> String {
        report::step(&self.task.tell(told, seconds(now_s)))
    }
}
