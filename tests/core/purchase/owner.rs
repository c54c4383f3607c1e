//! What the owner can do besides writing rules: stop every payment, and watch before anything is paid.

use farthing::budget::Note;
use farthing::ledger::MemoryLedger;
use farthing::purchase::{Answer, Command, STOP, Trouble};
use farthing::record::State;
use serde_json::json;

use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::store::Store;
use crate::driver::{Event, NOW_S, Rig, name};

fn stop(ledger: &mut MemoryLedger) {
    let value = Some(r#"{"reason":"by hand","at":1795227467}"#.into());
    assert!(ledger.remember(&Note { key: STOP.into(), was: None, value }));
}

fn stopped() -> Store {
    let mut store = Store::default();
    stop(&mut store.ledger);
    store
}

#[test]
fn a_stop_in_the_store_ends_a_payment_before_the_seller_is_asked() {
    for flow in FLOWS {
        for scene in [Scene::new(flow), Scene::new(flow).without_id()] {
            let mut rig = Rig::with(scene, stopped(), 1);
            assert_eq!((rig.walk(), rig.problem()), (vec!["load", "fail"], Some("policy/stopped")), "{flow:?}");
            assert_eq!((rig.written(), rig.store.rows().len()), (None, 0), "the id stays free");
        }
    }
}

#[test]
fn a_stop_in_the_store_keeps_back_what_was_signed_already() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    stop(&mut rig.store.ledger);
    let mut next = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    next.run();
    assert_eq!((next.problem(), next.written(), next.sent.len()), (Some("policy/stopped"), None, 0));
    assert_eq!((next.store.state("trip-42"), next.store.holds("trip-42")), (Some(State::Unknown), true));
}

#[test]
fn a_stop_between_load_and_reservation_holds_no_budget_and_signs_nothing() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow)).until("reserve");
        stop(&mut rig.store.ledger);
        rig.step();
        assert_eq!((rig.problem(), rig.asked, rig.spent()), (Some("policy/stopped"), 0, false), "{flow:?}");
        assert_eq!((rig.written(), rig.store.rows().len()), (None, 0), "{flow:?}");
    }
}

#[test]
fn a_stop_after_the_reservation_is_not_heard_by_the_store_any_more() {
    // What stops a purchase from here on is its own process, as below.
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
    stop(&mut rig.store.ledger);
    rig.run();
    assert_eq!((rig.problem(), rig.store.state("trip-42")), (None, Some(State::Settled)));
}

#[test]
fn a_price_may_be_asked_for_while_payments_are_stopped() {
    let mut rig = Rig::with(Scene::new(Flow::ExactV2).quote(), stopped(), 1);
    assert_eq!(name(rig.run()), "quoted");
    let mut rig = Rig::with(Scene::new(Flow::ExactV2).observe(), stopped(), 1);
    assert_eq!(name(rig.run()), "pass-through");
}

#[test]
fn whoever_kills_a_purchase_before_the_signer_has_nothing_signed() {
    for (stage, flow) in [
        ("load", Flow::ExactV2),
        ("probe", Flow::ExactV2),
        ("account", Flow::ExactV2),
        ("fetch", Flow::House),
        ("reserve", Flow::ExactV2),
        ("sign", Flow::ExactV2),
    ] {
        let mut rig = Rig::new(Scene::new(flow)).until(stage);
        rig.give(Event::Trouble(Trouble::Killed));
        assert_eq!((rig.problem(), rig.spent()), (Some("policy/stopped"), false), "{stage}");
        assert!(rig.store.rows().iter().all(|row| row.sealed.is_none()), "{stage}");
        // Held budget is given back by a write; before that there is nothing to write.
        assert_ne!(rig.kept, Some(false), "{stage}");
        let refused = rig.store.state("trip-42");
        assert_eq!(refused, (stage == "sign").then_some(State::Refused), "{stage}");
        let mut next = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
        next.run();
        let expected = refused.map(|_| "purchase/refused-before");
        assert_eq!((next.problem(), next.sent.len()), (expected, usize::from(refused.is_none())), "{stage}");
    }
}

#[test]
fn a_kill_between_signature_and_seal_lets_nothing_leave() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("advance");
    rig.give(Event::Trouble(Trouble::Killed));
    assert_eq!((rig.problem(), rig.spent(), rig.sent.len()), (Some("request/aborted-unsent"), false, 0));
    let row = rig.store.row("trip-42").unwrap();
    assert_eq!((row.record.state(), row.sealed.is_none()), (State::Dead, true));
}

#[test]
fn an_observer_writes_what_would_have_been_paid_and_passes_the_answer_through() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow).observe());
        assert_eq!(rig.walk(), ["load", "probe", "pass-through"], "{flow:?}: no account, budget or signature");
        assert_eq!((rig.written(), rig.kept), (Some((None, State::Refused)), Some(true)), "{flow:?}");
        let id = rig.purchase.record().unwrap().purchase_id.clone();
        // The id of the call is left for the purchase that may follow.
        assert!(id.starts_with("p_"), "{id}");
        let row = rig.store.row(&id).unwrap();
        let (record, sealed) = (&row.record, row.sealed.is_none());
        let mut quoted = Rig::new(Scene::new(flow).quote());
        quoted.run();
        let expected = quoted.purchase.record().unwrap();
        assert_eq!((&record.terms, &record.decision), (&expected.terms, &expected.decision), "{flow:?}");
        assert_eq!((record.evidence.problem.as_deref(), sealed), (Some("policy/observe-only"), true), "{flow:?}");
        assert_eq!((record.attempt.as_ref(), rig.store.holds(&id)), (None, false), "{flow:?}");
    }
}

#[test]
fn an_observer_is_never_in_the_way() {
    let dear = Scene::new(Flow::ExactV2).entry("amount", json!("999999"));
    let mut narrow = Scene::new(Flow::ExactV2);
    narrow.request.at_most = Some("0.001 USD".into());
    let mut changed = Scene::new(Flow::ExactV2);
    changed.request.quoted = Some([7; 32]);
    let unknown = Scene::new(Flow::ExactV2).entry("scheme", json!("upto"));
    let mut unreadable = Scene::new(Flow::ExactV2);
    unreadable.challenge["x402Version"] = json!(3);
    let mut skewed = Scene::new(Flow::ExactV2);
    skewed.date_s = Some(0);
    for (scene, problem, has_terms) in [
        (dear, "policy/over-cap", true),
        (narrow, "policy/over-at-most", true),
        (changed, "policy/terms-changed", true),
        (unknown, "parse/scheme", false),
        (unreadable, "parse/version", false),
        (skewed, "misuse/clock-skew", false),
    ] {
        let mut rig = Rig::new(scene.observe());
        assert!(matches!(rig.run(), Command::PassThrough { write: Some(_) }), "{problem}: {:?}", rig.pending);
        let rows = rig.store.rows();
        let record = &rows[0].record;
        assert_eq!((record.state(), record.evidence.problem.as_deref()), (State::Refused, Some(problem)));
        assert_eq!(record.terms.is_some(), has_terms, "{problem}");
    }
}

#[test]
fn an_observer_writes_nothing_where_nothing_is_asked_for() {
    let mut free = Scene::new(Flow::ExactV2);
    free.status = 200;
    let rig = Rig::new(Scene::new(Flow::ExactV2).observe()).until("probe");
    let other = Answer { header: None, body: b"<html>pay me</html>".to_vec(), ..rig.scene.answer(NOW_S) };
    for answer in [free.answer(NOW_S), other] {
        let mut rig = Rig::new(rig.scene.clone()).until("probe");
        assert!(matches!(rig.give(Event::Answer(answer)), Command::PassThrough { write: None }), "{:?}", rig.pending);
        assert!(rig.store.rows().is_empty());
    }
}
