//! A seller's copies on one store, a facilitator and a node that follow a script, a handler; and what must hold at every
//! step, whatever the order.

pub mod chain;
mod facilitator;
mod setup;
pub mod watch;

use std::collections::BTreeMap;
use std::rc::Rc;

use farthing::ledger::Memory;
use farthing::primitives::keccak256;
use farthing::purchase::Command;
use farthing::sale::{Agent, Ending, Paywall, Request, Sale, SaleAnswer, SaleRecord, Shown, Step, Terms, Told};
use farthing::x402::{Version, header};
use serde_json::Value;

use chain::Chain;
pub use facilitator::honest;
pub use setup::{Setup, releases};

use crate::driver::scene::{self, Flow, Scene, URL};
use crate::driver::{NOW_S, Rig};

pub const TRANSACTION: &str = "0x1234123412341234123412341234123412341234123412341234123412341234";
pub const RESULT: &str = r#"{"status":200,"headers":[["content-type","text/plain"]],"body":"cmFpbg=="}"#;
pub const EXACT_URL: &str = "https://facilitator.example";
const CREDIT_URL: &str = "https://credit.example/x402";
/// Longer than any lease here.
pub const LEASE_S: u64 = 100;

/// Everything outside the machine.
#[derive(Clone)]
pub struct World {
    pub flow: Flow,
    pub terms: Rc<Terms>,
    pub ledger: Memory<SaleRecord>,
    pub chain: Chain,
    pub now_s: u64,
    /// What the next requests are answered with, in this order; the truth afterwards.
    pub verifies: Vec<(u16, String)>,
    pub settles: Vec<(u16, String)>,
    /// Bodies that asked to settle, by nonce.
    pub asked: Vec<(String, String)>,
    /// What the facilitator is asked to settle happens, even if it says something else.
    pub moves: bool,
    /// Status and result of the handler.
    pub work: (u16, Option<String>),
    pub works: usize,
    pub admits: bool,
    /// Whether the operator's signatures are looked at.
    pub operator: Option<farthing::error::Code>,
    /// Answers with what was sold, by claim.
    pub grants: BTreeMap<String, usize>,
    /// Handler's responses that left before their settlement.
    pub served: usize,
    /// Handler's responses that left after their settlement, or before.
    pub handed: usize,
    /// Steps asked, by name.
    pub steps: Vec<String>,
}

/// One copy of the seller with one request.
pub struct Copy {
    pub sale: Sale,
    pub pending: Step,
    /// Everything it was told, which is all it knows.
    pub told: Vec<String>,
}

impl World {
    fn new(setup: &Setup) -> Self {
        let options = setup.options();
        let paywall = Rc::new(Paywall::parse(options.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}")));
        let asked = setup.asked().to_string();
        World {
            flow: setup.flow,
            terms: Rc::new(Terms::parse(&paywall, asked.as_bytes()).unwrap_or_else(|error| panic!("{error}"))),
            ledger: Memory::default(),
            chain: Chain { token: scene::USDC.to_lowercase(), ..Chain::default() },
            now_s: NOW_S,
            verifies: Vec::new(),
            settles: Vec::new(),
            asked: Vec::new(),
            moves: true,
            work: (200, Some(RESULT.into())),
            works: 0,
            admits: true,
            operator: None,
            grants: BTreeMap::new(),
            served: 0,
            handed: 0,
            steps: Vec::new(),
        }
    }

    /// The payment that this package's own payer makes for the route.
    pub fn payment(&self, seed: u8) -> Value {
        let Command::Send { value, .. } = &self.buyer(seed).pending else { unreachable!() };
        scene::decoded(value)
    }

    /// That payer, about to send it.
    pub fn buyer(&self, seed: u8) -> Rig {
        let place = self.terms.place(URL).unwrap();
        let asked = self.terms.challenge(&place, None, &[7; 32], self.now_s);
        let mut scene = Scene::new(self.flow);
        scene.challenge = match self.flow {
            Flow::ExactV1 => serde_json::from_str(&asked.body).unwrap(),
            _ => scene::decoded(&asked.header),
        };
        scene.date_s = Some(self.now_s);
        scene.request.purchase_id = Some(format!("trip-{seed}"));
        Rig::at(scene, crate::driver::store::Store::default(), seed, self.now_s).until("send")
    }

    pub fn version(&self) -> Version {
        if self.flow == Flow::ExactV1 { Version::V1 } else { Version::V2 }
    }

    /// A copy that got a request with this payment.
    pub fn copy(&self, payment: &Value) -> Copy {
        self.copy_for(payment, URL, b"")
    }

    pub fn copy_for(&self, payment: &Value, url: &str, body: &[u8]) -> Copy {
        let value = header::encode(payment.to_string().as_bytes());
        let (v1, v2) = match self.version() {
            Version::V1 => (Some(value.as_str()), None),
            Version::V2 => (None, Some(value.as_str())),
        };
        let body = if body.is_empty() { [0; 32] } else { keccak256(body) };
        let request = Request { method: "GET", url, v1, v2, sign_in: None };
        let agent = Agent { user_agent: Some("test".into()), signature_agent: None };
        self.begun(Sale::new(Shown::read(&self.terms, &request, agent, self.now_s), body))
    }

    /// A copy that found this row.
    pub fn resumed(&self, record: String, sealed: Option<String>) -> Copy {
        self.begun(Sale::resumed(Rc::clone(self.terms.paywall()), record, sealed))
    }

    fn begun(&self, mut sale: Sale) -> Copy {
        let pending = sale.first(self.now_s);
        Copy { sale, pending, told: Vec::new() }
    }

    /// Carries a copy's step out and tells it.
    pub fn step(&mut self, copy: &mut Copy) {
        let told = self.wished(&copy.pending);
        self.tell(copy, told);
    }

    /// Tells a copy something, and looks at what it does then.
    pub fn tell(&mut self, copy: &mut Copy, told: Told) {
        copy.told.push(match &told {
            Told::Loaded(row) => format!("{row:?}"),
            Told::Answer(status, body) => format!("{status} {}", String::from_utf8_lossy(body)),
            other => format!("{other:?}"),
        });
        copy.pending = copy.sale.tell(told, self.now_s);
        if let Step::Done(ending) = &copy.pending {
            self.ended(ending);
        }
    }

    /// Goes on as everybody wishes, to the end.
    pub fn run(&mut self, copy: &mut Copy) -> Ending {
        for _ in 0..200 {
            if let Step::Done(ending) = &copy.pending {
                return (**ending).clone();
            }
            self.step(copy);
        }
        panic!("asks for ever: {:?}", self.steps);
    }

    /// Presents a payment, to the end.
    pub fn present(&mut self, payment: &Value) -> Ending {
        let mut copy = self.copy(payment);
        self.run(&mut copy)
    }

    /// Goes on until a step of that name waits.
    pub fn until(&mut self, copy: &mut Copy, wanted: &str) {
        while name(&copy.pending) != wanted {
            assert!(!matches!(copy.pending, Step::Done(_)), "never came to {wanted}: {:?}", copy.pending);
            self.step(copy);
        }
    }

    /// What an honest world tells.
    pub fn wished(&mut self, step: &Step) -> Told {
        self.steps.push(name(step).into());
        match step {
            Step::Admit(_) => Told::Admitted(self.admits),
            Step::Load { query } => Told::Loaded(self.ledger.read(query).entries.into_iter().next()),
            Step::Reserve { intent } => {
                watch::entry(&intent.entry);
                Told::Reserved(self.ledger.reserve(intent))
            }
            Step::Advance { from, entry } => {
                watch::entry(entry);
                Told::Advanced(self.ledger.advance(*from, entry))
            }
            Step::Fetch { to, request } => {
                let body = request.body.as_ref().map(|body| body.to_string());
                let (status, body) = self.fetched(*to, &request.url, body.as_deref());
                Told::Answer(status, body)
            }
            Step::Call(call) => {
                let (status, body) = self.chain.answer(call, self.now_s);
                Told::Answer(status, body)
            }
            Step::VerifyCertificate(open) => Told::Certificate(self.operator.or(open.verify().err())),
            Step::Work(_) => {
                self.works += 1;
                Told::Worked(self.work.0, self.work.1.clone())
            }
            Step::Serve { headers } => {
                assert!(headers.is_empty(), "nothing is settled yet");
                self.served += 1;
                self.handed += 1;
                Told::Served
            }
            Step::Done(_) => panic!("nothing follows the end"),
        }
    }

    fn ended(&mut self, ending: &Ending) {
        watch::ending(self, ending);
        if matches!(ending.answer, SaleAnswer::Work(_) | SaleAnswer::Stored(..)) && ending.report.refusal.is_none() {
            self.handed += usize::from(matches!(ending.answer, SaleAnswer::Work(_)));
            *self.grants.entry(ending.report.payment_id.clone().unwrap()).or_default() += 1;
        }
    }

    /// The one row there is.
    pub fn row(&self) -> SaleRecord {
        let rows = self.ledger.rows();
        assert_eq!(rows.len(), 1);
        rows[0].record.clone()
    }

    pub fn row_if_any(&self) -> Option<SaleRecord> {
        self.ledger.rows().first().map(|row| row.record.clone())
    }

    /// The texts of that row, as they lie in the store.
    pub fn texts(&self) -> (String, Option<String>) {
        let rows = self.ledger.rows();
        (rows[0].record.to_json(), rows[0].sealed.as_deref().map(str::to_owned))
    }
}

pub fn name(step: &Step) -> &'static str {
    match step {
        Step::Admit(_) => "admit",
        Step::Load { .. } => "load",
        Step::Reserve { .. } => "reserve",
        Step::Advance { .. } => "advance",
        Step::Fetch { request, .. } if request.url.ends_with("/verify") => "verify",
        Step::Fetch { request, .. } if request.url.ends_with("/settle") => "settle",
        Step::Fetch { .. } => "parameters",
        Step::Call(_) => "call",
        Step::VerifyCertificate(_) => "certificate",
        Step::Work(_) => "work",
        Step::Serve { .. } => "serve",
        Step::Done(_) => "done",
    }
}

/// Code of the refusal that leaves, or in the report.
pub fn code(ending: &Ending) -> Option<&'static str> {
    ending.report.refusal.as_ref().map(|refusal| refusal.code.as_str())
}
