//! What is proven to others: certificates held against payments, and evidence of whole purchases.

mod driver;
mod support;

#[path = "evidence/alterations.rs"]
mod alterations;
#[path = "evidence/certificates.rs"]
mod certificates;
#[path = "evidence/outcomes.rs"]
mod outcomes;
#[path = "evidence/records.rs"]
mod records;

use driver::Rig;
use driver::scene::{CORE_URL, Flow, Scene};
use farthing::account::{Check, Report, evidence, verify_evidence};
use farthing::owner::Row;
use farthing::primitives::{Address, Network, hex};
use farthing::registry::{Core, Generation, Registry};
use serde_json::{Value, json};

/// A purchase that went as everybody wishes.
pub fn bought(flow: Flow) -> Rig {
    let mut rig = Rig::new(Scene::new(flow));
    rig.run();
    rig
}

/// Its evidence.
pub fn taken(rig: &Rig) -> Value {
    let (record, sealed) = rig.store.texts("trip-42");
    let text = evidence(Row { record: &record, sealed: sealed.as_deref() }).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What it proves to somebody with this registry.
pub fn examined(evidence: &Value, registry: &Registry, response: Option<&[u8]>) -> Report {
    verify_evidence(evidence.to_string().as_bytes(), registry, response).unwrap()
}

/// The core of the scenes; with the operator's key or signer where `pinned`.
pub fn core(flow: Flow, pinned: bool) -> Core {
    let mut core = Core::at(Network::from_chain_id(84532).unwrap(), CORE_URL);
    core.generation = match flow {
        Flow::House => Some(Generation::ClearingHouse),
        Flow::Tab => Some(Generation::Tab),
        Flow::Sdk2 => Some(Generation::Sdk2),
        _ => Some(Generation::Cycle),
    };
    let parameters = driver::core::parameters(flow);
    if pinned {
        core.operator_key = match &parameters["public_key"] {
            Value::Array(_) => {
                let bytes: Vec<u8> = serde_json::from_value(parameters["public_key"].clone()).unwrap();
                Some(bytes.try_into().unwrap())
            }
            Value::String(text) => hex::decode_fixed(text),
            _ => None,
        };
        core.guarantee_signer = parameters["guarantee_signer"].as_str().map(|text| Address::parse(text).unwrap());
    }
    core
}

/// A registry with that core.
pub fn registry(flow: Flow, pinned: bool) -> Registry {
    Registry::new(Vec::new(), vec![core(flow, pinned)])
}

/// The check about a topic.
pub fn check<'r>(report: &'r Report, topic: &str) -> &'r Check {
    report.checks.iter().find(|check| check.topic.as_str() == topic).unwrap_or_else(|| panic!("{topic}: {report:?}"))
}

/// Topics of the checks that were made and failed.
pub fn wrong(report: &Report) -> Vec<&'static str> {
    let failed = report.checks.iter().filter(|check| !check.is_ok() && !check.is_absent());
    failed.map(|check| check.topic.as_str()).collect()
}

/// The value with one member replaced, named by a JSON pointer.
pub fn with(mut evidence: Value, pointer: &str, value: Value) -> Value {
    *evidence.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    evidence
}

/// The value without a member at its top.
pub fn without(mut evidence: Value, member: &str) -> Value {
    assert!(evidence.as_object_mut().unwrap().remove(member).is_some(), "{member}");
    evidence
}

/// A header value with another content.
pub fn encoded(value: &Value) -> Value {
    json!(farthing::x402::header::encode(value.to_string().as_bytes()))
}
