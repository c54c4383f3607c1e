//! The same payment again, for this and for that: one claim, one grant (threats S3 to S6, S11 to S14, S17).

use farthing::record::State;
use farthing::sale::SaleAnswer;
use serde_json::{Value, json};

use super::world::{LEASE_S, Setup, World, code, releases};
use crate::driver::scene::{self, FLOWS, Flow, URL};

fn shop(release: &Value) -> World {
    Setup::new(Flow::ExactV2, release.clone()).world()
}

#[test]
fn every_way_to_pay_is_sold_once_in_every_order() {
    for flow in FLOWS {
        for release in releases() {
            let mut world = Setup::new(flow, release.clone()).world();
            let payment = world.payment(1);
            let ending = world.present(&payment);
            assert_eq!(ending.report.refusal, None, "{flow:?} {release}: {:?}", world.steps);
            assert_eq!((world.works, world.asked.len(), world.row().state()), (1, 1, State::Settled));
            assert!(ending.report.settled && ending.report.delivered);
            let again = world.present(&payment);
            assert!(matches!(again.answer, SaleAnswer::Stored(..)), "{flow:?} {release}: {again:?}");
            assert_eq!((world.works, world.asked.len()), (1, 1), "{flow:?} {release}");
        }
    }
}

#[test]
fn a_result_that_is_too_large_to_keep_is_delivered_once() {
    for release in releases() {
        let mut world = shop(&release);
        let payment = world.payment(1);
        world.work = (200, None);
        assert_eq!(code(&world.present(&payment)), None);
        let ending = world.present(&payment);
        let SaleAnswer::Paywall { headers, challenge: false, .. } = &ending.answer else { panic!("{ending:?}") };
        assert_eq!((code(&ending), headers[0].0), (Some("sale/delivered"), "PAYMENT-RESPONSE"), "{release}");
        assert_eq!((world.works, world.asked.len()), (1, 1));
    }
}

#[test]
fn a_payment_buys_one_method_path_query_and_body() {
    for release in releases() {
        for (url, body) in
            [("https://api.example.com/weather?key=other", ""), ("https://api.example.com/weather", ""), (URL, "body")]
        {
            let mut world = shop(&release);
            let payment = world.payment(1);
            world.present(&payment);
            let mut copy = world.copy_for(&payment, url, body.as_bytes());
            let ending = world.run(&mut copy);
            assert_eq!((code(&ending), world.works), (Some("sale/reused"), 1), "{url} {body}");
            // Also while the first one is under way.
            let mut world = shop(&release);
            let mut first = world.copy(&payment);
            world.until(&mut first, "work");
            let mut copy = world.copy_for(&payment, url, body.as_bytes());
            assert_eq!(code(&world.run(&mut copy)), Some("sale/reused"));
            assert_eq!(code(&world.run(&mut first)), None);
        }
    }
}

#[test]
fn a_claim_outside_its_window_is_refused_unless_it_was_made_before() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    let before_s: u64 = payment["payload"]["authorization"]["validBefore"].as_str().unwrap().parse().unwrap();
    world.now_s = before_s - 5;
    let ending = world.present(&payment);
    assert_eq!((code(&ending), world.ledger.rows().len()), (Some("sale/window"), 0));
    world.now_s = before_s - 6;
    assert_eq!(code(&world.present(&payment)), None);
}

#[test]
fn a_payment_identifier_is_good_for_one_payment() {
    let setup = Setup::new(Flow::ExactV2, json!("verify-first")).option("paymentIdentifier", json!("optional"));
    let mut world = setup.world();
    let named = |mut payment: Value, id: &str| {
        payment["extensions"]["payment-identifier"]["info"]["id"] = json!(id);
        payment
    };
    let (one, two) = (world.payment(1), world.payment(2));
    let id = "order-1234567890abcdef";
    assert_eq!(code(&world.present(&named(one.clone(), id))), None);
    // A client that pays anew under the same name is not charged again.
    let ending = world.present(&named(two.clone(), id));
    assert_eq!((code(&ending), world.asked.len(), world.works), (Some("sale/identifier-reused"), 1, 1));
    assert!(matches!(world.present(&named(one, id)).answer, SaleAnswer::Stored(..)));
    assert_eq!(code(&world.present(&named(two, "order-of-another-name"))), None);
    assert_eq!(world.asked.len(), 2);
}

#[test]
fn who_is_not_admitted_costs_no_store_no_facilitator_and_no_work() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    world.admits = false;
    let ending = world.present(&payment);
    assert_eq!((code(&ending), world.steps.as_slice()), (Some("sale/admission"), &["admit".to_owned()][..]));
    assert!(ending.answer.to_json().contains(r#""from":"hook""#));
}

#[test]
fn a_client_that_leaves_in_the_middle_is_charged_once_and_may_come_back() {
    // The driver goes on without it: nothing of a sale depends on who waits.
    for release in releases() {
        let mut world = shop(&release);
        let payment = world.payment(1);
        let mut first = world.copy(&payment);
        world.until(&mut first, "settle");
        assert_eq!(code(&world.present(&payment)), Some("sale/in-progress"), "{release}");
        assert_eq!(code(&world.run(&mut first)), None);
        assert!(matches!(world.present(&payment).answer, SaleAnswer::Stored(..)));
        assert_eq!((world.works, world.asked.len()), (1, 1));
    }
}

#[test]
fn what_is_served_and_unsettled_stays_under_the_cap_of_its_payer() {
    let cap = json!({ "optimistic": { "cap": "0.025 USD" } });
    let mut world = Setup::new(Flow::ExactV2, cap).world();
    world.moves = false;
    let payments: Vec<Value> = (1..=4).map(|seed| world.payment(seed)).collect();
    world.settles = vec![(0, String::new()); 4];
    for (index, payment) in payments.iter().enumerate() {
        let ending = world.present(payment);
        // Two of 0.01 fit; from the third on it is settled first.
        let expected = if index < 2 { "sale/unpaid" } else { "sale/unknown" };
        assert_eq!((code(&ending), world.served), (Some(expected), 2.min(index + 1)), "{index}");
    }
    // A settlement gives room.
    world.moves = true;
    world.now_s += 2;
    assert_eq!(code(&world.present(&payments[0])), None);
    let fifth = world.payment(5);
    assert_eq!((code(&world.present(&fifth)), world.served), (None, 3));
}

#[test]
fn a_price_that_changed_meanwhile_is_not_asked_of_who_paid_the_old_one() {
    for release in releases() {
        let dearer = |world: &mut World| {
            let asked = json!({ "network": "eip155:8453", "payTo": scene::SELLER, "price": "0.02 USD" });
            let terms = farthing::sale::Terms::parse(world.terms.paywall(), asked.to_string().as_bytes()).unwrap();
            world.terms = std::rc::Rc::new(terms);
        };
        // Settled: the result.
        let mut world = shop(&release);
        let payment = world.payment(1);
        world.present(&payment);
        dearer(&mut world);
        assert!(matches!(world.present(&payment).answer, SaleAnswer::Stored(..)), "{release}");
        // Not known: no demand, and once it is known, the result.
        let mut world = shop(&release);
        world.settles.push((0, String::new()));
        world.moves = false;
        world.present(&payment);
        dearer(&mut world);
        assert_eq!(code(&world.present(&payment)), Some("sale/unknown"));
        (world.moves, world.now_s) = (true, world.now_s + 5);
        assert_eq!(code(&world.present(&payment)), None, "{release}");
        assert_eq!((world.works, world.grants.len()), (1, 1));
        // Under way: wait. Left before it was settled: nobody will settle it any more.
        let mut world = shop(&release);
        let mut first = world.copy(&payment);
        world.until(&mut first, "work");
        let early = world.row().state() == State::Reserved;
        dearer(&mut world);
        assert_eq!(code(&world.present(&payment)), Some("sale/in-progress"));
        world.now_s += LEASE_S;
        let asked = world.asked.len();
        let ending = world.present(&payment);
        assert_eq!(code(&ending), early.then_some("sale/no-match"), "{release}");
        world.run(&mut first);
        assert_eq!(world.asked.len(), asked, "asked to pay again, and settled all the same");
        // Nothing of it: the new price.
        let mut world = shop(&release);
        dearer(&mut world);
        assert_eq!(code(&world.present(&payment)), Some("sale/no-match"));
        assert_eq!(world.steps, ["load"]);
    }
}
