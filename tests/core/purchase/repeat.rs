//! Core's 409: the identical bytes again, a few times, and what is kept of a payment word for word.

use farthing::purchase::{Command, PaidAnswer};
use farthing::record::State;
use farthing::x402::header;
use serde_json::{Value, json};

use crate::driver::scene::{Flow, Scene};
use crate::driver::{Event, NOW_S, Rig, name};

// 4mica/cors-and-concurrency.json, wrapped as 4mica/server-packages.json shows sellers do.
const CONFLICT: &str = "core guarantee request failed (409 Conflict): request failed, please retry";

/// The ways in which a seller passes it on.
fn conflicts() -> [PaidAnswer; 4] {
    let body =
        json!({ "error": "Settlement failed", "details": format!("Facilitator settle failed (200): {CONFLICT}") });
    let said = |reason: &str| json!({ "success": false, "error": reason, "txHash": null, "networkId": "eip155:84532" });
    let with = |status, header: Option<Value>, body: String| PaidAnswer {
        status,
        header: header.map(|said| header::encode(said.to_string().as_bytes())),
        output: None,
        body: body.into_bytes(),
    };
    [
        with(402, None, body.to_string()),
        with(402, Some(said(CONFLICT)), String::new()),
        with(500, None, "request failed, please retry".into()),
        with(503, Some(said("409 Conflict")), "{}".into()),
    ]
}

fn pause_ms(rig: &Rig) -> u32 {
    let Command::Send { pause_ms, .. } = &rig.pending else { panic!("{:?}", rig.pending) };
    *pause_ms
}

#[test]
fn a_conflict_is_answered_with_the_same_bytes_until_it_settles() {
    for flow in [Flow::CycleV1, Flow::CycleV2, Flow::House, Flow::Tab, Flow::Sdk2] {
        for conflict in conflicts() {
            let mut rig = Rig::new(Scene::new(flow)).until("send");
            assert_eq!(pause_ms(&rig), 0);
            let first = format!("{:?}", rig.payment());
            for _ in 0..5 {
                rig.give(Event::Settlement(conflict.clone()));
                assert_eq!(format!("{:?}", rig.payment()), first, "{flow:?}");
            }
            rig.run();
            assert_eq!((rig.problem(), rig.asked, rig.sent.len()), (None, 1, 1), "{flow:?} {conflict:?}");
            assert_eq!(rig.written(), Some((Some(State::Signed), State::Settled)));
        }
    }
}

#[test]
fn pauses_double_with_chance_on_top() {
    let pauses = |seed: u8| -> Vec<u32> {
        let mut rig = Rig::with(Scene::new(Flow::CycleV1), Default::default(), seed).until("send");
        let mut pauses = Vec::new();
        for _ in 0..5 {
            rig.give(Event::Settlement(conflicts()[0].clone()));
            pauses.push(pause_ms(&rig));
        }
        pauses
    };
    let (one, other) = (pauses(1), pauses(2));
    for (at, pause) in one.iter().chain(&other).enumerate() {
        let base = 100 << (at % 5);
        assert!((base..2 * base).contains(pause), "{one:?} {other:?}");
    }
    assert_ne!(one, other, "two payers would collide again");
}

#[test]
fn a_sixth_conflict_is_the_outcome() {
    for (conflict, code, last) in conflicts().into_iter().zip([402, 402, 500, 503]).map(|(answer, status)| match status
    {
        402 => (answer, "settlement/demanded-again", "fail"),
        500 => (answer, "settlement/unavailable", "finish"),
        _ => (answer, "settlement/reported-failure", "finish"),
    }) {
        let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("send");
        for _ in 0..6 {
            rig.give(Event::Settlement(conflict.clone()));
        }
        assert_eq!((rig.problem(), name(&rig.pending)), (Some(code), last));
        assert_eq!(rig.store.state("trip-42"), Some(State::Unknown));
    }
}

#[test]
fn nothing_else_is_presented_twice_in_one_call() {
    let body = |status, text: &str| PaidAnswer { status, header: None, output: None, body: text.into() };
    for (flow, answer) in [
        (Flow::CycleV1, body(402, "another guarantee with req_id 7 already exists")),
        (Flow::CycleV1, body(500, "internal server error")),
        (Flow::CycleV1, body(200, CONFLICT)),
        (Flow::CycleV1, body(409, CONFLICT)),
        (Flow::CycleV1, body(402, &format!("{}{CONFLICT}", " ".repeat(16 * 1024)))),
        // A token transfer knows no such lock.
        (Flow::ExactV2, body(402, CONFLICT)),
    ] {
        let mut rig = Rig::new(Scene::new(flow)).until("send");
        rig.give(Event::Settlement(answer.clone()));
        assert_ne!(name(&rig.pending), "send", "{answer:?}");
    }
}

#[test]
fn a_proof_is_taken_whatever_is_said_beside_it() {
    for flow in [Flow::CycleV1, Flow::House, Flow::Tab, Flow::Sdk2] {
        for status in [402, 500] {
            let mut rig = Rig::new(Scene::new(flow)).until("send");
            let Command::Send { value, .. } = &rig.pending else { unreachable!() };
            let proven = rig.scene.paid(value);
            rig.give(Event::Settlement(PaidAnswer { status, body: CONFLICT.into(), ..proven }));
            assert_ne!(name(&rig.pending), "send", "{flow:?} {status}");
            rig.run();
            assert_eq!(rig.written(), Some((Some(State::Signed), State::Settled)), "{flow:?} {status}");
        }
    }
}

fn sealed(rig: &Rig) -> Value {
    serde_json::from_str(&rig.store.texts("trip-42").1.unwrap()).unwrap()
}

#[test]
fn terms_and_settlement_are_kept_word_for_word() {
    for flow in [Flow::CycleV1, Flow::House, Flow::Tab, Flow::Sdk2, Flow::ExactV1, Flow::ExactV2] {
        let mut rig = Rig::new(Scene::new(flow)).until("send");
        let accepted = sealed(&rig)["accepted"].as_str().unwrap().to_owned();
        assert_eq!(accepted, rig.scene.challenge["accepts"][0].to_string());
        let Command::Send { value, .. } = &rig.pending else { unreachable!() };
        let answer = rig.scene.paid(value);
        assert_eq!(sealed(&rig).get("settlement"), None);
        rig.give(Event::Settlement(answer.clone()));
        rig.run();
        let sealed = sealed(&rig);
        assert_eq!(
            (sealed["settlement"].as_str(), sealed["accepted"].as_str()),
            (answer.header.as_deref(), Some(&*accepted))
        );
    }
}

#[test]
fn a_settlement_that_proves_nothing_is_kept_where_it_can_be_read() {
    let long = json!({ "success": false, "more": vec!["x".repeat(2000); 4] }).to_string();
    let long = header::encode(long.as_bytes());
    let failed = header::encode(br#"{"success":false,"error":"no collateral"}"#);
    for (status, header, kept) in [
        (200, failed.clone(), true),
        (402, failed, true),
        (200, "e30=".to_owned(), false),
        (200, "not base64".to_owned(), false),
        (200, long, false),
    ] {
        let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("send");
        rig.give(Event::Settlement(PaidAnswer {
            status,
            header: Some(header.clone()),
            output: None,
            body: Vec::new(),
        }));
        assert_eq!(rig.store.state("trip-42"), Some(State::Unknown));
        assert_eq!(sealed(&rig)["settlement"].as_str(), kept.then_some(header.as_str()), "{status}");
    }
}

#[test]
fn rows_from_before_the_evidence_are_presented_all_the_same() {
    let rig = Rig::new(Scene::new(Flow::CycleV1)).until("send");
    let (record, sealed) = rig.store.texts("trip-42");
    let mut old: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
    old.as_object_mut().unwrap().remove("accepted").unwrap();
    let mut next = Rig::at(rig.scene.clone(), rig.store.clone(), 9, NOW_S + 60);
    next.tell(vec![(record, Some(old.to_string()))]);
    next.run();
    assert_eq!((next.problem(), next.written()), (None, Some((Some(State::Signed), State::Settled))));
}
