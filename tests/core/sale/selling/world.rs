//! A seller's copies on one store, a facilitator and a node that follow a script, a handler; and what must hold at every
//! step, whatever the order.

use std::collections::BTreeMap;
use std::rc::Rc;

use farthing::ledger::Memory;
use farthing::primitives::keccak256;
use farthing::purchase::Command;
use farthing::record::State;
use farthing::sale::{Agent, Ending, Party, Paywall, Request, Sale, SaleAnswer, SaleRecord, Step, Terms, Told};
use farthing::x402::{Version, header};
use serde_json::{Value, json};

use super::chain::{Chain, Event};
use crate::driver::scene::{self, CORE_URL, Flow, SELLER, Scene, URL};
use crate::driver::{NOW_S, Rig, core};

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

/// How a world is set up.
#[derive(Clone)]
pub struct Setup {
    pub flow: Flow,
    pub release: Value,
    pub rpc: bool,
    pub options: Value,
}

impl Setup {
    pub fn new(flow: Flow, release: Value) -> Self {
        Setup { flow, release, rpc: false, options: json!({}) }
    }

    pub fn with_node(self) -> Self {
        Setup { rpc: true, ..self }
    }

    pub fn option(mut self, name: &str, value: Value) -> Self {
        self.options[name] = value;
        self
    }

    pub fn world(&self) -> World {
        World::new(self)
    }
}

/// The three orders.
pub fn releases() -> [Value; 3] {
    [json!("verify-first"), json!("settle-first"), json!({ "optimistic": { "cap": "1 USD" } })]
}

impl World {
    fn new(setup: &Setup) -> Self {
        let generation = match setup.flow {
            Flow::House => "clearing-house",
            Flow::Tab => "tab",
            Flow::Sdk2 => "sdk2",
            _ => "cycle",
        };
        let mut options = json!({
            "facilitators": { "exact": { "url": EXACT_URL }, "4mica-credit": { "url": CREDIT_URL } },
            "cores": [{ "network": "eip155:84532", "url": CORE_URL, "generation": generation }],
            "rpc": if setup.rpc { json!(["eip155:8453"]) } else { json!([]) },
            "release": setup.release, "handlerTimeoutMs": 30_000, "timeoutMs": 10_000,
        });
        for (name, value) in setup.options.as_object().unwrap() {
            options[name] = value.clone();
        }
        let paywall = Rc::new(Paywall::parse(options.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}")));
        let asked = asked(setup.flow).to_string();
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
            steps: Vec::new(),
        }
    }

    /// The payment that this package's own payer makes for the route.
    pub fn payment(&self, seed: u8) -> Value {
        let place = self.terms.place(URL).unwrap();
        let asked = self.terms.challenge(&place, None, &[7; 32], self.now_s);
        let mut scene = Scene::new(self.flow);
        scene.challenge = match self.flow {
            Flow::ExactV1 => serde_json::from_str(&asked.body).unwrap(),
            _ => scene::decoded(&asked.header),
        };
        scene.date_s = Some(self.now_s);
        scene.request.purchase_id = Some(format!("trip-{seed}"));
        let rig = Rig::at(scene, crate::driver::store::Store::default(), seed, self.now_s).until("send");
        let Command::Send { value, .. } = &rig.pending else { unreachable!() };
        scene::decoded(value)
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
        let request = Request { method: "GET", url, v1, v2, sign_in: None, body };
        let agent = Agent { user_agent: Some("test".into()), signature_agent: None };
        self.begun(Sale::new(self.terms.present(&request, self.now_s), agent))
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
                super::watch::entry(&intent.entry);
                Told::Reserved(self.ledger.reserve(intent))
            }
            Step::Advance { from, entry } => {
                super::watch::entry(entry);
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
                Told::Served
            }
            Step::Done(_) => panic!("nothing follows the end"),
        }
    }

    fn fetched(&mut self, to: Party, url: &str, body: Option<&str>) -> (u16, Vec<u8>) {
        let Some(body) = body else {
            assert_eq!((to, url), (Party::Core, &*format!("{CORE_URL}/core/public-params")));
            return (200, core::parameters(self.flow).to_string().into_bytes());
        };
        let base = if to == Party::Exact { EXACT_URL } else { CREDIT_URL };
        let question: Value = serde_json::from_str(body).unwrap();
        let (status, text) = match url.strip_prefix(base).unwrap() {
            "/verify" if !self.verifies.is_empty() => self.verifies.remove(0),
            "/verify" => (200, json!({ "isValid": true }).to_string()),
            "/settle" => {
                let payment = question["paymentPayload"].clone();
                self.watch_settle(&nonce(&payment), body);
                self.settled(&payment)
            }
            other => panic!("{other}"),
        };
        (status, text.into_bytes())
    }

    // Nothing is asked to settle that is not sealed in the store, and only ever in the same bytes.
    fn watch_settle(&mut self, nonce: &str, body: &str) {
        let rows = self.ledger.rows();
        let row = rows.iter().find(|row| super::watch::nonce(&row.record).eq_ignore_ascii_case(nonce)).unwrap();
        assert_eq!(row.record.state(), State::Signed, "asked to settle before it was durable");
        assert!(row.sealed.is_some());
        if let Some((_, before)) = self.asked.iter().find(|(known, _)| known == nonce) {
            assert_eq!(before, body, "settled again in other bytes");
        }
        self.asked.push((nonce.into(), body.into()));
    }

    fn settled(&mut self, payment: &Value) -> (u16, String) {
        let (nonce, exact) = (nonce(payment), payment["payload"]["authorization"].clone());
        let fresh = !self.chain.is_used(&nonce);
        if fresh && self.moves {
            let moved = match exact.is_object() {
                true => Some((exact["to"].as_str().unwrap().into(), exact["value"].as_str().unwrap().parse().unwrap())),
                false => Some((SELLER.into(), 20_000)),
            };
            let payer = exact["from"].as_str().unwrap_or("0x00").into();
            let transaction = TRANSACTION.into();
            self.chain.events.push(Event { payer, nonce, at_s: self.now_s, moved, transaction });
        }
        if !self.settles.is_empty() {
            return self.settles.remove(0);
        }
        let answer = match (fresh, exact.is_object()) {
            (false, true) => json!({ "success": false, "errorReason": "nonce_already_used", "transaction": "" }),
            // The same bytes get the same certificate.
            (_, false) => honest(self.flow, payment),
            (true, true) => json!({
                "success": true, "transaction": TRANSACTION, "network": "eip155:8453", "payer": exact["from"],
            }),
        };
        (200, answer.to_string())
    }

    fn ended(&mut self, ending: &Ending) {
        super::watch::ending(self, ending);
        if matches!(ending.answer, SaleAnswer::Work(_) | SaleAnswer::Stored(..)) && ending.report.refusal.is_none() {
            *self.grants.entry(ending.report.payment_id.clone().unwrap()).or_default() += 1;
        }
    }

    /// The one row there is.
    pub fn row(&self) -> SaleRecord {
        let rows = self.ledger.rows();
        assert_eq!(rows.len(), 1);
        rows[0].record.clone()
    }

    /// The texts of that row, as they lie in the store.
    pub fn texts(&self) -> (String, Option<String>) {
        let rows = self.ledger.rows();
        (rows[0].record.to_json(), rows[0].sealed.as_deref().map(str::to_owned))
    }
}

/// What the facilitator of 4Mica answers when all is well.
pub fn honest(flow: Flow, payment: &Value) -> Value {
    match flow {
        Flow::House => {
            let mut settlement = core::settlement(core::receipt(payment));
            let certificate = settlement["certificate"].as_object_mut().unwrap();
            let receipt = certificate.remove("claims").unwrap();
            certificate.insert("receipt".into(), receipt);
            settlement
        }
        Flow::Sdk2 => core::settlement(core::certified(core::sdk2_claims_of(payment))),
        Flow::Tab => core::settlement(core::tab_certified(core::tab_claims_of(payment))),
        _ => core::settlement(core::certificate(payment)),
    }
}

pub fn nonce(payment: &Value) -> String {
    let payload = &payment["payload"];
    let places = [&payload["authorization"]["nonce"], &payload["claims"]["req_id"], &payload["payload"]["req_id"]];
    let text = places.into_iter().find_map(Value::as_str).unwrap().trim_start_matches("0x").to_lowercase();
    format!("0x{text:0>64}")
}

/// What the route of a flow asks for.
fn asked(flow: Flow) -> Value {
    match flow {
        Flow::ExactV1 | Flow::ExactV2 => json!({
            "network": "eip155:8453", "payTo": SELLER, "price": "0.01 USD", "maxTimeoutSeconds": 60,
        }),
        _ => json!({
            "scheme": "4mica-credit", "network": "eip155:84532", "payTo": SELLER, "price": "0.02 USD",
            "maxTimeoutSeconds": 120, "extra": Scene::new(flow).challenge["accepts"][0]["extra"],
        }),
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
