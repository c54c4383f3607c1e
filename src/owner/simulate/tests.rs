use alloc::format;
use alloc::string::String;

use serde_json::Value;

use super::super::sample::{self, NOW_S};
use super::*;

/// A payment of 0.01 USD that settled, begun so many seconds after `NOW_S`.
fn paid(id: &str, after_s: u64) -> Record {
    moved(id, after_s, &[(State::Reserved, 0), (State::Signed, 1), (State::Settled, 2)])
}

fn moved(id: &str, after_s: u64, steps: &[(State, u64)]) -> Record {
    let mut record = sample::decided(id);
    record.attempt = sample::signed().attempt;
    for (state, later_s) in steps {
        record.enter(*state, NOW_S + after_s + later_s);
    }
    record
}

fn tried(policy: &str, records: &[Record]) -> Value {
    let options = format!(r#"{{"policy":{policy},"store":"durable"}}"#);
    let mut simulation = Simulation::new(Config::parse(options.as_bytes()).unwrap());
    records.iter().for_each(|record| simulation.add(&record.to_json(), &[]));
    serde_json::from_str(&simulation.run()).unwrap()
}

fn outcomes(result: &Value) -> Vec<&str> {
    result["purchases"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect()
}

const CAP: &str = r#"{"perRequest":"0.10 USD"}"#;
const DAILY: &str = r#"{"perRequest":"0.10 USD","budgets":[{"limit":"0.025 USD","every":"day"}]}"#;

#[test]
fn what_the_policy_would_have_paid_is_summed() {
    let result = tried(CAP, &[paid("p_1", 0), paid("p_2", 60)]);
    assert_eq!(outcomes(&result), ["allowed", "allowed"]);
    assert_eq!(result["allowed"]["currencies"][0], "0.02 USD");
    assert_eq!(result["allowed"]["assets"][0]["amount"], "20000");
    assert_eq!(result["allowed"]["by"][0]["name"], "perRequest 0.10 USD");
    assert_eq!((&result["denied"]["count"], &result["skipped"]), (&0.into(), &0.into()));
}

#[test]
fn a_denial_names_its_rule_and_what_it_would_have_saved() {
    let result = tried(r#"{"perRequest":"0.001 USD"}"#, &[paid("p_1", 0), paid("p_2", 60)]);
    assert_eq!(outcomes(&result), ["denied", "denied"]);
    let by = &result["denied"]["by"][0];
    assert_eq!((&by["name"], &by["count"], &by["first"]), (&"policy/over-cap".into(), &2.into(), &NOW_S.into()));
    assert_eq!(result["denied"]["currencies"][0], "0.02 USD");
    assert_eq!(result["purchases"][0]["was"], "settled");
}

#[test]
fn budgets_fill_in_the_order_of_time_and_empty_with_it() {
    let day_s = 86_400 + 2 * 1_440;
    let past = [paid("p_3", 120), paid("p_1", 0), paid("p_4", day_s + 120), paid("p_2", 60)];
    let result = tried(DAILY, &past);
    assert_eq!(outcomes(&result), ["allowed", "allowed", "exceeded", "allowed"]);
    assert_eq!(result["exceeded"]["by"][0]["first"], NOW_S + 120);
    assert_eq!(result["purchases"][2]["purchaseId"], "p_3");
    assert_eq!(result["allowed"]["currencies"][0], "0.03 USD");
}

#[test]
fn what_was_proven_not_to_have_moved_frees_its_budget_when_it_did() {
    let died = [(State::Reserved, 0), (State::Unknown, 1), (State::Dead, 90)];
    // The second comes while the first still counts, the fourth after it was proven dead.
    let past = [moved("p_1", 0, &died), paid("p_2", 30), paid("p_3", 60), paid("p_4", 120)];
    let result = tried(DAILY, &past);
    assert_eq!(outcomes(&result), ["allowed", "allowed", "exceeded", "allowed"]);
    assert_eq!(result["allowed"]["count"], 3);
    assert_eq!(result["allowed"]["currencies"][0], "0.02 USD", "the dead one cost nothing");
}

#[test]
fn a_purchase_that_the_past_refused_counts_as_paid() {
    let mut refused = sample::decided("p_1");
    refused.evidence.problem = Some(String::from("policy/over-cap"));
    refused.enter(State::Refused, NOW_S);
    let result = tried(CAP, &[refused]);
    assert_eq!(outcomes(&result), ["allowed"]);
    assert_eq!(result["allowed"]["currencies"][0], "0.01 USD");
    assert_eq!(result["purchases"][0]["was"], "refused");
}

#[test]
fn what_cannot_be_decided_again_is_counted_as_skipped() {
    let mut unpinned = sample::settled();
    unpinned.terms.as_mut().unwrap().asset = format!("eip155:1/erc20:{}", sample::payer());
    let past = [sample::fresh("p_0"), sample::rebuilt(unpinned), paid("p_1", 0), paid("p_1", 60)];
    let result = tried(CAP, &past);
    assert_eq!((&result["skipped"], outcomes(&result)), (&3.into(), alloc::vec!["allowed"]));
    let mut simulation = Simulation::new(Config::parse(b"{}").unwrap());
    simulation.add("{}", &[]);
    // An offset too many.
    simulation.add(&paid("p_1", 0).to_json(), &[60]);
    assert!(simulation.run().starts_with("{\"skipped\":2,"));
}

#[test]
fn a_question_counts_as_answered_with_yes() {
    let policy = r#"{"perRequest":"0.10 USD","askAbove":"0.005 USD","budgets":[{"limit":"0.015 USD","every":"day"}]}"#;
    let result = tried(policy, &[paid("p_1", 0), paid("p_2", 60)]);
    assert_eq!(outcomes(&result), ["asked", "exceeded"]);
    assert_eq!(result["asked"]["by"][0]["name"], "approval/amount");
    assert_eq!(result["asked"]["currencies"][0], "0.01 USD");
}

#[test]
fn what_the_store_would_have_remembered_is_remembered() {
    let mut dearer = sample::signed();
    dearer.purchase_id = String::from("p_2");
    let terms = dearer.terms.as_mut().unwrap();
    (terms.amount, terms.price) = (Amount::from_u64(20_000), Some(String::from("0.02 USD")));
    let policy = r#"{"perRequest":"0.10 USD","maxRise":20,"onRise":"deny"}"#;
    assert_eq!(outcomes(&tried(policy, &[sample::rebuilt(dearer.clone())])), ["allowed"], "nothing to compare with");
    let result = tried(policy, &[paid("p_1", 0), moved("p_3", 10, &[(State::Reserved, 0)]), later(dearer, 60)]);
    assert_eq!(outcomes(&result), ["allowed", "allowed", "denied"]);
    assert_eq!(result["denied"]["by"][0]["name"], "policy/price-rise");
}

fn later(record: Record, after_s: u64) -> Record {
    let mut again = moved(&record.purchase_id, after_s, &[]);
    again.terms = record.terms;
    again.enter(State::Reserved, NOW_S + after_s);
    again
}

#[test]
fn purchases_under_way_at_once_are_freed_by_their_answers() {
    let policy = r#"{"perRequest":"0.10 USD","budgets":[{"atOnce":1}]}"#;
    assert_eq!(
        outcomes(&tried(policy, &[paid("p_1", 0), paid("p_2", 1), paid("p_3", 2)])),
        ["allowed", "exceeded", "allowed"]
    );
    // One after the other within a second.
    let at_once = [(State::Reserved, 0), (State::Signed, 0), (State::Settled, 0)];
    let past = [moved("p_1", 0, &at_once), moved("p_2", 0, &at_once)];
    assert_eq!(outcomes(&tried(policy, &past)), ["allowed", "exceeded"], "nobody knows which ended first");
}

#[test]
fn calendar_budgets_turn_at_midnight_of_their_zone() {
    let policy = r#"{"policy":{"perRequest":"0.10 USD","budgets":[
        {"limit":"0.01 USD","every":"calendar-day","timeZone":"Asia/Tokyo"}]},"store":"durable"}"#;
    // 10:17:47 UTC is 19:17:47 in Tokyo: its midnight is 4 h 42 min 13 s later.
    let midnight_s = 4 * 3_600 + 42 * 60 + 13;
    for (after_s, expected) in [(midnight_s - 1, "exceeded"), (midnight_s, "allowed")] {
        let mut simulation = Simulation::new(Config::parse(policy.as_bytes()).unwrap());
        assert_eq!(simulation.zones(), ["Asia/Tokyo"]);
        simulation.add(&paid("p_1", 0).to_json(), &[540]);
        simulation.add(&paid("p_2", after_s).to_json(), &[540]);
        let result: Value = serde_json::from_str(&simulation.run()).unwrap();
        assert_eq!(outcomes(&result), ["allowed", expected]);
    }
}
