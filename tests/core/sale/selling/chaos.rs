//! Drivers that tell anything at any time: no panic, no settlement without a confirmed row, no demand after one; and what
//! leaves is what its types say.

use farthing::error::Code;
use farthing::ledger::Reservation;
use farthing::primitives::Amount;
use farthing::purchase::PaidAnswer;
use farthing::record::State;
use farthing::sale::{SaleAnswer, Step, Told};
use serde_json::{Value, json};

use super::world::{RESULT, Setup, TRANSACTION, World, code, honest, name, releases};
use crate::driver::scene::{FLOWS, Flow};
use crate::driver::{Event, is_last};
use crate::support::random::Random;

#[allow(dead_code, reason = "written for TypeScript")]
#[path = "../../generated/sale_shape.rs"]
mod shape;
#[path = "../../../../src/wasm/seller/step.rs"]
mod steps;

fn any(random: &mut Random, world: &World, payment: &Value, rows: &[(String, Option<String>)]) -> Told {
    let bodies = [
        String::new(),
        "{}".into(),
        random.text(),
        json!({ "isValid": true }).to_string(),
        json!({ "isValid": false, "invalidReason": random.text() }).to_string(),
        json!({ "success": true, "transaction": TRANSACTION }).to_string(),
        json!({ "success": false, "errorReason": random.text(), "transaction": TRANSACTION }).to_string(),
        json!({ "jsonrpc": "2.0", "id": 1, "result": "0x2105" }).to_string(),
        json!({ "jsonrpc": "2.0", "id": 1, "result": { "number": "0x9", "timestamp": "0x6b00ff49" } }).to_string(),
        crate::driver::core::parameters(world.flow).to_string(),
        honest_or_nothing(world.flow, payment),
    ];
    match random.below(16) {
        0 => Told::Admitted(random.below(4) > 0),
        1 => Told::Loaded(None),
        2 if !rows.is_empty() => Told::Loaded(Some(random.pick(rows).clone())),
        2 | 3 => Told::Loaded(Some((random.text(), None))),
        4 => Told::Reserved(Reservation::Held),
        5 => Told::Reserved(Reservation::Exists),
        6 => Told::Reserved(Reservation::Changed(random.text())),
        7 => Told::Reserved(Reservation::Exceeds { key: random.text(), used: Amount::MAX }),
        8 | 9 => Told::Advanced(random.below(4) > 0),
        10 | 11 => Told::Answer(*random.pick(&[0, 200, 200, 200, 402, 500]), random.pick(&bodies).clone().into_bytes()),
        12 => Told::Certificate(*random.pick(&[None, Some(Code::CertificateUnchecked)])),
        13 => Told::Worked(*random.pick(&[0, 200, 200, 304, 500]), Some(RESULT.into())),
        14 => Told::Served,
        _ => Told::Trouble,
    }
}

fn honest_or_nothing(flow: Flow, payment: &Value) -> String {
    match flow {
        Flow::ExactV1 | Flow::ExactV2 => "[]".into(),
        flow => honest(flow, payment).to_string(),
    }
}

// The right kind of answer, most of the time.
fn fits(told: &Told, step: &Step) -> bool {
    match step {
        Step::Admit(_) => matches!(told, Told::Admitted(_)),
        Step::Load { .. } => matches!(told, Told::Loaded(_) | Told::Trouble),
        Step::Reserve { .. } => matches!(told, Told::Reserved(_) | Told::Trouble),
        Step::Advance { .. } => matches!(told, Told::Advanced(_) | Told::Trouble),
        Step::Fetch { .. } | Step::Call(_) => matches!(told, Told::Answer(..)),
        Step::VerifyCertificate(_) => matches!(told, Told::Certificate(_)),
        Step::Work(_) => matches!(told, Told::Worked(..)),
        Step::Serve { .. } => matches!(told, Told::Served),
        Step::Done(_) => true,
    }
}

#[test]
fn whatever_a_driver_tells_nothing_is_settled_unwritten_or_demanded_after() {
    let mut random = Random::seeded(5);
    let mut ends = std::collections::BTreeSet::new();
    for flow in [Flow::ExactV2, Flow::CycleV1, Flow::House] {
        for release in releases() {
            let setup = Setup::new(flow, release).with_node();
            let world = setup.world();
            let payment = world.payment(1);
            let mut rows: Vec<(String, Option<String>)> = Vec::new();
            for _ in 0..200 {
                let copy = match rows.is_empty() || random.below(8) > 0 {
                    true => world.copy(&payment),
                    false => {
                        let (record, sealed) = random.pick(&rows).clone();
                        world.resumed(record, sealed)
                    }
                };
                let (mut sale, mut pending) = (copy.sale, copy.pending);
                let (mut written, mut asked, mut gone) = (false, false, false);
                let mut now_s = world.now_s;
                for _ in 0..60 {
                    if let Step::Done(ending) = &pending {
                        ends.insert(code(ending).unwrap_or("none"));
                        if let SaleAnswer::Paywall { challenge, .. } = &ending.answer {
                            assert!(!challenge || !asked || gone, "{ending:?}");
                        }
                        break;
                    }
                    if name(&pending) == "settle" {
                        assert!(written, "asked to settle without a confirmed row");
                        asked = true;
                    }
                    let mut told = any(&mut random, &world, &payment, &rows);
                    while !fits(&told, &pending) && random.below(50) > 0 {
                        told = any(&mut random, &world, &payment, &rows);
                    }
                    // Deep enough into the sale often enough.
                    told = match name(&pending) {
                        "verify" if random.below(3) > 0 => Told::Answer(200, br#"{"isValid":true}"#.to_vec()),
                        "load" if random.below(2) > 0 => Told::Loaded(None),
                        _ => told,
                    };
                    if let (Step::Advance { entry, .. }, Told::Advanced(true)) = (&pending, &told) {
                        let state = entry.record.state();
                        written |= matches!(state, State::Signed | State::Settled);
                        // Proven: nothing will be settled. What was served unpaid stays signed.
                        gone |=
                            state == State::Refused || entry.record.evidence.problem.as_deref() == Some("sale/unpaid");
                        rows.push((entry.record.to_json(), entry.sealed.as_deref().map(str::to_owned)));
                        rows.truncate(64);
                    }
                    now_s += u64::from(random.below(20) == 0) * 120;
                    pending = sale.tell(told, now_s);
                }
                // After the end there is only the end.
                let last = sale.tell(Told::Served, now_s);
                assert!(matches!(last, Step::Done(_)) || name(&pending) != "done", "{last:?}");
            }
        }
    }
    for expected in ["none", "sale/store", "sale/store-late", "sale/in-progress", "sale/facilitator", "sale/unknown"] {
        assert!(ends.contains(expected), "{expected}: {ends:?}");
    }
}

fn crosses(step: &Step, seen: &mut std::collections::BTreeSet<String>) {
    let text = steps::step(step);
    let mut lines = text.split('\n');
    let json: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    let read: shape::SaleStep = serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    seen.insert(json["do"].as_str().unwrap().into());
    for entry in [&json["entry"], &json["intent"]["entry"]] {
        if entry.is_object() {
            let record: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
            let read: shape::SaleRecord =
                serde_json::from_value(record.clone()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(serde_json::to_value(&read).unwrap(), record);
            assert_eq!(record["history"].as_array().unwrap().len(), entry["step"]);
            assert_eq!(record["state"], entry["state"]);
            assert_eq!(record["saleId"], entry["purchaseId"]);
            let is_sealed = matches!(entry["state"].as_str(), Some("signed" | "settled"));
            let sealed: Option<Value> = lines.next().map(|sealed| serde_json::from_str(sealed).unwrap());
            assert_eq!(sealed.is_some_and(|sealed| sealed["payment"].is_string()), is_sealed);
        }
    }
    // A core is asked for its public document, a facilitator about a payment.
    if json["do"] == "fetch" && json["to"] != "core" {
        let body: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
        assert!(body["paymentPayload"].is_object(), "{body}");
    }
    assert_eq!(lines.next(), None);
    if let Some(from) = json["answer"]["from"].as_str() {
        seen.insert(from.into());
    }
}

#[test]
fn every_step_of_a_sale_crosses_as_its_type_says() {
    let mut seen = std::collections::BTreeSet::new();
    for flow in FLOWS {
        for (release, fault) in
            releases().into_iter().flat_map(|release| (0..5).map(move |fault| (release.clone(), fault)))
        {
            let setup = Setup::new(flow, release).with_node().option("paymentIdentifier", json!("optional"));
            let mut world = setup.world();
            let mut payment = world.payment(1);
            payment["extensions"]["payment-identifier"]["info"]["id"] = json!("order-1234567890abcdef");
            match fault {
                1 => world.settles.push((0, String::new())),
                2 => world.work = (500, None),
                3 => world.admits = false,
                4 => world.verifies.push((200, json!({ "isValid": false }).to_string())),
                _ => {}
            }
            for _ in 0..2 {
                let mut copy = world.copy(&payment);
                crosses(&copy.pending, &mut seen);
                while !matches!(copy.pending, Step::Done(_)) {
                    world.step(&mut copy);
                    crosses(&copy.pending, &mut seen);
                }
                world.now_s += 5;
            }
            if !world.ledger.rows().is_empty() {
                let (record, sealed) = world.texts();
                let mut copy = world.resumed(record, sealed);
                world.run(&mut copy);
                crosses(&copy.pending, &mut seen);
            }
        }
    }
    // `work` is a step and an answer.
    assert_eq!(seen.len(), 14, "ten steps and five answers: {seen:?}");
}

#[test]
fn our_own_payer_takes_what_it_is_told_for_settled() {
    for flow in FLOWS {
        for release in [json!("verify-first"), json!("settle-first")] {
            let mut world = Setup::new(flow, release).world();
            let mut buyer = world.buyer(1);
            let SaleAnswer::Work(headers) = world.present(&buyer.payment()).answer else { panic!("{flow:?}") };
            let [(name, value)] = headers.as_slice() else { panic!("{headers:?}") };
            assert_eq!(*name, if flow == Flow::ExactV1 { "X-PAYMENT-RESPONSE" } else { "PAYMENT-RESPONSE" });
            buyer.give(Event::Settlement(PaidAnswer {
                status: 200,
                header: Some(value.clone()),
                output: None,
                body: Vec::new(),
            }));
            while !is_last(&buyer.pending) {
                buyer.step();
            }
            assert_eq!((buyer.problem(), buyer.store.state("trip-1")), (None, Some(State::Settled)), "{flow:?}");
        }
    }
}
