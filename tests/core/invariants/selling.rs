//! The invariants of sellers, each with the mistake against it.

use farthing::sale::{SaleAnswer, Step};
use serde_json::json;

use self::world::{Copy, Setup, World, code, name};
use crate::driver::scene::Flow;

#[path = "../sale/selling/world/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests of sales use all of it")]
mod world;

fn shop(release: serde_json::Value) -> World {
    crate::plant();
    Setup::new(Flow::ExactV2, release).world()
}

#[test]
fn i24_only_a_well_formed_yes_lets_a_sale_go_on() {
    let mut world = shop(json!("verify-first"));
    let payment = world.payment(1);
    world.verifies.push((200, json!({ "isValid": "true" }).to_string()));
    let ending = world.present(&payment);
    assert_eq!((code(&ending), world.works, world.asked.len()), (Some("sale/facilitator"), 0, 0));
}

#[test]
fn i25_of_two_copies_with_one_payment_one_works() {
    let mut world = shop(json!("verify-first"));
    let payment = world.payment(1);
    let mut copies: [Copy; 2] = [world.copy(&payment), world.copy(&payment)];
    while copies.iter().any(|copy| !matches!(copy.pending, Step::Done(_))) {
        for copy in &mut copies {
            if !matches!(copy.pending, Step::Done(_)) {
                world.step(copy);
            }
        }
    }
    assert_eq!((world.works, world.handed), (1, 1));
}

#[test]
fn i26_a_settlement_that_nobody_confirmed_is_not_demanded_again() {
    let mut world = shop(json!("verify-first"));
    let payment = world.payment(1);
    let mut copy = world.copy(&payment);
    world.until(&mut copy, "settle");
    // The world itself would notice, too; here only the answer counts.
    copy.pending = copy.sale.tell(farthing::sale::Told::Answer(0, Vec::new()), world.now_s);
    while !matches!(copy.pending, Step::Done(_)) {
        let told = world.wished(&copy.pending);
        copy.pending = copy.sale.tell(told, world.now_s);
    }
    let Step::Done(ending) = &copy.pending else { panic!() };
    assert!(matches!(ending.answer, SaleAnswer::Paywall { challenge: false, .. }), "{ending:?}");
}

#[test]
fn i27_terms_that_a_buyer_repeats_are_compared_and_not_taken() {
    let mut world = shop(json!("verify-first"));
    for (place, value, expected) in [
        ("/accepted/maxTimeoutSeconds", json!(59), "sale/no-match"),
        ("/resource/url", json!("https://api.example.com/free"), "sale/mismatch"),
    ] {
        let mut payment = world.payment(1);
        *payment.pointer_mut(place).unwrap() = value;
        let ending = world.present(&payment);
        assert_eq!((code(&ending), world.works), (Some(expected), 0), "{place}");
    }
}

#[test]
fn i28_a_payment_that_cannot_be_read_costs_nothing() {
    let world = shop(json!("verify-first"));
    for junk in [json!(null), json!("junk"), json!({}), json!({ "x402Version": 2, "payload": {} })] {
        let copy = world.copy(&junk);
        assert_eq!(name(&copy.pending), "done", "{junk}");
    }
}

#[test]
fn i29_what_is_served_and_unsettled_stays_under_its_cap() {
    let mut world = shop(json!({ "optimistic": { "cap": "0.015 USD" } }));
    world.settles = vec![(0, String::new()); 3];
    for seed in 1..=3 {
        let payment = world.payment(seed);
        world.present(&payment);
    }
    assert_eq!(world.served, 1, "0.01 USD fits once");
}
