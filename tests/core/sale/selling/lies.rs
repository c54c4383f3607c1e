//! What facilitators say that is not so, or not enough (threats S2, S10, S27, S34).

use farthing::record::State;
use farthing::sale::SaleAnswer;
use serde_json::{Value, json};

use super::world::{Setup, TRANSACTION, World, code, honest, releases};
use crate::driver::scene::{FLOWS, Flow, SELLER};

fn payer() -> String {
    crate::driver::payer_key().address().checksummed()
}

/// Answers to `/verify` that are no yes.
fn no_yes() -> Vec<(u16, String)> {
    let yes = json!({ "isValid": true });
    let mut answers: Vec<(u16, String)> =
        [0, 201, 204, 301, 302, 400, 401, 404, 429, 500, 502, 503].map(|status| (status, yes.to_string())).to_vec();
    answers.extend(
        [
            json!({}),
            json!([]),
            json!(null),
            json!("true"),
            json!({ "isValid": "true" }),
            json!({ "isValid": 1 }),
            json!({ "isValid": null }),
            json!({ "valid": true }),
            json!({ "success": true }),
            json!({ "isValid": true, "payer": SELLER }),
            json!({ "isValid": true, "payer": "0x" }),
            json!({ "isValid": true, "payer": 7 }),
        ]
        .map(|body| (200, body.to_string())),
    );
    answers.extend(
        ["", "<html>ok</html>", "{\"isValid\":true", "{\"isValid\":false,\"isValid\":true}", "{\"isValid\":true}x"]
            .map(|body| (200, body.to_owned())),
    );
    answers
}

#[test]
fn nothing_but_a_literal_yes_about_this_payer_lets_a_sale_go_on() {
    for flow in FLOWS {
        for release in [json!("verify-first"), json!("settle-first")] {
            for answer in no_yes() {
                let mut world = Setup::new(flow, release.clone()).world();
                let payment = world.payment(1);
                world.verifies.push(answer.clone());
                let ending = world.present(&payment);
                assert_eq!(code(&ending), Some("sale/facilitator"), "{flow:?} {release} {answer:?}");
                assert_eq!((world.works, world.asked.len(), world.row().state()), (0, 0, State::Refused), "{answer:?}");
                // The same payment is as good as before.
                assert_eq!(code(&world.present(&payment)), None, "{flow:?} {release} {answer:?}");
            }
        }
    }
}

#[test]
fn a_refused_payment_is_asked_for_anew_with_the_reason_and_no_work_is_done() {
    for release in [json!("verify-first"), json!("settle-first")] {
        let mut world = Setup::new(Flow::ExactV2, release).world();
        let payment = world.payment(1);
        let reason = format!("insufficient_funds\u{202e}{}", "x".repeat(500));
        world.verifies.push((200, json!({ "isValid": false, "invalidReason": reason }).to_string()));
        let ending = world.present(&payment);
        let SaleAnswer::Paywall { refusal, challenge: true, .. } = &ending.answer else { panic!("{ending:?}") };
        assert!(refusal.facts.starts_with("\"insufficient_funds\\u202e"), "{}", refusal.facts);
        assert_eq!((refusal.code.as_str(), world.works, world.asked.len()), ("sale/refused", 0, 0));
        assert_eq!(world.row().state(), State::Refused);
    }
}

fn settled(rest: Value) -> (u16, String) {
    let mut body = json!({ "success": true, "transaction": TRANSACTION, "network": "eip155:8453", "payer": payer() });
    for (name, value) in rest.as_object().unwrap() {
        body[name] = value.clone();
    }
    (200, body.to_string())
}

/// Answers to `/settle` that are no settlement, and what the buyer is told of each.
fn no_settlements() -> Vec<((u16, String), &'static str)> {
    let mut answers: Vec<((u16, String), &str)> = Vec::new();
    for status in [0, 201, 202, 301, 400, 402, 404, 429, 500, 502, 503] {
        answers.push(((status, settled(json!({})).1), "sale/unknown"));
    }
    for body in ["", "{}", "[]", "null", "<html>", "{\"success\":\"true\"}", "{\"success\":1}", "{\"success\":true"] {
        answers.push(((200, body.into()), "sale/unknown"));
    }
    for reason in ["insufficient_funds", "invalid_transaction_state", "unexpected_settle_error", "settlement_pending"] {
        let body = json!({ "success": false, "errorReason": reason, "transaction": "", "network": "eip155:8453" });
        answers.push(((200, body.to_string()), "sale/unknown"));
    }
    for lie in [
        json!({ "payer": SELLER }),
        json!({ "payer": "" }),
        json!({ "network": "eip155:84532" }),
        json!({ "network": "base" }),
        json!({ "amount": "9999" }),
        json!({ "amount": 10_000 }),
        json!({ "transaction": "" }),
        json!({ "transaction": "0x12" }),
        json!({ "transaction": null }),
    ] {
        answers.push((settled(lie), "sale/unproven"));
    }
    answers
}

#[test]
fn what_is_no_settlement_is_never_served_and_never_asked_for_again() {
    for release in releases() {
        for (answer, expected) in no_settlements() {
            let mut world = Setup::new(Flow::ExactV2, release.clone()).world();
            let payment = world.payment(1);
            world.settles.push(answer.clone());
            let ending = world.present(&payment);
            let optimistic = release.is_object();
            assert_eq!(code(&ending), Some(if optimistic { "sale/unpaid" } else { expected }), "{answer:?}");
            assert_eq!((world.row().state(), world.served), (State::Signed, usize::from(optimistic)), "{answer:?}");
            assert!(matches!(ending.answer, SaleAnswer::Paywall { challenge: false, .. } | SaleAnswer::Nothing));
            // Asked at once: from the row alone.
            let steps = world.steps.len();
            assert_eq!(code(&world.present(&payment)), Some("sale/unknown"), "{answer:?}");
            assert_eq!(world.steps[steps..], ["admit", "reserve", "load"]);
            assert!(world.grants.is_empty());
        }
    }
}

#[test]
fn a_failed_settlement_of_a_transfer_is_not_taken_for_a_refusal_whatever_its_reason() {
    let mut world = Setup::new(Flow::ExactV2, json!("verify-first")).world();
    let payment = world.payment(1);
    // It was sent all the same.
    world.settles.push((200, json!({ "success": false, "errorReason": "insufficient_funds" }).to_string()));
    assert_eq!(code(&world.present(&payment)), Some("sale/unknown"));
    for _ in 0..20 {
        world.now_s += 400;
        assert_eq!(code(&world.present(&payment)), Some("sale/unknown"), "days later, too");
    }
    assert_eq!(world.works, 1);
}

fn credit(flow: Flow) -> World {
    Setup::new(flow, json!("verify-first")).world()
}

const CREDIT: [Flow; 4] = [Flow::CycleV1, Flow::CycleV2, Flow::Tab, Flow::Sdk2];

#[test]
fn a_certificate_that_does_not_hold_is_no_settlement() {
    for flow in CREDIT.into_iter().chain([Flow::House]) {
        let one = credit(flow);
        let (ours, theirs) = (one.payment(1), one.payment(2));
        let truth = honest(flow, &ours);
        let certificate = &truth["certificate"];
        let name = if flow == Flow::House { "receipt" } else { "claims" };
        let flipped = |text: &Value| {
            let text = text.as_str().unwrap();
            let last = if text.ends_with('0') { "1" } else { "0" };
            json!(format!("{}{last}", &text[..text.len() - 1]))
        };
        let with = |member: &str, value: Value| {
            let mut body = truth.clone();
            body["certificate"][member] = value;
            body
        };
        // The numbers of a tab are the seller's: here both have the same.
        let another = if flow == Flow::Tab { json!({ "success": true }) } else { honest(flow, &theirs) };
        for (body, expected) in [
            (another, "sale/unproven"),
            (with(name, flipped(&certificate[name])), "sale/unproven"),
            (
                with("signature", json!(format!("0x{}", "00".repeat(if flow == Flow::House { 65 } else { 96 })))),
                "sale/unproven",
            ),
            (with("signature", json!("0x")), "sale/unproven"),
            (with(name, json!("")), "sale/unproven"),
            (json!({ "success": true }), "sale/unproven"),
            (json!({ "success": "true", "certificate": certificate }), "sale/unknown"),
            (json!({ "certificate": certificate }), "sale/unknown"),
        ] {
            let mut world = credit(flow);
            world.settles.push((200, body.to_string()));
            let ending = world.present(&ours);
            assert_eq!(code(&ending), Some(expected), "{flow:?} {body}");
            assert_eq!((world.row().state(), world.grants.len()), (State::Signed, 0), "{flow:?} {body}");
        }
    }
}

#[test]
fn an_operators_signature_that_nobody_could_check_is_no_proof() {
    for flow in CREDIT {
        let mut world = credit(flow);
        let payment = world.payment(1);
        world.operator = Some(farthing::error::Code::CertificateUnchecked);
        assert_eq!(code(&world.present(&payment)), Some("sale/unproven"));
        // Once it can be, the same certificate is.
        world.operator = None;
        world.now_s += 400;
        assert_eq!(code(&world.present(&payment)), None);
    }
}

#[test]
fn a_core_that_states_a_reason_refuses_once_and_only_at_the_first_time() {
    let refused = json!({
        "success": false, "error": "core guarantee request failed (400 Bad Request): Not enough free collateral",
    });
    let mut world = credit(Flow::CycleV1);
    let payment = world.payment(1);
    world.settles.push((200, refused.to_string()));
    world.moves = false;
    let ending = world.present(&payment);
    assert_eq!((code(&ending), world.row().state()), (Some("sale/refused"), State::Refused));
    // After one request that nobody answered, a refusal may be that of the second.
    let mut world = credit(Flow::CycleV1);
    world.settles.extend([(0, String::new()), (200, refused.to_string())]);
    assert_eq!(code(&world.present(&payment)), Some("sale/unknown"));
    world.now_s += 400;
    assert_eq!((code(&world.present(&payment)), world.row().state()), (Some("sale/unknown"), State::Signed));
}

#[test]
fn a_core_that_is_not_the_pinned_one_sells_nothing() {
    for flow in CREDIT {
        let mut world = credit(flow);
        let payment = world.payment(1);
        for (status, body) in [(0, ""), (503, ""), (200, "{}"), (200, "<html>"), (404, "")] {
            let mut copy = world.copy(&payment);
            world.tell(&mut copy, farthing::sale::Told::Answer(status, body.as_bytes().to_vec()));
            let ending = world.run(&mut copy);
            assert_eq!(code(&ending), Some("sale/facilitator"), "{status} {body}");
        }
        assert_eq!((world.ledger.rows().len(), world.works), (0, 0));
    }
}
