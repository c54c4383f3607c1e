//! One test for each invariant I1 to I16 and, of the seller, I24 to I29 of the threat model, and one that puts the mistake
//! against each of them in place (feature `seeded-bugs`) and sees that test turn red.

mod driver;
#[path = "invariants/selling.rs"]
mod selling;
mod support;

use std::env;
use std::process::Command as Program;

use farthing::purchase::{Command, PaidAnswer, Trouble};
use farthing::record::{Record, State};
use serde_json::{Value, json};

use driver::scene::{Flow, SELLER, Scene};
use driver::store::Store;
use driver::{Event, NOW_S, Rig};

const VARIABLE: &str = "FARTHING_SEEDED_BUG";

/// The tests below, in the order of the invariants.
const NAMES: [(u8, &str); 22] = [
    (1, "i01_nothing_is_signed_that_the_policy_does_not_allow"),
    (2, "i02_a_signature_of_anybody_else_never_leaves"),
    (3, "i03_the_seller_cannot_lengthen_an_authorisation_beyond_the_policy"),
    (4, "i04_two_processes_with_one_id_sign_once"),
    (5, "i05_a_purchase_is_presented_again_in_identical_bytes"),
    (6, "i06_nothing_new_is_signed_while_the_old_one_may_live"),
    (7, "i07_reservations_never_exceed_a_budget"),
    (8, "i08_not_knowing_counts_as_spent"),
    (9, "i09_an_authorisation_is_for_the_exact_price"),
    (10, "i10_money_for_one_origin_is_not_sent_to_another"),
    (11, "i11_nothing_is_paid_to_oneself_or_for_nothing"),
    (12, "i12_signed_bytes_are_durable_before_they_leave"),
    (13, "i13_after_a_crash_the_store_alone_finds_the_payment"),
    (14, "i14_a_history_that_lost_a_step_is_noticed"),
    (15, "i15_an_id_used_for_another_request_is_refused"),
    (16, "i16_large_payments_need_a_store_that_lasts"),
    (24, "selling::i24_only_a_well_formed_yes_lets_a_sale_go_on"),
    (25, "selling::i25_of_two_copies_with_one_payment_one_works"),
    (26, "selling::i26_a_settlement_that_nobody_confirmed_is_not_demanded_again"),
    (27, "selling::i27_terms_that_a_buyer_repeats_are_compared_and_not_taken"),
    (28, "selling::i28_a_payment_that_cannot_be_read_costs_nothing"),
    (29, "selling::i29_what_is_served_and_unsettled_stays_under_its_cap"),
];

#[test]
fn every_seeded_bug_turns_its_test_red() {
    let this = env::current_exe().unwrap();
    for (bug, name) in NAMES {
        for (number, wanted) in [(0, true), (bug, false)] {
            let output =
                Program::new(&this).args(["--exact", name]).env(VARIABLE, number.to_string()).output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains("running 1 test"), "{name} does not exist: {text}");
            assert_eq!(output.status.success(), wanted, "{name} with bug {number}: {text}");
        }
    }
}

/// Puts the mistake of the environment in place.
pub fn plant() {
    let number = env::var(VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    farthing::bugs::seed(number);
}

fn scene() -> Scene {
    plant();
    Scene::new(Flow::ExactV2)
}

/// The authorisation of the payment that waits to be sent.
fn authorisation(rig: &Rig) -> Value {
    rig.payment()["payload"]["authorization"].clone()
}

#[test]
fn i01_nothing_is_signed_that_the_policy_does_not_allow() {
    let mut rig = Rig::new(scene().policy(json!({ "perRequest": "0.009 USD" })));
    rig.run();
    assert_eq!((rig.problem(), rig.asked), (Some("policy/over-cap"), 0));
}

#[test]
fn i02_a_signature_of_anybody_else_never_leaves() {
    let mut rig = Rig::new(scene()).until("sign");
    let digest = match &rig.purchase.record().unwrap().attempt {
        Some(attempt) => attempt.digest,
        None => panic!("nothing is planned"),
    };
    let foreign = driver::core::signed(&digest, &k256::ecdsa::SigningKey::from_slice(&[0x22; 32]).unwrap());
    rig.give(Event::Signature(driver::core::hex(&foreign)));
    assert_eq!(rig.problem(), Some("sign/signer"));
}

#[test]
fn i03_the_seller_cannot_lengthen_an_authorisation_beyond_the_policy() {
    let rig = Rig::new(scene().entry("maxTimeoutSeconds", json!(86_400))).until("send");
    let before: u64 = authorisation(&rig)["validBefore"].as_str().unwrap().parse().unwrap();
    assert!(before <= NOW_S + 300, "{before}");
}

#[test]
fn i04_two_processes_with_one_id_sign_once() {
    let first = Rig::new(scene()).until("reserve");
    let mut second = Rig::with(first.scene.clone(), Store::default(), 2).until("reserve");
    let mut first = first.until("sign");
    second.store = first.store.clone();
    second.step();
    first.step();
    assert_eq!((first.asked, second.asked), (1, 0));
}

#[test]
fn i05_a_purchase_is_presented_again_in_identical_bytes() {
    let mut rig = Rig::new(scene()).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    let again = Rig::with(rig.scene.clone(), rig.store.clone(), 2).until("send");
    let Command::Send { value, .. } = &again.pending else { panic!() };
    assert!(rig.sent.contains(&**value), "other bytes");
}

#[test]
fn i06_nothing_new_is_signed_while_the_old_one_may_live() {
    let mut rig = Rig::new(scene()).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    assert_eq!(rig.store.state("trip-42"), Some(State::Unknown));
    let mut again = Rig::with(rig.scene.clone(), rig.store.clone(), 2);
    again.run();
    assert_eq!(again.asked, 0, "signed anew");
}

#[test]
fn i07_reservations_never_exceed_a_budget() {
    let policy = json!({ "perRequest": "0.10 USD", "budgets": [{ "limit": "0.015 USD", "every": "day" }] });
    let mut first = Rig::new(scene().policy(policy));
    first.run();
    let mut scene = first.scene.clone();
    scene.request.purchase_id = Some("trip-43".into());
    let mut second = Rig::with(scene, first.store.clone(), 2);
    second.run();
    assert_eq!((second.problem(), second.asked), (Some("budget/exceeded"), 0));
}

#[test]
fn i08_not_knowing_counts_as_spent() {
    let mut rig = Rig::new(scene()).until("send");
    rig.give(Event::Trouble(Trouble::Network));
    assert_eq!(rig.store.state("trip-42"), Some(State::Unknown));
    assert!(rig.store.holds("trip-42"), "the budget was given back");
}

#[test]
fn i09_an_authorisation_is_for_the_exact_price() {
    let rig = Rig::new(scene()).until("send");
    assert_eq!(authorisation(&rig)["value"], "10000");
    assert_eq!(authorisation(&rig)["to"], SELLER);
}

#[test]
fn i10_money_for_one_origin_is_not_sent_to_another() {
    let mut scene = scene();
    scene.reached = "https://evil.example/weather".into();
    scene.challenge["resource"]["url"] = json!("https://evil.example/weather");
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!((rig.problem(), rig.asked), (Some("policy/redirect-cross-origin"), 0));
}

#[test]
fn i11_nothing_is_paid_to_oneself_or_for_nothing() {
    for (field, value, code) in [
        ("amount", json!("0"), "policy/amount-zero"),
        ("payTo", json!(driver::payer_key().address().checksummed()), "policy/payto-forbidden"),
    ] {
        let mut rig = Rig::new(scene().entry(field, value));
        rig.run();
        assert_eq!((rig.problem(), rig.asked), (Some(code), 0));
    }
}

#[test]
fn i12_signed_bytes_are_durable_before_they_leave() {
    let mut rig = Rig::new(scene()).until("sign");
    rig.step();
    let Command::Advance { entry, .. } = &rig.pending else { panic!("not written first: {:?}", rig.pending) };
    assert!(entry.sealed.is_some());
}

#[test]
fn i13_after_a_crash_the_store_alone_finds_the_payment() {
    let mut rig = Rig::new(scene().without_id()).until("send");
    // The process ends here; another one asks for the same a minute later.
    let sent = std::mem::take(&mut rig.sent);
    let again = Rig::at(rig.scene.clone(), rig.store.clone(), 2, NOW_S + 40);
    let again = again.until("send");
    let Command::Send { value, .. } = &again.pending else { panic!() };
    assert!(sent.contains(&**value), "signed anew");
}

#[test]
fn i14_a_history_that_lost_a_step_is_noticed() {
    let mut rig = Rig::new(scene());
    rig.run();
    let json = rig.store.row("trip-42").unwrap().record.to_json();
    assert!(Record::read(json.as_bytes()).is_some());
    let mut record: Value = serde_json::from_str(&json).unwrap();
    record["history"].as_array_mut().unwrap().remove(1);
    assert!(Record::read(record.to_string().as_bytes()).is_none(), "a step is missing and nobody noticed");
}

#[test]
fn i15_an_id_used_for_another_request_is_refused() {
    let mut rig = Rig::new(scene()).until("send");
    rig.give(Event::Settlement(PaidAnswer { status: 200, header: None, output: None, body: Vec::new() }));
    let mut other = Rig::with(rig.scene.clone().post(b"another body"), rig.store.clone(), 2);
    other.run();
    assert_eq!(other.problem(), Some("purchase/id-conflict"));
}

#[test]
fn i16_large_payments_need_a_store_that_lasts() {
    let scene = scene().policy(json!({ "perRequest": "10 USD" })).entry("amount", json!("2000000"));
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!((rig.problem(), rig.asked), (Some("policy/store-ephemeral"), 0));
}
