//! What the owner's functions return, compared with js/src/generated/owner.ts.

use std::fmt::Debug;

use farthing::owner::{
    Reconciliation, Reply, Revocation, Row, Simulation, Step, Tally, Unproven, answer, prices, verify_record,
};
use farthing::purchase::Config;
use farthing::registry::Registry;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::{Event, NOW_S, Rig};
use crate::owner_shape::*;
use crate::purchase::Trouble;
use crate::record::State;
use crate::{HEADER, compare, declaration, report, union};

#[test]
fn the_owner_types_of_typescript_are_those_of_the_reports() {
    let mut text = format!("{HEADER}import type {{ State, Write }} from './wire.js'\n\n");
    text += &union("What became of an authorisation.", "Outcome", &["settled", "dead", "undetermined"]);
    text += &union("Why nothing was proven.", "Unproven", &Unproven::ALL.map(Unproven::as_str));
    text += &union("What is wrong with a record.", "Unsound", &["text", "version", "chain", "order", "time", "facts"]);
    text += &declaration::<ReconcileStep>();
    text += &declaration::<ReconcileReport>();
    text += &declaration::<CancelRequest>();
    text += &declaration::<CancelTransaction>();
    text += &declaration::<SoundRecord>();
    text += &declaration::<UnsoundRecord>();
    text += "/** Whether a record can be relied on. */\nexport type Verification = SoundRecord | UnsoundRecord\n\n";
    text += &declaration::<Spent>();
    text += &declaration::<SpentSum>();
    text += &declaration::<SpentCurrency>();
    text += &declaration::<SpentAsset>();
    text += &declaration::<PriceSeen>();
    text += &declaration::<Simulated>();
    text += &declaration::<SimulatedSum>();
    text += &declaration::<SimulatedAsset>();
    text += &declaration::<SimulatedRule>();
    text += &declaration::<SimulatedPurchase>();
    compare("js/src/generated/owner.ts", text.trim_end_matches('\n'));
}

/// Reads a text as its shape and finds the same again: no member is missing, unknown or of another type.
pub fn shaped<T: DeserializeOwned + Serialize + Debug>(text: &str) -> T {
    let shape: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(serde_json::to_value(&shape).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    shape
}

fn lost(flow: Flow) -> (String, Option<String>) {
    let mut rig = Rig::new(Scene::new(flow)).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    rig.store.texts("trip-42")
}

const LATER_S: u64 = NOW_S + 3_600;

#[test]
fn every_report_of_the_owner_has_the_shape_of_its_type() {
    let (record, sealed) = lost(Flow::ExactV2);
    let row = Row { record: &record, sealed: sealed.as_deref() };
    let registry = Registry::default();
    let head = |time_s: u64| json!({ "number": "0x10", "timestamp": format!("{time_s:#x}") });
    let network = if record.contains("eip155:84532") { "0x14a34" } else { "0x2105" };
    // Dead, settled, and not determined.
    for (time_s, flag, outcome) in [(LATER_S, 0, "dead"), (LATER_S - 60, 1, "settled"), (NOW_S, 0, "undetermined")] {
        let results = [json!(network), head(time_s), json!(format!("0x{flag:064x}"))];
        let (machine, mut step) = Reconciliation::new(row, &registry, LATER_S);
        let (mut machine, mut results) = (machine.unwrap(), results.into_iter());
        while let Step::Call(_) = step {
            shaped::<ReconcileStep>(&report::step(&step));
            // After the flag the node refuses everything.
            let answer = results.next().map(|result| json!({ "jsonrpc": "2.0", "id": 1, "result": result }));
            let (status, body) = answer.map_or((400, String::new()), |answer| (200, answer.to_string()));
            step = machine.on_answer(status, body.as_bytes(), LATER_S);
        }
        let ReconcileStep::Done { report } = shaped(&report::step(&step)) else { panic!("{step:?}") };
        assert_eq!((report.outcome.as_str(), report.write.is_some()), (outcome, outcome != "undetermined"));
    }
    let (revocation, write) = Revocation::new(row, &registry, LATER_S).unwrap();
    let value: Value = serde_json::from_str(&report::write(&write)).unwrap();
    assert_eq!((&value["from"], &value["entry"]["state"]), (&json!("unknown"), &json!("unknown")));
    let cancellation = revocation.written();
    let request: CancelRequest = shaped(&report::cancellation(&cancellation));
    assert_eq!(request.payer, crate::driver::payer_key().address().checksummed());
    let digest = alloy_digest(&request.typed_data);
    let key = k256::ecdsa::SigningKey::from_bytes(&[0x11; 32].into()).unwrap();
    let (signature, parity) = key.sign_prehash_recoverable(&digest).unwrap();
    let mut bytes = <[u8; 64]>::from(signature.to_bytes()).to_vec();
    bytes.push(27 + parity.to_byte());
    let signature = crate::primitives::hex::encode(&bytes);
    shaped::<CancelTransaction>(&report::transaction(&cancellation.sign(&signature).unwrap()));
}

/// What a wallet would sign, by the reference implementation.
fn alloy_digest(typed_data: &str) -> [u8; 32] {
    let mut data: Value = serde_json::from_str(typed_data).unwrap();
    let words = |value: &Value| value.as_str().unwrap().to_owned();
    let domain = alloy_sol_types::eip712_domain! {
        name: words(&data["domain"]["name"]),
        version: words(&data["domain"]["version"]),
        chain_id: data["domain"]["chainId"].as_u64().unwrap(),
        verifying_contract: words(&data["domain"]["verifyingContract"]).parse().unwrap(),
    };
    alloy_sol_types::sol! {
        #[derive(serde::Deserialize)]
        struct CancelAuthorization { address authorizer; bytes32 nonce; }
    }
    let message: CancelAuthorization = serde_json::from_value(data["message"].take()).unwrap();
    alloy_sol_types::SolStruct::eip712_signing_hash(&message, &domain).0
}

#[test]
fn every_sum_of_the_owner_has_the_shape_of_its_type() {
    let mut tally = Tally::default();
    let mut simulation = Simulation::new(Config::parse(b"{}").unwrap());
    let mut records = Vec::new();
    for flow in FLOWS {
        let mut paid = Rig::new(Scene::new(flow));
        paid.run();
        records.push(paid.store.texts("trip-42").0);
        records.push(lost(flow).0.replace("trip-42", "trip-43"));
        records.push(lost(flow).0);
    }
    for record in &records {
        tally.add(record);
        simulation.add(record, &[]);
    }
    let flows = u32::try_from(FLOWS.len()).unwrap();
    let spent: Spent = shaped(&tally.to_json());
    assert_eq!((spent.total.settled, spent.total.unresolved), (flows, flows));
    assert_eq!(spent.unread, flows, "another id breaks the chain");
    let seen: Vec<PriceSeen> = shaped(&prices(records.iter().map(String::as_str), "https://api.example.com"));
    assert_eq!(seen.len(), 2 * FLOWS.len());
    let simulated: Simulated = shaped(&simulation.run());
    // All carry the same id: the store takes the first.
    assert_eq!((simulated.purchases.len(), simulated.skipped), (1, 3 * flows - 1));
}

#[test]
fn every_verdict_about_a_record_has_the_shape_of_its_type() {
    let verdict = |text: &str| report::verification(&verify_record(text.as_bytes()));
    let (record, _) = lost(Flow::ExactV1);
    let sound: SoundRecord = shaped(&verdict(&record));
    assert!(sound.sound && sound.hash.is_some() && sound.state == State::Unknown.as_str());
    for (text, problem) in [
        (String::from("{}"), "text"),
        (record.replace("\"version\":2", "\"version\":1"), "version"),
        (record.replace("trip-42", "trip-43"), "chain"),
    ] {
        let unsound: UnsoundRecord = shaped(&verdict(&text));
        assert_eq!((unsound.sound, unsound.problem.as_str()), (false, problem));
    }
}

#[test]
fn a_ticket_of_the_machine_is_answered_in_another_process_and_then_paid() {
    let policy = json!({ "perRequest": "0.10 USD", "askAbove": "0.001 USD" });
    let mut rig = Rig::new(Scene::new(Flow::ExactV2).policy(policy)).until("ask");
    let (record, sealed) = rig.store.texts("trip-42");
    let ticket: Value = serde_json::from_str(&record).unwrap();
    let binding = farthing::primitives::hex::decode_fixed(ticket["terms"]["binding"].as_str().unwrap()).unwrap();
    let row = Row { record: &record, sealed: sealed.as_deref() };
    let yes = answer(row, &binding, Reply::Yes { by: "ada" }, NOW_S + 5).unwrap();
    assert!(rig.store.advance(State::Asked, &yes.entry));
    assert!(!rig.store.advance(State::Asked, &yes.entry), "once");
    let mut next = Rig::at(rig.scene.clone(), rig.store.clone(), 2, NOW_S + 10);
    next.run();
    assert_eq!((next.store.state("trip-42"), next.asked), (Some(State::Settled), 1));
    let record: Value = serde_json::from_str(&next.store.texts("trip-42").0).unwrap();
    assert_eq!(record["approval"]["by"], "ada");
    verify_record(next.store.texts("trip-42").0.as_bytes()).unwrap();
}
