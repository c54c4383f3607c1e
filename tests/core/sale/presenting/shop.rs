//! A seller's route for each way to pay, and a payer of this package in front of it.

use std::rc::Rc;

use farthing::core4mica::Parameters;
use farthing::primitives::Hash;
use farthing::purchase::Command;
use farthing::sale::{Paywall, Presented, Refusal, Request, Terms};
use farthing::x402::{Version, header};
use serde_json::{Value, json};

use crate::driver::scene::{self, Flow, RESOURCE, SELLER, Scene, URL};
use crate::driver::{NOW_S, Rig, core};

/// A route, and how it is paid.
pub struct Shop {
    pub flow: Flow,
    pub terms: Rc<Terms>,
}

/// Options that serve every route here.
pub fn options(flow: Flow) -> Value {
    let generation = match flow {
        Flow::House => "clearing-house",
        Flow::Tab => "tab",
        Flow::Sdk2 => "sdk2",
        _ => "cycle",
    };
    json!({
        "facilitators": {
            "exact": { "url": "https://facilitator.example" },
            "4mica-credit": { "url": "https://credit.example/x402/", "x402Version": 1 },
        },
        "cores": [{ "network": "eip155:84532", "url": scene::CORE_URL, "generation": generation }],
        "rpc": ["eip155:8453"],
    })
}

/// What the route of a flow asks for.
pub fn asked(flow: Flow) -> Value {
    let entry = &Scene::new(flow).challenge["accepts"][0];
    match flow {
        Flow::ExactV1 | Flow::ExactV2 => json!({
            "network": "eip155:8453", "payTo": SELLER, "price": "0.01 USD", "maxTimeoutSeconds": 60,
        }),
        _ => json!({
            "scheme": "4mica-credit", "network": "eip155:84532", "payTo": SELLER, "price": "0.02 USD",
            "maxTimeoutSeconds": 120, "extra": entry["extra"],
        }),
    }
}

pub fn terms(options: &Value, asked: &Value) -> Rc<Terms> {
    let paywall = Paywall::parse(options.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    Rc::new(Terms::parse(&Rc::new(paywall), asked.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}")))
}

impl Shop {
    pub fn new(flow: Flow) -> Self {
        Shop::with(flow, &options(flow), &asked(flow))
    }

    pub fn with(flow: Flow, options: &Value, asked: &Value) -> Self {
        Shop { flow, terms: terms(options, asked) }
    }

    /// What an unpaid request is answered: the header's challenge and the body.
    pub fn challenge(&self) -> (Value, Value) {
        let place = self.terms.place(URL).unwrap();
        let asked = self.terms.challenge(&place, None, &[7; 32], NOW_S);
        (scene::decoded(&asked.header), serde_json::from_str(&asked.body).unwrap())
    }

    /// The payment that this package's own payer makes of the challenge.
    pub fn payment(&self) -> Value {
        let (header, body) = self.challenge();
        let mut scene = Scene::new(self.flow);
        scene.challenge = if self.flow == Flow::ExactV1 { body } else { header };
        let rig = Rig::new(scene).until("send");
        let Command::Send { header, value, .. } = &rig.pending else { unreachable!() };
        assert_eq!(*header, self.version().payment_header());
        scene::decoded(value)
    }

    pub fn version(&self) -> Version {
        if self.flow == Flow::ExactV1 { Version::V1 } else { Version::V2 }
    }

    /// Presents a payment with a GET for the route.
    pub fn present(&self, payment: &Value) -> Result<Presented, Refusal> {
        self.present_value(&encoded(payment))
    }

    pub fn present_value(&self, value: &str) -> Result<Presented, Refusal> {
        self.request(&request(self.version(), value, URL))
    }

    pub fn request(&self, request: &Request<'_>) -> Result<Presented, Refusal> {
        self.with_body(request, &[0; 32])
    }

    pub fn with_body(&self, request: &Request<'_>, body: &Hash) -> Result<Presented, Refusal> {
        let unverified = self.terms.present(request, NOW_S)?;
        let parameters = unverified
            .core()
            .map(|core| Parameters::read(core::parameters(self.flow).to_string().as_bytes(), &core).unwrap());
        unverified.verify(body, parameters.as_ref())
    }

    /// Code and facts of the refusal.
    #[track_caller]
    pub fn refusal(&self, payment: &Value) -> (&'static str, String) {
        refused(self.present(payment))
    }
}

#[track_caller]
pub fn refused(verdict: Result<Presented, Refusal>) -> (&'static str, String) {
    let refusal = verdict.expect_err("it was taken");
    (refusal.code.as_str(), refusal.facts)
}

pub fn request<'a>(version: Version, value: &'a str, url: &'a str) -> Request<'a> {
    let (v1, v2) = match version {
        Version::V1 => (Some(value), None),
        Version::V2 => (None, Some(value)),
    };
    Request { method: "GET", url, v1, v2, sign_in: None }
}

pub fn encoded(payment: &Value) -> String {
    header::encode(payment.to_string().as_bytes())
}

/// Every place in a JSON value, as pointers, leaves and containers alike.
pub fn places(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, value)| places(value, &format!("{at}/{key}"))).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().flat_map(|(index, value)| places(value, &format!("{at}/{index}"))).collect()
        }
        _ => Vec::new(),
    };
    if at.is_empty() { inner } else { [vec![at.to_owned()], inner].concat() }
}

/// The resource that challenges name.
pub const PLACE: &str = RESOURCE;
