//! Kept results: for how long, how often and for whom. Once a transfer is settled, the chain shows everybody what was
//! signed.

use farthing::record::State;
use farthing::sale::{Paywall, SaleAnswer, Terms};
use serde_json::{Value, json};
use std::rc::Rc;

use super::world::{LEASE_S, RESULT, Setup, World, code, releases};
use crate::driver::scene::{self, FLOWS, Flow};

const DAY_S: u64 = 86_400;

fn shop(release: &Value) -> World {
    Setup::new(Flow::ExactV2, release.clone()).world()
}

#[track_caller]
fn stored(world: &mut World, payment: &Value) -> Vec<(&'static str, String)> {
    let ending = world.present(payment);
    let SaleAnswer::Stored(result, headers) = ending.answer else { panic!("{ending:?}") };
    assert_eq!((result.as_str(), ending.report.refusal), (RESULT, None));
    headers
}

#[track_caller]
fn delivered(world: &mut World, payment: &Value) {
    let ending = world.present(payment);
    let SaleAnswer::Paywall { headers, challenge: false, .. } = &ending.answer else { panic!("{ending:?}") };
    assert_eq!(code(&ending), Some("sale/delivered"));
    assert!(headers.iter().any(|(name, _)| name.ends_with("PAYMENT-RESPONSE")), "it says that it was paid");
}

#[test]
fn a_kept_result_is_delivered_again_for_its_time_whatever_the_payment_says() {
    for flow in FLOWS {
        for release in releases() {
            for (seconds, wanted_s) in [(None, 3_600), (Some(0), 0), (Some(1), 1), (Some(365 * DAY_S), 365 * DAY_S)] {
                let setup = Setup::new(flow, release.clone());
                let setup = match seconds {
                    Some(seconds) => setup.option("resultSeconds", json!(seconds)),
                    None => setup,
                };
                let mut world = setup.world();
                let payment = world.payment(1);
                let first = world.present(&payment);
                let settled_s = world.now_s;
                for age_s in [0, wanted_s / 2, wanted_s.saturating_sub(1)].into_iter().filter(|age_s| *age_s < wanted_s)
                {
                    world.now_s = settled_s + age_s;
                    let headers = stored(&mut world, &payment);
                    assert_eq!(headers.len(), 1);
                    if let SaleAnswer::Work(first) = &first.answer {
                        assert_eq!(headers, *first, "another settlement");
                    }
                }
                for age_s in [wanted_s, wanted_s + 1, wanted_s + 3650 * DAY_S] {
                    world.now_s = settled_s + age_s;
                    delivered(&mut world, &payment);
                }
                assert_eq!((world.works, world.asked.len()), (1, 1), "{flow:?} {release}");
            }
        }
    }
}

#[test]
fn a_time_that_is_no_time_is_refused() {
    for seconds in [json!(-1), json!(365 * DAY_S + 1), json!(1.5), json!("3600"), json!(true), json!(null)] {
        let options = json!({ "facilitators": {}, "resultSeconds": seconds });
        let error = Paywall::parse(options.to_string().as_bytes()).unwrap_err();
        assert!(error.to_string().starts_with("`resultSeconds`"), "{error}");
    }
}

#[test]
fn what_was_settled_and_nobody_had_is_delivered_once_whatever_its_age() {
    for (release, asked) in
        [("verify-first", false), ("verify-first", true), ("settle-first", false), ("settle-first", true)]
    {
        let mut world = Setup::new(Flow::ExactV2, json!(release)).with_node().world();
        let payment = world.payment(1);
        let mut died = world.copy(&payment);
        world.until(&mut died, "settle");
        if asked {
            world.step(&mut died);
        }
        drop(died);
        world.now_s += LEASE_S;
        // Settled by nobody's request.
        let (record, sealed) = world.texts();
        let mut reconciled = world.resumed(record, sealed);
        world.run(&mut reconciled);
        assert_eq!((world.row().state(), world.row().standing.served), (State::Settled, false), "{release} {asked}");
        world.now_s += 30 * DAY_S;
        let ending = world.present(&payment);
        assert!(matches!(ending.answer, SaleAnswer::Stored(..) | SaleAnswer::Work(_)), "{release} {ending:?}");
        assert_eq!((code(&ending), world.works, world.row().standing.served), (None, 1, true), "{release} {asked}");
        delivered(&mut world, &payment);
        assert_eq!((world.works, world.asked.len()), (1, 1));
    }
    // Handed out before it was settled.
    let mut world = shop(&json!({ "optimistic": { "cap": "1 USD" } }));
    let payment = world.payment(1);
    let mut died = world.copy(&payment);
    world.until(&mut died, "settle");
    drop(died);
    world.now_s += LEASE_S;
    let (record, sealed) = world.texts();
    let mut reconciled = world.resumed(record, sealed);
    world.run(&mut reconciled);
    stored(&mut world, &payment);
    world.now_s += 3_600;
    delivered(&mut world, &payment);
}

#[test]
fn of_two_that_ask_for_what_nobody_had_one_gets_it_after_its_time() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    let mut died = world.copy(&payment);
    world.until(&mut died, "settle");
    drop(died);
    world.now_s += LEASE_S;
    let (record, sealed) = world.texts();
    let mut reconciled = world.resumed(record, sealed);
    world.run(&mut reconciled);
    world.now_s += 3_600;
    let mut copies = [world.copy(&payment), world.copy(&payment)];
    for copy in &mut copies {
        world.until(copy, "advance");
    }
    let [one, other] = copies.each_mut().map(|copy| code(&world.run(copy)));
    assert_eq!((one, other), (None, Some("sale/delivered")));
    assert_eq!((world.works, world.grants.values().sum::<usize>()), (1, 1));
}

fn named(payment: &Value, id: &str) -> Value {
    let mut payment = payment.clone();
    payment["extensions"]["payment-identifier"]["info"]["id"] = json!(id);
    payment
}

/// Everything of a payment that the chain shows, and what may stand where its name was.
fn rebuilt(payment: &Value) -> Vec<Value> {
    let mut bare = payment.clone();
    bare.as_object_mut().unwrap().remove("extensions");
    let mut empty = payment.clone();
    empty["extensions"]["payment-identifier"]["info"] = json!({});
    let own = payment["extensions"]["payment-identifier"]["info"]["id"].as_str().unwrap();
    let near = own.to_uppercase();
    vec![bare, empty, named(payment, "pay_of_somebody_else"), named(payment, &near), named(payment, &format!("{own}0"))]
}

#[test]
fn a_payment_with_a_name_is_repeated_under_that_name_only() {
    for release in releases() {
        let setup = Setup::new(Flow::ExactV2, release.clone()).option("paymentIdentifier", json!("optional"));
        let mut world = setup.world();
        let payment = world.payment(1);
        let mut first = world.copy(&payment);
        world.until(&mut first, "settle");
        // While it is under way.
        for other in rebuilt(&payment) {
            assert_eq!(code(&world.present(&other)), Some("sale/reused"), "{release}");
        }
        world.run(&mut first);
        // And once it is settled, also under terms that changed meanwhile.
        let same = Rc::clone(&world.terms);
        let dearer = json!({ "network": "eip155:8453", "payTo": scene::SELLER, "price": "0.02 USD" });
        let dearer = Terms::parse(same.paywall(), dearer.to_string().as_bytes()).unwrap();
        let unnamed = Rc::clone(&Setup::new(Flow::ExactV2, release.clone()).world().terms);
        for terms in [same, Rc::new(dearer), unnamed] {
            world.terms = terms;
            for other in rebuilt(&payment) {
                let ending = world.present(&other);
                assert_eq!(code(&ending), Some("sale/reused"), "{release}");
                let SaleAnswer::Paywall { refusal, challenge: false, .. } = ending.answer else { panic!() };
                assert_eq!(refusal.facts, "", "it says what is wrong");
            }
            stored(&mut world, &payment);
        }
        assert_eq!((world.works, world.asked.len()), (1, 1));
    }
}

#[test]
fn a_payment_without_a_name_may_be_repeated_under_any() {
    let mut world =
        Setup::new(Flow::ExactV2, json!("verify-first")).option("paymentIdentifier", json!("optional")).world();
    let mut payment = world.payment(1);
    payment.as_object_mut().unwrap().remove("extensions");
    assert_eq!(code(&world.present(&payment)), None);
    stored(&mut world, &payment);
    stored(&mut world, &named(&payment, "order-1234567890abcdef"));
}
