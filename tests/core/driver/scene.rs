//! A request, the owner's options, and a seller who answers by a script.

use farthing::policy::Purpose;
use farthing::primitives::keccak256;
use farthing::purchase::{Answer, Mode, PaidAnswer, Request};
use farthing::x402::header;
use serde_json::{Value, json};

use super::core;

pub const URL: &str = "https://api.example.com/weather?key=topsecret";
pub const RESOURCE: &str = "https://api.example.com/weather";
pub const SELLER: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
pub const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
pub const USDC_SEPOLIA: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
pub const TRANSACTION: &str = "0x1234123412341234123412341234123412341234123412341234123412341234";
/// What is paid for.
pub const CONTENT: &[u8] = b"rain";
pub const CORE_URL: &str = "https://core.example.com";
pub const TAB_URL: &str = "https://api.example.com/payment/tab";

/// How the seller wants to be paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Flow {
    ExactV1,
    ExactV2,
    CycleV1,
    CycleV2,
    House,
    Tab,
    Sdk2,
}

pub const FLOWS: [Flow; 7] =
    [Flow::ExactV1, Flow::ExactV2, Flow::CycleV1, Flow::CycleV2, Flow::House, Flow::Tab, Flow::Sdk2];

/// Everything outside the machine.
#[derive(Clone, Debug)]
pub struct Scene {
    pub flow: Flow,
    pub mode: Mode,
    pub options: String,
    pub request: Request,
    pub status: u16,
    /// URL that answers the unpaid request.
    pub reached: String,
    /// The challenge; v1 goes into the body, v2 into the header.
    pub challenge: Value,
    pub date_s: Option<u64>,
    pub paid_status: u16,
    /// Changes the honest settlement; `None` from it leaves the header out.
    pub settlement: fn(Value) -> Option<Value>,
    pub parameters: Value,
    pub cycle: Value,
    /// What the seller's tab endpoint answers.
    pub tab: Value,
}

impl Scene {
    pub fn new(flow: Flow) -> Self {
        let exact = matches!(flow, Flow::ExactV1 | Flow::ExactV2);
        let mut options = json!({ "policy": {
            "perRequest": "0.10 USD", "budgets": [{ "limit": "1 USD", "every": "day" }],
        }});
        if !exact {
            let generation = match flow {
                Flow::House => "clearing-house",
                Flow::Tab => "tab",
                Flow::Sdk2 => "sdk2",
                _ => "cycle",
            };
            options["cores"] = json!([{ "network": "eip155:84532", "url": CORE_URL, "generation": generation }]);
        }
        Scene {
            flow,
            mode: Mode::Pay,
            options: options.to_string(),
            request: Request {
                purchase_id: Some("trip-42".into()),
                method: "GET".into(),
                url: URL.into(),
                body_hash: [0; 32],
                purpose: Purpose {
                    task: Some("trip".into()),
                    reason: Some("weather \u{202e}for the plan".into()),
                    ..Purpose::default()
                },
                at_most: None,
                quoted: None,
            },
            status: 402,
            reached: URL.into(),
            challenge: challenge(flow),
            date_s: Some(super::NOW_S),
            paid_status: 200,
            settlement: Some,
            parameters: core::parameters(flow),
            cycle: core::active_cycle(),
            tab: json!({
                "tabId": "3", "nextReqId": "0x7", "userAddress": super::payer_key().address().checksummed(),
            }),
        }
    }

    pub fn quote(mut self) -> Self {
        self.mode = Mode::Quote;
        self
    }

    pub fn observe(mut self) -> Self {
        self.mode = Mode::Observe;
        self
    }

    pub fn without_id(mut self) -> Self {
        self.request.purchase_id = None;
        self
    }

    pub fn post(mut self, body: &[u8]) -> Self {
        self.request.method = "POST".into();
        self.request.body_hash = keccak256(body);
        self
    }

    pub fn policy(mut self, policy: Value) -> Self {
        self.options = json!({ "policy": policy }).to_string();
        self
    }

    /// Changes the first entry of `accepts`.
    pub fn entry(mut self, field: &str, value: Value) -> Self {
        self.challenge["accepts"][0][field] = value;
        self
    }

    pub fn settled(mut self, settlement: fn(Value) -> Option<Value>) -> Self {
        self.settlement = settlement;
        self
    }

    pub fn answer(&self, _now_s: u64) -> Answer {
        let text = self.challenge.to_string();
        let v1 = self.challenge["x402Version"] == 1;
        Answer {
            status: self.status,
            url: self.reached.clone(),
            header: (!v1).then(|| header::encode(text.as_bytes())),
            body: if v1 { text.into_bytes() } else { Vec::new() },
            date_s: self.date_s,
        }
    }

    pub fn document(&self, url: &str, now_s: u64) -> (u16, Vec<u8>) {
        let active = format!("{CORE_URL}/core/cycles/active?asset={}", USDC_SEPOLIA.to_lowercase());
        if url == format!("{CORE_URL}/core/public-params") {
            return (200, self.parameters.to_string().into_bytes());
        }
        assert_eq!(url, active);
        let mut cycle = self.cycle.clone();
        if cycle["server_time"].is_null() {
            cycle["server_time"] = now_s.into();
        }
        (200, cycle.to_string().into_bytes())
    }

    /// The seller's answer to a POST, which must be a request for a tab.
    pub fn tab(&self, url: &str, body: &str) -> (u16, Vec<u8>) {
        assert_eq!(url, TAB_URL);
        let asked: Value = serde_json::from_str(body).unwrap();
        let entry = &self.challenge["accepts"][0];
        assert_eq!((&asked["x402Version"], &asked["paymentRequirements"]), (&json!(2), entry));
        assert_eq!(asked["resource"], self.challenge["resource"]);
        assert_eq!(asked["userAddress"], super::payer_key().address().lower());
        (200, self.tab.to_string().into_bytes())
    }

    pub fn paid(&self, value: &str) -> PaidAnswer {
        let payment = decoded(value);
        let honest = match self.flow {
            Flow::ExactV1 | Flow::ExactV2 => json!({
                "success": true, "transaction": TRANSACTION, "network": self.challenge["accepts"][0]["network"],
                "payer": payment["payload"]["authorization"]["from"],
            }),
            Flow::CycleV1 | Flow::CycleV2 => core::settlement(core::certificate(&payment)),
            Flow::Tab => core::settlement(core::tab_certified(core::tab_claims_of(&payment))),
            Flow::Sdk2 => core::settlement(core::certified(core::sdk2_claims_of(&payment))),
            Flow::House => core::settlement(core::receipt(&payment)),
        };
        let settlement = (self.settlement)(honest).map(|settlement| header::encode(settlement.to_string().as_bytes()));
        PaidAnswer { status: self.paid_status, header: settlement, output: Some(keccak256(CONTENT)), body: Vec::new() }
    }
}

fn challenge(flow: Flow) -> Value {
    let resource = json!({ "url": RESOURCE, "description": "weather", "mimeType": "application/json" });
    let v2 = |entry: Value| json!({ "x402Version": 2, "resource": resource, "accepts": [entry] });
    let credit = |extra: Value| {
        v2(json!({
            "scheme": "4mica-credit", "network": "eip155:84532", "amount": "20000", "asset": USDC_SEPOLIA,
            "payTo": SELLER, "maxTimeoutSeconds": 120, "extra": extra,
        }))
    };
    match flow {
        Flow::ExactV1 => json!({ "x402Version": 1, "error": "X-PAYMENT header is required", "accepts": [{
            "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "asset": USDC, "payTo": SELLER,
            "maxTimeoutSeconds": 60, "resource": RESOURCE, "description": "", "mimeType": "",
            "extra": { "name": "USD Coin", "version": "2" },
        }]}),
        Flow::ExactV2 => v2(json!({
            "scheme": "exact", "network": "eip155:8453", "amount": "10000", "asset": USDC, "payTo": SELLER,
            "maxTimeoutSeconds": 60, "extra": { "name": "USD Coin", "version": "2" },
        })),
        Flow::CycleV1 => credit(json!({})),
        Flow::CycleV2 => credit(core::validation()),
        Flow::House | Flow::Sdk2 => credit(json!({ "validation": {
            "validator": core::VALIDATOR,
            "subject": "0x00000000000000000000000000000000000000000000000000000000000000aa",
            "deadline": 1_795_300_000, "params": "0x0102",
        }})),
        Flow::Tab => credit(json!({ "tabEndpoint": TAB_URL })),
    }
}

/// A payment or settlement header as JSON.
pub fn decoded(value: &str) -> Value {
    serde_json::from_slice(&header::decode(value).unwrap()).unwrap()
}

pub fn signature_of(payment: &Value) -> String {
    payment["payload"]["signature"].as_str().unwrap().to_owned()
}
