//! Every trouble at every step: the right code, the right state, the right answer to "where is my money".

use farthing::error::{Code, Money};
use farthing::ledger::Reservation;
use farthing::primitives::Amount;
use farthing::purchase::Trouble;
use farthing::record::State;

use crate::driver::scene::{Flow, Scene};
use crate::driver::store::Store;
use crate::driver::{Event, Rig, TROUBLES, name};

/// Stages by the command that waits, in order. The second fetch is the cycle's.
const STAGES: [(&str, Flow); 10] = [
    ("load", Flow::ExactV2),
    ("probe", Flow::ExactV2),
    ("account", Flow::ExactV2),
    ("fetch", Flow::CycleV1),
    ("second fetch", Flow::House),
    ("reserve", Flow::ExactV2),
    ("sign", Flow::ExactV2),
    ("advance", Flow::ExactV2),
    ("send", Flow::ExactV2),
    ("verify-certificate", Flow::CycleV1),
];

fn at(stage: &str, flow: Flow) -> Rig {
    let rig = Rig::new(Scene::new(flow));
    match stage.strip_prefix("second ") {
        None => rig.until(stage),
        Some(stage) => {
            let mut rig = rig.until(stage);
            rig.step();
            rig
        }
    }
}

// With the reading back that a failed reservation asks for.
fn hit(rig: &mut Rig, trouble: Trouble) {
    rig.give(Event::Trouble(trouble));
    if name(&rig.pending) == "load" {
        rig.step();
    }
}

#[test]
fn a_reservation_that_failed_takes_nothing_back_from_another_process() {
    let mut other = Rig::with(Scene::new(Flow::ExactV2), Store::default(), 2).until("sign");
    let mut rig = at("reserve", Flow::ExactV2);
    rig.store = other.store.clone();
    hit(&mut rig, Trouble::Store);
    assert_eq!((rig.problem(), rig.written()), (Some("store/failed"), None));
    other.store = rig.store.clone();
    assert!(other.store.holds("trip-42"));
    other.run();
    assert_eq!(other.store.state("trip-42"), Some(State::Settled));
}

type Written = Option<(Option<State>, State)>;

fn expected(stage: &str, trouble: Trouble) -> (Code, Written) {
    use Trouble::{Aborted, Killed, Network, Stopped, Store, WalletAccount, WalletChain, WalletFailed, WalletRejected};
    let from_reserved = |state| Some((Some(State::Reserved), state));
    let unknown = Some((Some(State::Signed), State::Unknown));
    match (stage, trouble) {
        ("load" | "probe" | "account" | "fetch" | "second fetch", _) => match trouble {
            Network if stage.ends_with("fetch") => (Code::CoreUnreachable, None),
            Network => (Code::RequestFailed, None),
            Aborted | Stopped => (Code::Aborted, None),
            Killed => (Code::Stopped, None),
            Store => (Code::StoreFailed, None),
            // A person's no is a decision and is kept, once there is something to say no to.
            WalletRejected if matches!(stage, "load" | "probe") => (Code::WalletRejected, None),
            WalletRejected => (Code::WalletRejected, Some((None, State::Refused))),
            WalletChain => (Code::WalletChain, None),
            WalletAccount | WalletFailed => (Code::WalletAccount, None),
        },
        // The store was not asked.
        ("reserve", Stopped) => (Code::Aborted, None),
        ("reserve", Killed) => (Code::Stopped, None),
        // It was asked, and reading back shows that nothing came of it.
        ("reserve", Aborted) => (Code::Aborted, None),
        ("sign", Killed) => (Code::Stopped, from_reserved(State::Refused)),
        ("reserve", _) => (Code::StoreFailed, None),
        ("sign", Stopped) => (Code::Aborted, from_reserved(State::Refused)),
        ("sign", WalletRejected) => (Code::WalletRejected, from_reserved(State::Refused)),
        ("sign", WalletAccount) => (Code::WalletAccount, from_reserved(State::Refused)),
        ("sign", WalletChain) => (Code::WalletChain, from_reserved(State::Refused)),
        ("sign", _) => (Code::WalletFailed, from_reserved(State::Unknown)),
        ("advance", Aborted | Stopped | Killed) => (Code::AbortedUnsent, from_reserved(State::Dead)),
        ("advance", _) => (Code::StoreFailed, from_reserved(State::Dead)),
        ("send", Aborted | Stopped | Killed) => (Code::AbortedLate, unknown),
        ("send", _) => (Code::SettlementLost, unknown),
        ("verify-certificate", Aborted | Stopped | Killed) => (Code::AbortedLate, unknown),
        ("verify-certificate", _) => (Code::CertificateUnchecked, unknown),
        _ => unreachable!("{stage}"),
    }
}

#[test]
fn every_trouble_at_every_step_has_its_code_and_its_state() {
    for (stage, flow) in STAGES {
        for trouble in TROUBLES {
            let mut rig = at(stage, flow);
            hit(&mut rig, trouble);
            let (code, written) = expected(stage, trouble);
            assert_eq!(rig.problem(), Some(code.as_str()), "{stage} {trouble:?}");
            assert_eq!(rig.written(), written, "{stage} {trouble:?}");
            // Delivered with doubt, or failed: never both.
            let delivered = code == Code::CertificateUnchecked;
            assert_eq!(name(&rig.pending), if delivered { "finish" } else { "fail" }, "{stage} {trouble:?}");
        }
    }
}

#[test]
fn a_code_never_says_untouched_once_a_payment_may_exist() {
    for (stage, flow) in STAGES {
        for trouble in TROUBLES {
            let (code, written) = expected(stage, trouble);
            let state = written.map(|(_, state)| state);
            match code.money() {
                Money::Untouched => {
                    assert!(matches!(state, None | Some(State::Refused)), "{flow:?} {stage} {trouble:?}")
                }
                Money::NotSent => {
                    assert!(matches!(state, None | Some(State::Dead | State::Refused)), "{stage} {trouble:?}")
                }
                Money::Unknown => assert_eq!(state, Some(State::Unknown), "{stage} {trouble:?}"),
                Money::Moved => panic!("{stage} {trouble:?}"),
            }
        }
    }
}

#[test]
fn the_budget_is_free_again_exactly_when_nothing_can_move() {
    for (stage, flow) in STAGES {
        for trouble in TROUBLES {
            let mut rig = at(stage, flow);
            hit(&mut rig, trouble);
            let held = rig.spent();
            let (_, written) = expected(stage, trouble);
            assert_eq!(held, matches!(written, Some((_, State::Unknown))), "{stage} {trouble:?}");
        }
    }
}

#[test]
fn a_store_that_reserved_and_then_failed_gives_the_budget_back() {
    let mut rig = at("reserve", Flow::ExactV2);
    // It does what it was asked, and its answer is lost.
    rig.wished();
    assert_eq!(rig.store.state("trip-42"), Some(State::Reserved));
    hit(&mut rig, Trouble::Store);
    assert_eq!((rig.kept, rig.store.state("trip-42")), (Some(true), Some(State::Refused)));
    assert!(!rig.spent());
}

#[test]
fn a_store_that_sealed_and_then_failed_keeps_the_payment_for_the_next_call() {
    let mut rig = at("advance", Flow::ExactV2);
    rig.wished();
    rig.give(Event::Trouble(Trouble::Store));
    // The write says dead, from a state the entry is no longer in: what is in the store stands.
    assert_eq!((rig.kept, rig.store.state("trip-42")), (Some(false), Some(State::Signed)));
    let next = Rig::with(rig.scene.clone(), rig.store.clone(), 2).until("send");
    assert_eq!(next.asked, 0, "presents, does not sign again");
}

#[test]
fn another_process_wins_at_the_reservation_or_at_the_seal() {
    let mut rig = at("reserve", Flow::ExactV2);
    rig.give(Event::Reserved(Reservation::Exists));
    assert_eq!((rig.problem(), rig.written(), rig.asked), (Some("purchase/in-progress"), None, 0));

    let mut rig = at("advance", Flow::ExactV2);
    rig.give(Event::Advanced(false));
    assert_eq!((rig.problem(), rig.written(), rig.sent.len()), (Some("purchase/in-progress"), None, 0));
}

#[test]
fn a_budget_without_room_names_price_and_limit() {
    let policy = serde_json::json!({ "perRequest": "1 USD", "budgets": [{ "limit": "0.03 USD", "every": "hour" }] });
    let mut store = crate::driver::store::Store::default();
    for number in 0..4 {
        let mut scene = Scene::new(Flow::ExactV2).policy(policy.clone());
        scene.request.purchase_id = Some(format!("n{number}"));
        let mut rig = Rig::with(scene, store, number);
        rig.run();
        if number < 3 {
            assert_eq!(rig.problem(), None);
        } else {
            assert_eq!((rig.problem(), rig.asked), (Some("budget/exceeded"), 0));
            let failure = rig.failure();
            let (hold, used) = failure.budget.as_deref().unwrap();
            let facts = &failure.facts;
            assert!(["0.01 USD", "0.03 USD", hold.key.as_str()].iter().all(|fact| facts.contains(fact)), "{facts}");
            // Of 10^-18 USD: three cents are taken, and there are no more.
            assert_eq!((*used, hold.limit), (Amount::from_u64(30_000_000_000_000_000), *used));
            assert_eq!(rig.written(), Some((None, State::Refused)));
        }
        store = rig.store;
    }
}

#[test]
fn an_event_that_nobody_asked_for_changes_nothing() {
    for (stage, flow) in STAGES {
        // The watch of the rig demands out-of-order for each event that is not the stage's own.
        let mut rig = at(stage, flow);
        let events = crate::chaos::one_of_each(&mut rig);
        for event in events {
            if !crate::driver::answers(&event, &rig.pending) {
                rig.give(event);
            }
        }
        rig.run();
        assert_eq!((rig.problem(), rig.sent.len()), (None, 1), "{stage}");
        // And after the end.
        for event in crate::chaos::one_of_each(&mut rig) {
            rig.give(event);
        }
        assert_eq!(rig.store.state("trip-42"), Some(State::Settled), "{stage}");
    }
}
