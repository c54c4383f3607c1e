//! What the real gen-2 core and facilitator answered; status, headers and body must be equal, certificates and their
//! BLS signatures included. Clock, deposits and operator key are set to the recording's.

use serde_json::json;

use crate::recording::*;

const FIRST_S: u64 = 1795227057;

#[test]
fn every_recorded_guarantee_of_both_versions_is_issued_or_refused_as_recorded() {
    let mut sandbox = recorded(json!({}));
    let mut replayed = 0;
    for name in ["core-guarantees-v1.json", "core-guarantees-v2.json"] {
        let recording = file(name);
        for (name, entry) in members(&read(&recording)) {
            let exchange = at(entry, "exchange");
            let claims = at(exchange, "request/body").member("claims");
            let stamped = claims.and_then(|claims| claims.member("timestamp")?.integer()).unwrap_or_default();
            let refused = at(exchange, "response/body").member("error").and_then(|error| error.text());
            let now_s = if refused == Some("timestamp is in the future") { FIRST_S } else { stamped.max(FIRST_S) };
            let caller = match name {
                "self_payment" => FACILITATOR,
                "issued_by_payer_default_role" => PAYER,
                _ => RECIPIENT,
            };
            let token = bearer(&mut sandbox, caller, now_s);
            replay(&mut sandbox, name, exchange, Some(&token), now_s);
            replayed += 1;
        }
    }
    assert_eq!(replayed, 56);
}

#[test]
fn every_recorded_exchange_of_the_facilitator_is_answered_as_recorded() {
    let mut sandbox = recorded(json!({ "cycleSeconds": 3600 }));
    let recording = file("facilitator.json");
    let mut replayed = 0;
    for (name, entry) in members(&read(&recording)) {
        let exchanges = match entry.member("request") {
            Some(_) => vec![entry],
            None => ["verify", "settle"].into_iter().filter_map(|name| entry.member(name)).collect(),
        };
        for exchange in exchanges {
            replay(&mut sandbox, name, exchange, None, 1795227811);
            replayed += 1;
        }
    }
    assert_eq!(replayed, 58);
}

#[test]
fn parameters_balances_and_login_refusals_are_those_recorded() {
    let mut sandbox = recorded(json!({}));
    let recording = file("core-public.json");
    let mut replayed = 0;
    for (name, exchange) in members(&read(&recording)) {
        if exchange.member("request").is_some() {
            replay(&mut sandbox, name, exchange, None, FIRST_S);
            replayed += 1;
        }
    }
    let recording = file("deposit.json");
    let token = bearer(&mut sandbox, PAYER, FIRST_S);
    for (name, exchange) in members(at(&read(&recording), "deposit")) {
        if exchange.member("request").is_some() {
            replay(&mut sandbox, name, exchange, Some(&token), FIRST_S);
            replayed += 1;
        }
    }
    let recording = file("auth.json");
    // Their answers depend on random nonces and tokens: `login` has them.
    let random =
        ["login", "refresh", "logout", "jwt", "verify_nonce_reused", "verify_wrong_signer", "verify_lowercase"];
    for (name, exchange) in members(&read(&recording)) {
        if !random.iter().any(|random| name.starts_with(random)) {
            replay(&mut sandbox, name, exchange, None, 1795226910);
            replayed += 1;
        }
    }
    assert_eq!(replayed, 26);
}

#[test]
fn a_conflict_issues_nothing_and_the_identical_bytes_succeed() {
    let mut sandbox = recorded(json!({}));
    let now_s = 1795228616;
    let recording = file("cors-and-concurrency.json");
    let recording = read(&recording);
    let token = bearer(&mut sandbox, RECIPIENT, now_s);
    command(&mut sandbox, json!({ "do": "inject", "fault": "conflict" }), now_s).unwrap();
    for name in ["conflict_example", "retry_of_conflicted_request"] {
        replay(&mut sandbox, name, at(&recording, name), Some(&token), now_s);
    }
}

#[test]
fn a_cycle_is_netted_proven_and_charged_again_as_recorded() {
    let mut sandbox = recorded(json!({ "cycleSeconds": 60 }));
    let recording = file("cycle.json");
    let recording = read(&recording);
    let guarantees = at(&recording, "guarantees").elements().unwrap();
    let exchanges = guarantees.iter().chain([at(&recording, "pending_validation_v2")]);
    for exchange in exchanges.map(|entry| at(entry, "exchange")) {
        let now_s = at(exchange, "request/body/claims/timestamp").integer().unwrap();
        let token = bearer(&mut sandbox, FACILITATOR, now_s);
        replay(&mut sandbox, "guarantee", exchange, Some(&token), now_s);
    }
    let now_s = 1795227700;
    let token = bearer(&mut sandbox, PAYER, now_s);
    replay(&mut sandbox, "proof_before_commit", at(&recording, "proof_before_commit"), Some(&token), now_s);

    let closed = command(&mut sandbox, json!({ "do": "close-cycle", "asset": USDC }), now_s).unwrap();
    assert_eq!(closed[0]["merkleRoot"], at(&recording, "batch/0/merkle_root").text().unwrap());
    assert_eq!(closed[0]["cycleId"], at(&recording, "cycle_id").text().unwrap());
    for (name, caller) in [("payer", PAYER), ("recipient", RECIPIENT), ("payer2_lowercase", PAYER_2)] {
        let token = bearer(&mut sandbox, caller, now_s);
        replay(&mut sandbox, name, at(&recording, &format!("proofs/{name}")), Some(&token), now_s);
    }
    for (name, caller) in [
        ("pay_net_debit", PAYER),
        ("claim_net_credit", RECIPIENT),
        ("mark_defaulted", STRANGER),
        ("err_wrong_role", RECIPIENT),
        ("err_other_participant", PAYER),
        ("err_not_participant", STRANGER),
        ("err_bytes32_cycle_id", PAYER),
        ("err_unknown_cycle", PAYER),
        ("err_unknown_action", PAYER),
        ("err_no_action", PAYER),
    ] {
        let token = bearer(&mut sandbox, caller, now_s);
        replay(&mut sandbox, name, at(&recording, &format!("actions/{name}")), Some(&token), now_s);
    }
    let token = bearer(&mut sandbox, FACILITATOR, 1795227720);
    let again = at(&recording, "replay_same_signed_request_in_a_later_cycle");
    replay(&mut sandbox, "replay in a later cycle", again, Some(&token), 1795227720);
}

#[test]
fn ether_is_netted_and_its_payment_carries_value_as_recorded() {
    let mut sandbox = recorded(json!({ "cycleSeconds": 60 }));
    let recording = file("default-flow.json");
    let recording = read(&recording);
    let now_s = at(&recording, "issue_eth/request/body/claims/timestamp").integer().unwrap();
    let token = bearer(&mut sandbox, FACILITATOR, now_s);
    replay(&mut sandbox, "issue_eth", at(&recording, "issue_eth"), Some(&token), now_s);
    command(&mut sandbox, json!({ "do": "close-cycle", "asset": ETH }), now_s).unwrap();
    for (name, caller) in [("pay_net_debit_action_eth", PAYER), ("mark_defaulted_action_by_stranger", STRANGER)] {
        let token = bearer(&mut sandbox, caller, now_s);
        replay(&mut sandbox, name, at(&recording, name), Some(&token), now_s);
    }
}
