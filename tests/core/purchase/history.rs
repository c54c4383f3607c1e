//! A record is a chain: what was written stays what was written, and what is known already is not written again.

use farthing::purchase::{PaidAnswer, Trouble};
use farthing::record::{Record, State};
use serde_json::{Value, json};

use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::{Event, NOW_S, Rig, name};

/// Records of every state that a purchase without a question can be kept in.
fn kept() -> Vec<Record> {
    let mut records = Vec::new();
    let mut keep = |mut rig: Rig, event: Option<Event>| {
        match event {
            Some(event) => _ = rig.give(event),
            None => _ = rig.run(),
        }
        records.push(rig.store.row("trip-42").unwrap().record.clone());
    };
    for flow in [Flow::ExactV2, Flow::CycleV2] {
        let scene = Scene::new(flow);
        let at = |stage: &str| Rig::new(scene.clone()).until(stage);
        keep(Rig::new(scene.clone()), None);
        keep(Rig::new(scene.clone().entry("amount", json!("999999"))), None);
        keep(at("sign"), Some(Event::SignLocally));
        keep(at("advance"), Some(Event::Trouble(Trouble::Aborted)));
        let mut signed = at("advance");
        let event = signed.wished();
        keep(signed, Some(event));
        keep(at("send"), Some(Event::Trouble(Trouble::Network)));
        keep(
            at("send"),
            Some(Event::Settlement(PaidAnswer { status: 500, header: None, output: None, body: Vec::new() })),
        );
    }
    records
}

#[test]
fn a_record_with_any_byte_altered_is_unreadable() {
    for record in kept() {
        let json = record.to_json().into_bytes();
        assert_eq!(Record::read(&json).as_ref(), Some(&record));
        for at in 0..json.len() {
            for mask in [0x01, 0x20, 0x80] {
                let mut altered = json.clone();
                altered[at] ^= mask;
                let Some(read) = Record::read(&altered) else { continue };
                // Two spellings of one hexadecimal digit say the same.
                let digits = [json[at], altered[at]];
                assert!(mask == 0x20 && digits.iter().all(u8::is_ascii_hexdigit), "{}", text(&altered));
                assert_eq!(read, record, "{}", text(&altered));
            }
            let mut shorter = json.clone();
            shorter.remove(at);
            assert_eq!(Record::read(&shorter), None, "{}", text(&shorter));
        }
    }
}

fn text(json: &[u8]) -> String {
    String::from_utf8_lossy(json).into_owned()
}

#[test]
fn a_history_that_lost_gained_or_swapped_a_step_is_unreadable() {
    type Change = fn(&mut Vec<Value>);
    let changes: [(&str, Change); 5] = [
        ("first lost", |steps| drop(steps.remove(0))),
        ("middle lost", |steps| drop(steps.remove(1))),
        ("swapped", |steps| steps.swap(0, 1)),
        ("twice", |steps| steps.insert(1, steps[0].clone())),
        ("all lost", Vec::clear),
    ];
    let mut rig = Rig::new(Scene::new(Flow::ExactV2));
    rig.run();
    let record: Value = serde_json::from_str(&rig.store.texts("trip-42").0).unwrap();
    for (what, change) in changes {
        let mut altered = record.clone();
        change(altered["history"].as_array_mut().unwrap());
        assert_eq!(Record::read(altered.to_string().as_bytes()), None, "{what}");
    }
    // The order of members says nothing.
    assert!(Record::read(record.to_string().as_bytes()).is_some());
}

#[test]
fn a_fact_of_one_record_does_not_fit_another() {
    let of = |flow: Flow, seed: u8| {
        let mut rig = Rig::with(Scene::new(flow), Default::default(), seed);
        rig.run();
        serde_json::from_str::<Value>(&rig.store.texts("trip-42").0).unwrap()
    };
    let (one, other) = (of(Flow::ExactV2, 1), of(Flow::CycleV2, 2));
    for part in ["terms", "decision", "attempt", "evidence", "history"] {
        let mut mixed = one.clone();
        mixed[part] = other[part].clone();
        let fits = Record::read(mixed.to_string().as_bytes()).is_some();
        assert_eq!(fits, one[part] == other[part], "{part}");
        if let Some(members) = mixed.as_object_mut() {
            members.remove(part);
        }
        assert_eq!(Record::read(mixed.to_string().as_bytes()), None, "{part} lost");
    }
}

#[test]
fn every_step_keeps_what_was_known_then() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
    rig.give(Event::Settlement(PaidAnswer { status: 503, header: None, output: None, body: Vec::new() }));
    let mut next = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    next.run();
    let record = &next.store.row("trip-42").unwrap().record;
    let told: Vec<_> = record.history().iter().map(|step| (step.state, step.evidence.problem.as_deref())).collect();
    let doubt = Some("settlement/unavailable");
    let expected = [(State::Reserved, None), (State::Signed, None), (State::Unknown, doubt), (State::Settled, None)];
    assert_eq!(told, expected);
    assert_eq!(record.history()[2].evidence.status, Some(503));
    assert_eq!(record.history()[3].evidence, record.evidence);
}

#[test]
fn a_settled_purchase_that_is_presented_again_writes_nothing() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow));
        rig.run();
        let texts = rig.store.texts("trip-42");
        let again = || {
            let mut next = Rig::at(rig.scene.clone(), rig.store.clone(), 2, NOW_S + 5);
            next.sent.clone_from(&rig.sent);
            next.until("send")
        };
        let answer = |status, header| Event::Settlement(PaidAnswer { status, header, output: None, body: Vec::new() });
        let honest = rig.scene.paid(rig.sent.first().unwrap()).header;
        for (event, end) in [
            (answer(200, honest.clone()), "finish"),
            (answer(500, honest.clone()), "finish"),
            (answer(302, honest), "fail"),
            (answer(200, None), "finish"),
            (answer(200, Some("%%%".into())), "finish"),
            (answer(402, None), "fail"),
            (Event::Trouble(Trouble::Network), "fail"),
            (Event::Trouble(Trouble::Killed), "fail"),
        ] {
            let mut next = again();
            next.give(event.clone());
            next.run();
            assert_eq!((name(&next.pending), next.written(), next.kept), (end, None, None), "{flow:?} {event:?}");
            assert_eq!((next.asked, next.store.texts("trip-42")), (0, texts.clone()), "{flow:?} {event:?}");
            assert!(next.store.holds("trip-42"), "{flow:?} {event:?}");
            let record = next.purchase.record().unwrap().to_json();
            assert_eq!(record, texts.0, "{flow:?} {event:?}: the caller is told what the store knows");
        }
    }
}
