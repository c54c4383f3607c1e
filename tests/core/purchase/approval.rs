//! Questions to the owner: durable before they are asked, bound to their terms, used once, worth nothing without a yes.

use farthing::owner::{Reply, Row, answer};
use farthing::purchase::{Command, Consent};
use farthing::record::{Record, State};
use serde_json::json;

use crate::driver::scene::{FLOWS, Flow, Scene};
use crate::driver::store::Store;
use crate::driver::{Event, NOW_S, Rig, name};

fn asking(flow: Flow) -> Scene {
    let mut scene = Scene::new(flow);
    let mut options: serde_json::Value = serde_json::from_str(&scene.options).unwrap();
    options["policy"]["askAbove"] = json!("0.001 USD");
    scene.options = options.to_string();
    scene
}

/// Asked, and nobody was there to answer.
fn asked(scene: Scene) -> Rig {
    let mut rig = Rig::new(scene).until("ask");
    rig.give(Event::Answered(Consent::Later));
    rig
}

fn ticket(store: &Store) -> Record {
    store.row("trip-42").unwrap().record.clone()
}

/// The owner answers in another process.
fn answered(store: &mut Store, reply: Reply<'_>, now_s: u64) -> bool {
    let row = store.row("trip-42").unwrap();
    let (json, sealed) = (row.record.to_json(), row.sealed.as_deref().map(str::to_owned));
    let binding = ticket(store).approval.unwrap().binding;
    let write = answer(Row { record: &json, sealed: sealed.as_deref() }, &binding, reply, now_s);
    write.is_ok_and(|write| store.write(&write))
}

const YES: Reply<'_> = Reply::Yes { by: "ada" };

#[test]
fn a_question_is_durable_before_it_is_asked_and_holds_nothing() {
    for flow in FLOWS {
        let rig = Rig::new(asking(flow)).until("ask");
        let Command::Ask { record } = &rig.pending else { panic!("{:?}", rig.pending) };
        assert_eq!((record, rig.store.state("trip-42")), (&ticket(&rig.store), Some(State::Asked)), "{flow:?}");
        assert_eq!((rig.asked, rig.store.holds("trip-42")), (0, false), "{flow:?}");
        assert!(record.approval.as_ref().is_some_and(|approval| approval.by.is_none()), "{flow:?}");
    }
}

#[test]
fn without_an_answer_nothing_is_paid_and_the_same_ticket_is_shown_again() {
    let rig = asked(asking(Flow::ExactV2));
    assert_eq!((rig.problem(), rig.written(), rig.asked), (Some("approval/amount"), None, 0));
    let mut again = Rig::at(rig.scene.clone(), rig.store.clone(), 2, NOW_S + 20).until("ask");
    again.give(Event::Answered(Consent::Later));
    assert_eq!(ticket(&again.store), ticket(&rig.store));
}

#[test]
fn a_yes_of_another_process_is_used_once() {
    for scene in [asking(Flow::ExactV2), asking(Flow::CycleV1)] {
        let mut rig = asked(scene);
        assert!(answered(&mut rig.store, YES, NOW_S + 10));
        assert!(!answered(&mut rig.store, YES, NOW_S + 11), "answered twice");
        let mut paying = Rig::at(rig.scene.clone(), rig.store.clone(), 2, NOW_S + 20);
        paying.run();
        let record = ticket(&paying.store);
        let states: Vec<_> = record.history().iter().map(|step| step.state).collect();
        assert_eq!(states, [State::Asked, State::Approved, State::Reserved, State::Signed, State::Settled]);
        assert_eq!(record.approval.unwrap().by.as_deref(), Some("ada"));
        assert_eq!(paying.asked, 1);
    }
}

#[test]
fn two_processes_with_one_yes_sign_once() {
    let mut rig = asked(asking(Flow::ExactV2));
    assert!(answered(&mut rig.store, YES, NOW_S));
    let mut first = Rig::with(rig.scene.clone(), rig.store.clone(), 2).until("reserve");
    let mut second = Rig::with(rig.scene.clone(), rig.store.clone(), 3).until("reserve");
    first.step();
    second.store = first.store.clone();
    second.step();
    assert_eq!((first.asked, second.asked, second.problem()), (1, 0, Some("purchase/in-progress")));
}

#[test]
fn a_yes_is_for_its_terms_only() {
    let mut rig = asked(asking(Flow::ExactV2));
    assert!(answered(&mut rig.store, YES, NOW_S));
    let dearer = rig.scene.clone().entry("amount", json!("10001"));
    let mut paying = Rig::with(dearer, rig.store.clone(), 2).until("ask");
    paying.give(Event::Answered(Consent::Later));
    assert_eq!((paying.asked, ticket(&paying.store).state()), (0, State::Asked));
    assert_eq!(ticket(&paying.store).terms.unwrap().amount.to_string(), "10001");
}

#[test]
fn a_yes_and_a_question_end_with_their_time() {
    let mut rig = asked(asking(Flow::ExactV2));
    assert!(!answered(&mut rig.store, YES, NOW_S + 3_600), "approved after its time");
    assert!(answered(&mut rig.store, YES, NOW_S + 3_599));
    let mut late = rig.scene.clone();
    late.date_s = None;
    let again = Rig::at(late, rig.store.clone(), 2, NOW_S + 3_600).until("ask");
    assert_eq!((again.asked, ticket(&again.store).approval.unwrap().expires_s), (0, NOW_S + 7_200));
}

#[test]
fn a_no_is_final_for_its_id() {
    let mut rig = asked(asking(Flow::ExactV2));
    assert!(answered(&mut rig.store, Reply::No, NOW_S));
    let mut again = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    again.run();
    assert_eq!((again.problem(), again.asked), (Some("purchase/refused-before"), 0));
    let mut at_once = Rig::new(asking(Flow::ExactV2)).until("ask");
    at_once.give(Event::Answered(Consent::No));
    assert_eq!(at_once.problem(), Some("approval/declined"));
    assert_eq!(at_once.written(), Some((Some(State::Asked), State::Refused)));
}

#[test]
fn a_yes_outlives_a_budget_that_is_full_at_this_moment() {
    let policy = json!({ "perRequest": "0.10 USD", "askAbove": "0.001 USD",
        "budgets": [{ "limit": "0.015 USD", "every": "hour" }] });
    let scene = Scene::new(Flow::ExactV2).policy(policy.clone());
    let mut rig = asked(scene);
    // Somebody else spends the budget first.
    let mut filler = Scene::new(Flow::ExactV2).policy(policy);
    filler.request.purchase_id = Some("filler".into());
    let mut other = Rig::with(filler, rig.store.clone(), 3);
    other.run();
    rig.store = other.store.clone();
    assert!(answered(&mut rig.store, YES, NOW_S));
    let mut full = Rig::with(rig.scene.clone(), rig.store.clone(), 4);
    full.run();
    assert_eq!((full.problem(), ticket(&full.store).state()), (Some("budget/exceeded"), State::Approved));
    assert_eq!(name(&full.pending), "fail");
}
