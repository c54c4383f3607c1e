//! What the seller's own node proves, and what is left to finish without a request (threats S10, S16, S18).

use farthing::ledger::Reservation;
use farthing::record::State;
use farthing::sale::{SaleAnswer, SaleRecord};
use serde_json::{Value, json};

use super::world::chain::Event;
use super::world::{LEASE_S, Setup, TRANSACTION, World, code, releases};
use crate::driver::scene::{FLOWS, Flow, SELLER};

const ELSEWHERE: &str = "0x9999999999999999999999999999999999999999";
const OTHER: &str = "0x5656565656565656565656565656565656565656565656565656565656565656";

fn shop(release: &Value) -> World {
    Setup::new(Flow::ExactV2, release.clone()).with_node().world()
}

fn event(world: &World, payment: &Value, moved: Option<(&str, u64)>) -> Event {
    let signed = &payment["payload"]["authorization"];
    Event {
        payer: signed["from"].as_str().unwrap().into(),
        nonce: signed["nonce"].as_str().unwrap().into(),
        at_s: world.now_s,
        moved: moved.map(|(to, amount)| (to.into(), amount)),
        transaction: OTHER.into(),
    }
}

/// The facilitator is not there.
fn silent(world: &mut World) {
    world.settles = vec![(0, String::new()); 40];
}

#[test]
fn a_transfer_that_somebody_else_sent_is_a_payment() {
    for release in releases() {
        for (at_once, behind_s) in [(true, 0), (false, 600)] {
            let mut world = shop(&release);
            let payment = world.payment(1);
            (world.moves, world.chain.behind_s) = (false, behind_s);
            silent(&mut world);
            world.chain.events.push(event(&world, &payment, Some((SELLER, 10_000))));
            world.now_s += 4;
            let ending = world.present(&payment);
            if !at_once {
                // Not final yet: nobody knows.
                assert_eq!(world.row().state(), State::Signed, "{release}");
                world.now_s += 700;
                assert_eq!(code(&world.present(&payment)), None, "{release}");
            } else {
                assert_eq!(code(&ending), None, "{release}");
            }
            assert_eq!((world.works, world.row().state()), (1, State::Settled));
            let evidence = world.row().evidence;
            assert_eq!(
                (evidence.transaction.as_deref(), evidence.proof.as_deref()),
                (Some(OTHER), Some("chain eip155:8453"))
            );
        }
    }
}

#[test]
fn a_nonce_that_was_signed_twice_pays_nobody_but_whom_it_paid() {
    for moved in [Some((ELSEWHERE, 10_000)), Some((SELLER, 9_999)), None] {
        let mut world = shop(&json!("verify-first"));
        let payment = world.payment(1);
        world.chain.events.push(event(&world, &payment, moved));
        world.now_s += 4;
        let ending = world.present(&payment);
        assert_eq!((code(&ending), world.row().state()), (Some("sale/refused"), State::Refused), "{moved:?}");
        assert!(matches!(ending.answer, SaleAnswer::Paywall { challenge: true, .. }), "it is dead, by proof");
        assert!(world.grants.is_empty());
    }
}

#[test]
fn another_purchase_in_the_same_transaction_pays_for_itself_only() {
    let mut world = shop(&json!("verify-first"));
    let (one, two) = (world.payment(1), world.payment(2));
    // The nonce of the first, signed again for somebody else, beside an honest second.
    world.chain.events.push(event(&world, &one, Some((ELSEWHERE, 10_000))));
    world.chain.events.push(event(&world, &two, Some((SELLER, 10_000))));
    world.now_s += 4;
    assert_eq!(code(&world.present(&one)), Some("sale/refused"));
    assert_eq!(code(&world.present(&two)), None);
}

#[test]
fn a_payment_is_dead_when_a_final_block_after_its_time_shows_it_unused() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    let before_s: u64 = payment["payload"]["authorization"]["validBefore"].as_str().unwrap().parse().unwrap();
    world.moves = false;
    silent(&mut world);
    assert_eq!(code(&world.present(&payment)), Some("sale/unknown"));
    for (now_s, dead) in [(before_s + 1, false), (before_s + 40, false), (before_s + 64, true)] {
        world.now_s = now_s;
        let ending = world.present(&payment);
        assert_eq!(code(&ending) == Some("sale/refused"), dead, "{}", now_s - before_s);
    }
    assert_eq!((world.row().state(), world.works), (State::Refused, 1));
    // It stays dead.
    assert_eq!(code(&world.present(&payment)), Some("sale/window"));
}

#[test]
fn what_was_served_and_died_unpaid_stays_counted() {
    let mut world = shop(&releases()[2]);
    let payment = world.payment(1);
    world.moves = false;
    silent(&mut world);
    assert_eq!((code(&world.present(&payment)), world.served), (Some("sale/unpaid"), 1));
    world.now_s += 1_000;
    assert_eq!(code(&world.present(&payment)), Some("sale/unpaid"));
    let row = world.row();
    assert_eq!(row.state(), State::Signed);
    assert!(world.ledger.is_held(&row.sale_id), "the hold stays");
}

#[test]
fn from_a_price_on_a_settlement_is_believed_once_the_chain_shows_it() {
    for (above, expected) in
        [("0.01 USD", Some("sale/unknown")), ("0.011 USD", None), ("0.01 EUR", Some("sale/unknown"))]
    {
        let setup = Setup::new(Flow::ExactV2, json!("verify-first")).with_node().option("evidenceAbove", json!(above));
        let mut world = setup.world();
        let payment = world.payment(1);
        world.chain.blind = true;
        assert_eq!(code(&world.present(&payment)), expected, "{above}");
        if expected.is_some() {
            assert_eq!(world.row().evidence.transaction.as_deref(), Some(TRANSACTION), "it is looked at again");
            world.chain.blind = false;
            world.now_s += 2;
            assert_eq!(code(&world.present(&payment)), None);
            assert_eq!((world.works, world.asked.len()), (1, 1), "not asked to settle again");
        }
    }
}

#[test]
fn a_transaction_that_moved_nothing_to_the_seller_is_no_evidence() {
    let setup = Setup::new(Flow::ExactV2, json!("verify-first")).with_node().option("evidenceAbove", json!("0.01 USD"));
    for moved in [Some((ELSEWHERE, 10_000)), Some((SELLER, 9_999)), None] {
        let mut world = setup.world();
        let payment = world.payment(1);
        world.moves = false;
        let mut other = event(&world, &world.payment(2), moved);
        other.transaction = TRANSACTION.into();
        world.chain.events.push(other);
        let ending = world.present(&payment);
        assert_eq!((code(&ending), world.row().state()), (Some("sale/unproven"), State::Signed), "{moved:?}");
    }
}

#[test]
fn a_failure_that_names_its_transaction_is_looked_up_before_it_is_final() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    world.chain.behind_s = 900;
    let failed = json!({ "success": false, "errorReason": "timeout", "transaction": TRANSACTION });
    world.settles.push((200, failed.to_string()));
    assert_eq!((code(&world.present(&payment)), world.row().state()), (None, State::Settled));
}

#[test]
fn a_node_that_keeps_silent_or_lies_about_its_network_proves_nothing() {
    for silence in [true, false] {
        let mut world = shop(&json!("verify-first"));
        let payment = world.payment(1);
        silent(&mut world);
        world.chain.silent = silence;
        let mut copy = world.copy(&payment);
        world.until(&mut copy, "call");
        if !silence {
            let other = br#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#;
            world.tell(&mut copy, farthing::sale::Told::Answer(200, other.to_vec()));
        }
        let ending = world.run(&mut copy);
        assert_eq!((code(&ending), world.row().state()), (Some("sale/unknown"), State::Signed));
    }
}

fn resumed(world: &mut World) -> Option<&'static str> {
    let (record, sealed) = world.texts();
    let mut copy = world.resumed(record, sealed);
    let ending = world.run(&mut copy);
    assert_eq!(ending.answer, SaleAnswer::Nothing, "nobody asked");
    code(&ending)
}

#[test]
fn reconciling_settles_again_with_the_same_bytes_and_leaves_the_result_for_its_buyer() {
    for flow in FLOWS {
        for release in releases() {
            let mut world = Setup::new(flow, release.clone()).with_node().world();
            let payment = world.payment(1);
            world.moves = false;
            world.settles.push((0, String::new()));
            world.present(&payment);
            assert_eq!(world.row().state(), State::Signed);
            // Not at once.
            assert_eq!(resumed(&mut world), Some("sale/in-progress"));
            world.moves = true;
            world.now_s += 5;
            let works = world.works;
            assert_eq!(resumed(&mut world), None, "{flow:?} {release}");
            assert_eq!((world.row().state(), world.works, world.asked.len()), (State::Settled, works, 2));
            assert_eq!(code(&world.present(&payment)), None);
            assert_eq!(world.works, 1, "{flow:?} {release}");
            assert_eq!(resumed(&mut world), None, "nothing is left");
        }
    }
}

#[test]
fn reconciling_lets_go_of_what_was_never_asked_to_settle() {
    for release in releases() {
        let mut world = shop(&release);
        let payment = world.payment(1);
        let mut copy = world.copy(&payment);
        world.until(&mut copy, if release == "settle-first" { "verify" } else { "work" });
        assert_eq!(resumed(&mut world), Some("sale/in-progress"));
        world.now_s += LEASE_S;
        assert_eq!((resumed(&mut world), world.row().state()), (Some("sale/handler-failed"), State::Refused));
        assert!(!world.ledger.is_held(&world.row().sale_id));
        // Whoever was slow finds out, and settles nothing.
        assert_eq!(code(&world.run(&mut copy)), Some("sale/in-progress"));
        assert!(world.asked.is_empty());
    }
}

#[test]
fn a_row_that_cannot_be_used_is_left_alone() {
    let mut world = shop(&json!("verify-first"));
    let payment = world.payment(1);
    world.settles.push((0, String::new()));
    world.moves = false;
    world.present(&payment);
    let (record, sealed) = world.texts();
    let altered: Value = serde_json::from_str(&record).unwrap();
    let with = |change: fn(&mut Value)| {
        let mut record = altered.clone();
        change(&mut record);
        record.to_string()
    };
    let rows = [
        (with(|record| record["version"] = json!(2)), sealed.clone(), "another version"),
        (with(|record| record["terms"]["amount"] = json!("1")), sealed.clone(), "altered"),
        (with(|record| record["sale"]["lease"] = json!(0)), sealed.clone(), "altered"),
        (with(|record| record["state"] = json!("refused")), sealed.clone(), "altered"),
        (with(|record| drop(record["history"].as_array_mut().unwrap().remove(0))), sealed.clone(), "altered"),
        (with(|record| drop(record.as_object_mut().unwrap().remove("attempt"))), sealed.clone(), "damaged"),
        ("{}".into(), sealed.clone(), "damaged"),
        ("no json".into(), sealed.clone(), "damaged"),
        (record.clone(), None, "missing"),
        (record.clone(), Some("{}".into()), "damaged"),
    ];
    world.now_s += 400;
    for (record, sealed, why) in rows {
        let asked = world.asked.len();
        let mut copy = world.copy(&payment);
        world.until(&mut copy, "load");
        world.tell(&mut copy, farthing::sale::Told::Loaded(Some((record.clone(), sealed.clone()))));
        let ending = world.run(&mut copy);
        assert_eq!(code(&ending), Some("sale/store-late"), "{record}");
        assert!(ending.report.refusal.as_ref().unwrap().facts.contains(why), "{why}: {ending:?}");
        let mut copy = world.resumed(record, sealed);
        assert_eq!(code(&world.run(&mut copy)), Some("sale/store-late"));
        assert_eq!(world.asked.len(), asked, "settled all the same");
    }
    // The row of another sale is no row of this one.
    let two = world.payment(2);
    let mut copy = world.copy(&two);
    world.until(&mut copy, "reserve");
    world.tell(&mut copy, farthing::sale::Told::Reserved(Reservation::Exists));
    world.until(&mut copy, "load");
    world.tell(&mut copy, farthing::sale::Told::Loaded(Some((record.clone(), sealed))));
    assert_eq!(code(&world.run(&mut copy)), Some("sale/store-late"));
    assert!(SaleRecord::parse(record.as_bytes()).is_ok());
}
