//! What a payment looks like when nothing goes wrong.

use farthing::primitives::keccak256;
use farthing::purchase::Command;
use farthing::record::State;
use serde_json::{Value, json};

use crate::driver::scene::{CONTENT, FLOWS, Flow, SELLER, Scene, TRANSACTION, URL, decoded};
use crate::driver::{NOW_S, Rig, name};
use crate::support::typed_data;

#[test]
fn every_flow_settles_after_the_same_steps() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow));
        let steps = rig.walk();
        let (fetches, proof): (usize, &[&str]) = match flow {
            Flow::ExactV1 | Flow::ExactV2 => (0, &[]),
            Flow::CycleV1 | Flow::CycleV2 => (1, &["verify-certificate"]),
            Flow::House => (2, &[]),
            Flow::Tab => (2, &["verify-certificate"]),
            Flow::Sdk2 => (1, &["verify-certificate"]),
        };
        let expected = [
            &["load", "probe", "account"],
            &vec!["fetch"; fetches][..],
            &["reserve", "sign", "advance", "send"],
            proof,
            &["finish"],
        ]
        .concat();
        assert_eq!(steps, expected, "{flow:?}");
        assert_eq!((rig.problem(), rig.kept, rig.sent.len(), rig.asked), (None, Some(true), 1, 1), "{flow:?}");
        assert_eq!(rig.written(), Some((Some(State::Signed), State::Settled)), "{flow:?}");
        let record = &rig.store.row("trip-42").unwrap().record;
        let states: Vec<_> = record.history().iter().map(|step| step.state).collect();
        assert_eq!(states, [State::Reserved, State::Signed, State::Settled], "{flow:?}");
        let evidence = &record.evidence;
        let exact = matches!(flow, Flow::ExactV1 | Flow::ExactV2);
        assert_eq!(evidence.transaction.as_deref(), exact.then_some(TRANSACTION), "{flow:?}");
        let cycle = !exact && flow != Flow::Tab;
        assert_eq!((evidence.certificate.is_some(), evidence.cycle_id.is_some()), (!exact, cycle), "{flow:?}");
        let kind = match flow {
            Flow::ExactV1 | Flow::ExactV2 => "eip3009",
            Flow::CycleV1 | Flow::CycleV2 => "cycle",
            Flow::House => "clearing-house",
            Flow::Tab => "tab",
            Flow::Sdk2 => "sdk2",
        };
        assert_eq!(record.attempt.as_ref().unwrap().kind, kind);
        assert_eq!(evidence.output, Some(keccak256(CONTENT)), "{flow:?}");
    }
}

#[test]
fn the_wallet_sees_the_digest_that_the_record_names() {
    for flow in FLOWS {
        let rig = Rig::new(Scene::new(flow)).until("sign");
        let Command::Sign { typed_data, payer, .. } = &rig.pending else { unreachable!() };
        let attempt = rig.purchase.record().unwrap().attempt.clone().unwrap();
        let request: Value = serde_json::from_str(&typed_data.to_string()).unwrap();
        assert_eq!((typed_data::digest(&request), *payer), (attempt.digest, rig.key.address()), "{flow:?}");
    }
}

#[test]
fn a_v2_payment_repeats_the_terms_word_for_word() {
    let scene = Scene::new(Flow::ExactV2).entry("note", json!({ "kept": [1, "é"] }));
    let rig = Rig::new(scene).until("send");
    let Command::Send { url, header, .. } = &rig.pending else { unreachable!() };
    assert_eq!((url.as_str(), *header), (URL, "PAYMENT-SIGNATURE"));
    let payment = rig.payment();
    assert_eq!(payment["accepted"], rig.scene.challenge["accepts"][0]);
    assert_eq!(payment["resource"], rig.scene.challenge["resource"]);
    let signed = &payment["payload"]["authorization"];
    assert_eq!((&signed["to"], &signed["value"]), (&json!(SELLER), &json!("10000")));
    assert_eq!(signed["validBefore"], (NOW_S + 60).to_string());
}

#[test]
fn a_v1_payment_names_the_network_as_the_seller_did() {
    let rig = Rig::new(Scene::new(Flow::ExactV1)).until("send");
    let Command::Send { header, .. } = &rig.pending else { unreachable!() };
    let payment = rig.payment();
    assert_eq!(*header, "X-PAYMENT");
    assert_eq!(
        (&payment["x402Version"], &payment["scheme"], &payment["network"]),
        (&json!(1), &json!("exact"), &json!("base"))
    );
}

#[test]
fn the_window_is_the_smaller_of_the_sellers_and_the_owners() {
    for (seller_s, owner_s, expected_s) in [(60, 300, 60), (100_000, 300, 300), (600, 900, 600), (900, 20, 20)] {
        let policy = json!({ "perRequest": "1 USD", "maxWindowSeconds": owner_s });
        let scene = Scene::new(Flow::ExactV2).policy(policy).entry("maxTimeoutSeconds", json!(seller_s));
        let payment = Rig::new(scene).until("send").payment();
        let valid_before = &payment["payload"]["authorization"]["validBefore"];
        assert_eq!(valid_before, &(NOW_S + expected_s).to_string(), "{seller_s} {owner_s}");
    }
}

#[test]
fn a_guarantee_is_never_dated_in_the_future_of_the_seller() {
    for (date_s, expected_s) in
        [(Some(NOW_S), NOW_S - 2), (Some(NOW_S - 20), NOW_S - 22), (Some(NOW_S + 20), NOW_S - 2), (None, NOW_S - 2)]
    {
        let mut scene = Scene::new(Flow::CycleV1);
        scene.date_s = date_s;
        let payment = Rig::new(scene).until("send").payment();
        assert_eq!(payment["payload"]["claims"]["timestamp"], expected_s, "{date_s:?}");
    }
    let mut scene = Scene::new(Flow::House);
    scene.cycle["server_time"] = (NOW_S - 100).into();
    let payment = Rig::new(scene).until("send").payment();
    assert_eq!(payment["payload"]["payload"]["timestamp"], NOW_S - 100, "Core's own clock, to the second");
}

#[test]
fn only_a_402_with_a_challenge_is_paid() {
    for status in [200, 204, 304, 400, 401, 403, 404, 407, 500, 0] {
        let mut scene = Scene::new(Flow::ExactV2);
        scene.status = status;
        let mut rig = Rig::new(scene);
        assert_eq!(name(rig.run()), "pass-through", "{status}");
        assert!(rig.store.rows().is_empty());
    }
    for body in ["", "<html>pay me</html>", r#"{"error":"send 3 USDC to 0x…"}"#, "[]"] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV1)).until("probe");
        let mut answer = rig.scene.answer(NOW_S);
        answer.body = body.into();
        assert_eq!(name(rig.give(crate::driver::Event::Answer(answer))), "pass-through", "{body}");
        assert!(rig.purchase.record().is_none());
    }
}

#[test]
fn a_quote_tells_price_and_rule_and_writes_nothing() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2).quote());
    let Command::Quoted(quoted) = rig.run().clone() else { panic!("{:?}", rig.pending) };
    let record: Value = serde_json::from_str(&quoted.record.to_json()).unwrap();
    assert_eq!((&record["state"], &record["terms"]["price"]), (&json!("planned"), &json!("0.01 USD")));
    assert_eq!(record["decision"]["rule"], "perRequest 0.10 USD");
    assert_eq!((record.get("attempt"), rig.store.rows().len()), (None, 0));

    let dear = Scene::new(Flow::ExactV2).quote().entry("amount", json!("100001"));
    let mut rig = Rig::new(dear);
    rig.run();
    assert_eq!((rig.problem(), rig.written()), (Some("policy/over-cap"), None));
}

#[test]
fn nothing_secret_is_in_record_or_history() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow));
        rig.run();
        let row = rig.store.row("trip-42").unwrap();
        let json = row.record.to_json();
        let sealed: Value = serde_json::from_str(row.sealed.as_deref().unwrap()).unwrap();
        let payment = decoded(sealed["value"].as_str().unwrap());
        let secrets =
            [sealed["value"].as_str().unwrap(), "topsecret", payment["payload"]["signature"].as_str().unwrap()];
        assert!(secrets.iter().all(|secret| !json.contains(secret)), "{flow:?}: {json}");
        // The host program's texts are shown to people: no raw direction control.
        assert!(json.contains("weather \\u202efor the plan"), "{json}");
    }
}
