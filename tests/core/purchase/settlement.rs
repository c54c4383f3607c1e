//! What a seller may answer to a payment, and what of it counts.

use farthing::purchase::PaidAnswer;
use farthing::record::State;
use farthing::x402::header;
use serde_json::{Value, json};

use crate::driver::scene::{Flow, Scene};
use crate::driver::{Event, Rig, name};

fn changed(mut settlement: Value, field: &str, value: Value) -> Option<Value> {
    settlement[field] = value;
    Some(settlement)
}

type Change = fn(Value) -> Option<Value>;

const CONTRADICTIONS: [(&str, Change, &str); 13] = [
    ("missing", |_| None, "settlement/missing"),
    ("success false", |s| changed(s, "success", json!(false)), "settlement/reported-failure"),
    ("success as text", |s| changed(s, "success", json!("true")), "settlement/unreadable"),
    ("success as number", |s| changed(s, "success", json!(1)), "settlement/unreadable"),
    ("success absent", |_| Some(json!({})), "settlement/unreadable"),
    ("an array", |_| Some(json!([])), "settlement/unreadable"),
    (
        "other payer",
        |s| changed(s, "payer", json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906")),
        "settlement/contradicts",
    ),
    ("unreadable payer", |s| changed(s, "payer", json!("alice.eth")), "settlement/contradicts"),
    ("other network", |s| changed(s, "network", json!("eip155:84532")), "settlement/contradicts"),
    ("unreadable network", |s| changed(s, "network", json!("eip155:8453:evil")), "settlement/contradicts"),
    ("larger amount", |s| changed(s, "amount", json!("10001")), "settlement/contradicts"),
    ("no transaction", |s| changed(s, "transaction", json!("")), "settlement/missing"),
    ("prose as transaction", |s| changed(s, "transaction", json!("0xpaid")), "settlement/missing"),
];

#[test]
fn content_with_a_settlement_that_proves_nothing_is_delivered_and_counted_as_spent() {
    for flow in [Flow::ExactV1, Flow::ExactV2] {
        for (what, change, code) in CONTRADICTIONS {
            let mut rig = Rig::new(Scene::new(flow).settled(change));
            assert_eq!(name(rig.run()), "finish", "{what}");
            assert_eq!((rig.problem(), rig.kept), (Some(code), Some(true)), "{what}");
            assert_eq!(rig.written(), Some((Some(State::Signed), State::Unknown)), "{what}");
        }
    }
}

#[test]
fn a_header_that_is_no_settlement_is_unreadable() {
    for value in ["", "%%%", "bm90IGpzb24=", "e30=, e30=", "eyJzdWNjZXNzIjp0cnVlLCJzdWNjZXNzIjpmYWxzZX0="] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
        rig.give(Event::Settlement(PaidAnswer {
            status: 200,
            header: Some(value.into()),
            output: None,
            body: Vec::new(),
        }));
        assert_eq!(rig.problem(), Some("settlement/unreadable"), "{value}");
    }
}

#[test]
fn fields_that_agree_or_are_absent_settle() {
    let agreeing: [(&str, Change); 5] = [
        ("payer absent", |mut s| {
            s.as_object_mut().unwrap().remove("payer");
            Some(s)
        }),
        ("payer in lower case", |s| {
            let payer = s["payer"].as_str().unwrap().to_lowercase();
            changed(s, "payer", json!(payer))
        }),
        ("network as v1 name", |s| changed(s, "network", json!("base"))),
        ("amount as signed", |s| changed(s, "amount", json!("10000"))),
        ("unknown fields", |s| changed(s, "note", json!("thank you"))),
    ];
    for (what, change) in agreeing {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2).settled(change));
        rig.run();
        assert_eq!(rig.written(), Some((Some(State::Signed), State::Settled)), "{what}");
    }
}

#[test]
fn the_status_decides_what_an_unproven_answer_is_called() {
    for (status, end, code) in [
        (200, "finish", "settlement/missing"),
        (404, "finish", "settlement/missing"),
        (304, "finish", "settlement/missing"),
        (500, "finish", "settlement/unavailable"),
        (503, "finish", "settlement/unavailable"),
        (402, "fail", "settlement/demanded-again"),
        (302, "fail", "settlement/redirected"),
        (307, "fail", "settlement/redirected"),
        (0, "fail", "settlement/redirected"),
    ] {
        let mut scene = Scene::new(Flow::ExactV2).settled(|_| None);
        scene.paid_status = status;
        let mut rig = Rig::new(scene);
        assert_eq!(name(rig.run()), end, "{status}");
        assert_eq!(
            (rig.problem(), rig.written()),
            (Some(code), Some((Some(State::Signed), State::Unknown))),
            "{status}"
        );
        assert_eq!(rig.store.row("trip-42").unwrap().record.evidence.status, Some(u64::from(status)));
    }
}

#[test]
fn a_proven_settlement_is_settled_whatever_the_status() {
    for (status, end, problem) in [
        (200, "finish", None),
        (402, "finish", None),
        (500, "finish", None),
        (302, "fail", Some("settlement/paid-redirect")),
    ] {
        let mut scene = Scene::new(Flow::ExactV2);
        scene.paid_status = status;
        let mut rig = Rig::new(scene);
        assert_eq!(name(rig.run()), end, "{status}");
        assert_eq!((rig.problem(), rig.store.state("trip-42")), (problem, Some(State::Settled)), "{status}");
    }
}

#[test]
fn a_sellers_reason_reaches_people_escaped_and_short() {
    let mut scene = Scene::new(Flow::ExactV2).settled(|s| {
        let s = changed(s, "success", json!(false)).unwrap();
        changed(s, "errorReason", json!(format!("no\r\nX: y \u{1b}[2J \u{202e}{}", "z".repeat(1000))))
    });
    scene.paid_status = 402;
    let mut rig = Rig::new(scene);
    rig.run();
    let facts = &rig.failure().facts;
    assert!(facts.starts_with("the seller says \"no\\u000d\\u000aX: y \\u001b[2J \\u202ezzz"), "{facts}");
    assert!(facts.len() < 300 && !facts.contains(['\n', '\u{202e}']), "{facts}");
    assert!(!rig.store.row("trip-42").unwrap().record.to_json().contains("zzz"));
}

#[test]
fn an_answer_that_comes_twice_counts_once() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
    let first = rig.wished();
    rig.give(first);
    let lie = header::encode(json!({ "success": false }).to_string().as_bytes());
    rig.give(Event::Settlement(PaidAnswer { status: 402, header: Some(lie), output: None, body: Vec::new() }));
    assert_eq!(rig.store.state("trip-42"), Some(State::Settled));
}

#[test]
fn a_reason_that_stands_only_in_the_body_of_a_402_is_quoted() {
    let long = json!({ "error": format!("no\r\n\u{202e}{}", "z".repeat(1000)) }).to_string();
    let padded = json!({ "error": "no", "more": vec!["x".repeat(1000); 17] }).to_string();
    for (body, facts) in [
        // As the recorded seller of 4mica/server-packages.json, and as an x402 v1 challenge.
        (
            r#"{"error":"Settlement failed","details":"Facilitator settle failed (200): invalid signature"}"#,
            r#"the seller says "Settlement failed: Facilitator settle failed (200): invalid signature""#,
        ),
        (r#"{"x402Version":1,"error":"insufficient_funds","accepts":[]}"#, r#"the seller says "insufficient_funds""#),
        (r#"{"details":"no collateral"}"#, r#"the seller says "no collateral""#),
        (long.as_str(), &format!(r#"the seller says "no\u000d\u000a\u202e{}""#, "z".repeat(195))),
        (r#"{"error":"","details":""}"#, ""),
        (r#"{"error":{"message":"no"}}"#, ""),
        (r#"{"error":"one","error":"two"}"#, ""),
        (r#"["no"]"#, ""),
        ("<html>no</html>", ""),
        (padded.as_str(), ""),
        ("", ""),
    ] {
        for flow in [Flow::ExactV1, Flow::ExactV2, Flow::CycleV2] {
            let mut rig = Rig::new(Scene::new(flow)).until("send");
            rig.give(Event::Settlement(PaidAnswer { status: 402, header: None, output: None, body: body.into() }));
            assert_eq!((rig.problem(), &*rig.failure().facts), (Some("settlement/demanded-again"), facts), "{flow:?}");
        }
    }
}

#[test]
fn the_reason_in_the_settlement_goes_before_the_one_in_the_body() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
    let said = json!({ "success": false, "errorReason": "nonce used", "transaction": "" });
    let header = Some(header::encode(said.to_string().as_bytes()));
    let body = br#"{"error":"payment failed"}"#.to_vec();
    rig.give(Event::Settlement(PaidAnswer { status: 402, header, output: None, body }));
    assert_eq!(rig.failure().facts, r#"the seller says "nonce used""#);
}

#[test]
fn a_reason_that_stands_in_the_challenge_alone_is_quoted() {
    let challenge = |text: &str| header::encode(text.as_bytes());
    let stated = challenge(r#"{"x402Version":2,"error":"insufficient_funds","accepts":[]}"#);
    for (body, challenge, facts) in [
        ("{}", Some(&*stated), r#"the seller says "insufficient_funds""#),
        ("", Some(&*stated), r#"the seller says "insufficient_funds""#),
        (r#"{"error":"no"}"#, Some(&*stated), r#"the seller says "no""#),
        ("{}", Some("no base64"), ""),
        ("{}", Some(&*challenge(r#"{"x402Version":2}"#)), ""),
        ("{}", None, ""),
    ] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
        let body = PaidAnswer::refusal(body.into(), challenge);
        rig.give(Event::Settlement(PaidAnswer { status: 402, header: None, output: None, body }));
        assert_eq!((rig.problem(), &*rig.failure().facts), (Some("settlement/demanded-again"), facts));
    }
}
