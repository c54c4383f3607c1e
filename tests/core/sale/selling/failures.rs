//! Handlers and stores that fail (threats S11, S13).

use farthing::ledger::Reservation;
use farthing::record::State;
use farthing::sale::{SaleAnswer, Step, Told};
use serde_json::{Value, json};

use super::world::{RESULT, Setup, World, code, name, releases};
use crate::driver::scene::Flow;

fn shop(release: &Value) -> World {
    Setup::new(Flow::ExactV2, release.clone()).world()
}

#[test]
fn a_handler_that_fails_settles_nothing_and_its_own_answer_leaves() {
    for release in [json!("verify-first"), releases()[2].clone()] {
        for status in [0, 100, 199, 300, 301, 304, 307, 400, 404, 500, 504] {
            let mut world = shop(&release);
            let payment = world.payment(1);
            world.work = (status, Some(RESULT.into()));
            let ending = world.present(&payment);
            assert_eq!(ending.answer, SaleAnswer::Work(Vec::new()), "{release} {status}");
            assert_eq!(code(&ending), Some("sale/handler-failed"));
            assert_eq!((world.row().state(), world.asked.len(), world.served), (State::Refused, 0, 0));
            assert!(!world.ledger.is_held(&world.row().sale_id), "the budget is given back");
            // The identical request again, and it works this time.
            world.work = (200, Some(RESULT.into()));
            assert_eq!(code(&world.present(&payment)), None, "{release} {status}");
            assert_eq!((world.works, world.asked.len(), world.row().state()), (2, 1, State::Settled));
        }
    }
}

#[test]
fn work_that_fails_after_its_settlement_is_owed_until_it_succeeds() {
    let mut world = shop(&json!("settle-first"));
    let payment = world.payment(1);
    world.work = (500, None);
    for round in 1..4 {
        let ending = world.present(&payment);
        let SaleAnswer::Paywall { refusal, headers, challenge: false, .. } = &ending.answer else { panic!() };
        assert_eq!((refusal.code.as_str(), refusal.code.status()), ("sale/owed", 500));
        assert!(headers.iter().any(|(name, _)| *name == "PAYMENT-RESPONSE"), "it says that it was paid");
        assert_eq!((world.works, world.asked.len(), world.row().standing.owed), (round, 1, true));
    }
    world.work = (200, Some(RESULT.into()));
    let ending = world.present(&payment);
    assert_eq!((code(&ending), world.row().standing.owed, world.row().standing.served), (None, false, true));
    assert!(matches!(world.present(&payment).answer, SaleAnswer::Stored(..)));
}

#[test]
fn a_handler_that_always_fails_is_not_run_for_ever() {
    for release in releases() {
        let mut world = shop(&release);
        let payment = world.payment(1);
        world.work = (500, None);
        for _ in 0..120 {
            world.present(&payment);
        }
        assert!(world.works <= 200, "{release}: {}", world.works);
        assert!(world.row().history().len() <= 202);
        let ending = world.present(&payment);
        assert_eq!(ending.report.refusal.unwrap().facts, "tried too often");
    }
}

#[test]
fn work_that_outlasts_the_payment_settles_nothing() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    let mut copy = world.copy(&payment);
    world.until(&mut copy, "work");
    let before_s = world.row().facts.attempt.valid_before_s.unwrap();
    world.now_s = before_s.min(world.row().standing.lease_s) - 1;
    let ending = world.run(&mut copy);
    assert_eq!((code(&ending), world.asked.len(), world.row().state()), (Some("sale/window"), 0, State::Refused));
}

#[test]
fn trouble_with_the_store_settles_nothing_before_and_forgets_nothing_after() {
    for release in releases() {
        let mut troubles = Vec::new();
        for at in 0..12 {
            let mut world = shop(&release);
            let payment = world.payment(1);
            let mut copy = world.copy(&payment);
            for _ in 0..at {
                if !matches!(copy.pending, Step::Done(_)) {
                    world.step(&mut copy);
                }
            }
            let expected = match &copy.pending {
                Step::Reserve { .. } => "sale/store",
                // From the row that says `signed` on, whoever finds it may settle.
                Step::Advance { .. } => "sale/store-late",
                _ => continue,
            };
            let settles = world.asked.len();
            world.tell(&mut copy, Told::Trouble);
            let ending = world.run(&mut copy);
            assert_eq!((code(&ending), world.asked.len()), (Some(expected), settles), "{release} {at}");
            assert!(matches!(ending.answer, SaleAnswer::Paywall { challenge: false, .. } | SaleAnswer::Nothing));
            troubles.push(expected);
        }
        assert!(troubles.len() >= 3 && troubles.starts_with(&["sale/store", "sale/store-late"]));
    }
}

#[test]
fn trouble_with_the_row_of_a_repeat_sells_nothing() {
    for release in releases() {
        for at in ["reserve", "load"] {
            let mut world = shop(&release);
            let payment = world.payment(1);
            world.present(&payment);
            let settles = world.asked.len();
            let mut copy = world.copy(&payment);
            world.until(&mut copy, at);
            world.tell(&mut copy, Told::Trouble);
            let ending = world.run(&mut copy);
            assert_eq!((code(&ending), world.asked.len()), (Some("sale/store"), settles), "{release} {at}");
            assert!(matches!(ending.answer, SaleAnswer::Paywall { challenge: false, .. }));
        }
    }
}

#[test]
fn a_store_that_contradicts_itself_ends_the_sale_without_a_settlement() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    let mut copy = world.copy(&payment);
    world.until(&mut copy, "reserve");
    for _ in 0..10 {
        match name(&copy.pending) {
            "reserve" => world.tell(&mut copy, Told::Reserved(Reservation::Exists)),
            "load" => world.tell(&mut copy, Told::Loaded(None)),
            _ => break,
        }
    }
    let ending = world.run(&mut copy);
    assert_eq!((code(&ending), world.asked.len()), (Some("sale/in-progress"), 0));
}
