//! A closed cycle settled: nothing is paid that the chain does not know.

use alloy_primitives::{Address, B256, U256, hex, keccak256};
use alloy_sol_types::SolCall;
use farthing::error::Code;
use serde_json::{Value, json};

use crate::proofs::{name, proof_in};
use crate::world::core::hash;
use crate::world::node::{claimNetCreditCall, cycle, payNetDebitCall};
use crate::world::{CORE4MICA, FACILITATOR_URL, HOUSE, NOW_S, USDC, World, payer};

fn world(role: &str) -> World {
    let mut world = World::new();
    prove(&mut world, role);
    world
}

fn prove(world: &mut World, role: &str) {
    let (document, root) = proof_in(&name(), role, 2500);
    world.core.always("/clearing-proof", 200, document);
    world.node.cycle = Some(cycle(root, NOW_S + 60));
}

fn settle(via: &str) -> Value {
    json!({ "do": "settle", "cycle": name(), "via": via })
}

#[test]
fn a_debtor_allows_and_pays_exactly_what_the_chain_proves() {
    let mut world = world("NET_DEBTOR");
    let result = world.run(settle("wallet")).unwrap();
    let steps = world.steps();
    let route = format!("GET /core/cycles/{}/participants/{}/clearing-proof +token", name(), payer().text());
    assert_eq!(steps[4], route);
    assert_eq!(
        steps[5..],
        [
            "chain id",
            "getCycle",
            "getParticipantState",
            "balanceOf",
            "allowance",
            "code",
            "try",
            "send approve",
            "receipt",
            "code",
            "try",
            "send payNetDebit",
            "receipt"
        ]
    );
    let pay = payNetDebitCall {
        cycleId: keccak256(name()),
        netDebit: U256::from(2500),
        proof: vec![B256::repeat_byte(0x77)],
    };
    assert_eq!(world.sent[1]["data"], hex::encode_prefixed(pay.abi_encode()));
    assert_eq!((&world.sent[0]["to"], &world.sent[1]["to"]), (&json!(USDC), &json!(HOUSE)));
    assert_eq!(result["transactions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_creditor_claims_and_allows_nothing() {
    let mut world = world("NET_CREDITOR");
    world.run(settle("wallet")).unwrap();
    let claim = claimNetCreditCall {
        cycleId: keccak256(name()),
        netCredit: U256::from(2500),
        proof: vec![B256::repeat_byte(0x77)],
    };
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.sent[0]["data"], hex::encode_prefixed(claim.abi_encode()));
    let mut world = self::world("NET_CREDITOR");
    world.run(settle("facilitator")).unwrap();
    let body = json!({ "cycleId": name(), "creditor": payer().text().to_lowercase(), "network": "eip155:84532" });
    assert_eq!(world.core.body(&format!("{FACILITATOR_URL}/clearing/claim")), &body);
    assert!(!world.asked_wallet());
}

#[test]
fn a_root_or_token_that_is_not_the_chains_is_never_paid() {
    for role in ["NET_DEBTOR", "NET_CREDITOR"] {
        for via in ["wallet", "facilitator", "calldata"] {
            let mut world = world(role);
            world.node.cycle = Some(cycle(B256::repeat_byte(0x66), NOW_S + 60));
            assert_eq!(world.fails(settle(via)).0, Code::CoreProof);
            world.node.cycle.as_mut().unwrap().merkleRoot = proof_in(&name(), role, 2500).1;
            world.node.cycle.as_mut().unwrap().asset = Address::ZERO;
            assert_eq!(world.fails(settle(via)).0, Code::CoreProof);
            assert!(!world.asked_wallet());
        }
    }
}

#[test]
fn no_changed_member_of_a_proof_is_believed() {
    for (member, value) in [
        ("amount", json!("2501")),
        ("net_credit", json!("1")),
        ("role", json!("NET_CREDITOR")),
        ("role", json!("OPERATOR")),
        ("participant", json!(HOUSE)),
        ("merkle_root", json!(hash(1))),
        ("proof", json!([])),
        ("asset_address", json!(HOUSE)),
        ("cycle_id_text", json!(format!("{}:0", USDC.to_lowercase()))),
    ] {
        let mut world = world("NET_DEBTOR");
        let (mut document, _) = proof_in(&name(), "NET_DEBTOR", 2500);
        document[member] = value;
        world.core.always.clear();
        world.core.always("/clearing-proof", 200, document);
        assert_eq!(world.fails(settle("wallet")).0, Code::CoreProof, "{member}");
        assert!(!world.asked_wallet());
    }
}

#[test]
fn a_cycle_is_settled_once_and_in_time() {
    let mut paid = world("NET_DEBTOR");
    paid.node.participant.paid = true;
    assert_eq!(paid.fails(settle("wallet")).0, Code::AccountSettled);
    let mut claimed = world("NET_CREDITOR");
    claimed.node.participant.claimed = true;
    assert_eq!(claimed.fails(settle("wallet")).0, Code::AccountSettled);
    let mut late = world("NET_DEBTOR");
    late.now_s = NOW_S + 60;
    assert!(late.run(settle("calldata")).is_ok(), "the last second counts");
    late.now_s += 1;
    assert_eq!(late.fails(settle("wallet")), (Code::AccountDeadline, format!("until {}", NOW_S + 60)));
    let mut defaulted = world("NET_DEBTOR");
    defaulted.node.participant.defaulted = true;
    assert_eq!(defaulted.fails(settle("wallet")).0, Code::AccountDeadline);
    let mut credit = world("NET_CREDITOR");
    credit.now_s = NOW_S + 100;
    assert!(credit.run(settle("wallet")).is_ok(), "a credit does not run out");
    assert!([paid, claimed, late, defaulted].iter().all(|world| !world.asked_wallet()));
}

#[test]
fn a_clearing_house_that_is_not_pinned_is_not_asked_about() {
    let mut world = World::with(json!({}), json!({}));
    prove(&mut world, "NET_DEBTOR");
    assert_eq!(world.fails(settle("wallet")).0, Code::AccountContract);
    assert_eq!(world.steps(), ["GET /core/public-params"]);
    let mut world = World::with(json!({ "clearingHouse": CORE4MICA }), json!({}));
    prove(&mut world, "NET_DEBTOR");
    assert_eq!(world.fails(settle("wallet")).0, Code::CoreProof, "the leaf names another one");
}

#[test]
fn a_cycle_without_a_position_says_so() {
    for (status, body, code) in [
        (400, json!({ "error": format!("settlement cycle {} has no clearing batch", name()) }), Code::CoreNotCleared),
        (404, json!({ "error": format!("Settlement cycle {}", name()) }), Code::CoreUnknownCycle),
        (
            404,
            json!({ "error": format!("Clearing participant {} in settlement cycle {}", payer().text(), name()) }),
            Code::CoreNotParticipant,
        ),
        (200, json!({ "role": "FLAT" }), Code::CoreNotParticipant),
        (401, json!({ "error": "participant clearing action access denied" }), Code::CoreScope),
    ] {
        let mut world = World::new();
        world.core.always("/clearing-proof", status, body);
        assert_eq!(world.fails(settle("wallet")).0, code);
        assert!(!world.asked_wallet());
    }
}

#[test]
fn a_cycle_that_the_chain_does_not_know_would_revert() {
    let mut world = world("NET_DEBTOR");
    world.node.cycle = None;
    let (code, facts) = world.fails(settle("wallet"));
    assert_eq!(code, Code::AccountWouldRevert);
    assert!(facts.starts_with("there is no cycle 0x01"), "{facts}");
    assert!(!world.asked_wallet());
}

#[test]
fn without_a_node_a_settlement_is_calldata_or_nothing() {
    for via in ["wallet", "facilitator"] {
        let mut world = World::with(json!({ "clearingHouse": HOUSE }), json!({ "node": false }));
        prove(&mut world, "NET_DEBTOR");
        assert_eq!(world.fails(settle(via)).0, Code::AccountNoNode);
        assert!(!world.asked_wallet());
        let result = world.run(settle("calldata")).unwrap();
        assert_eq!(result["transactions"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn the_facilitator_pays_a_debit_with_the_cycle_as_nonce() {
    let mut world = world("NET_DEBTOR");
    world.run(settle("facilitator")).unwrap();
    let message = &world.signed[0]["message"];
    assert_eq!((&message["to"], &message["value"]), (&json!(HOUSE), &json!("2500")));
    assert_eq!(message["nonce"], keccak256(name()).to_string());
    let body = world.core.body(&format!("{FACILITATOR_URL}/clearing/pay"));
    assert_eq!((&body["cycleId"], &body["authorization"]["nonce"]), (&json!(name()), &message["nonce"]));
    let mut refused = self::world("NET_DEBTOR");
    let refusal = json!({ "isValid": false, "errorCode": "NO_RELAYER", "retryable": true });
    refused.core.once("/clearing/pay/verify", 200, refusal);
    assert_eq!(refused.fails(settle("facilitator")), (Code::SponsorRefused, String::from("NO_RELAYER")));
    assert!(!refused.steps().contains(&format!("POST {FACILITATOR_URL}/clearing/pay")), "nothing is sent");
    let mut lost = self::world("NET_DEBTOR");
    lost.core.once("/clearing/pay/verify", 200, json!({ "isValid": true }));
    lost.core.once("/clearing/pay", 0, Value::Null);
    assert_eq!(lost.fails(settle("facilitator")).0, Code::SponsorUnknown);
}

#[test]
fn a_debit_above_what_the_wallet_holds_is_not_asked_of_it() {
    let mut world = world("NET_DEBTOR");
    world.node.tokens = 2499;
    assert_eq!(world.fails(settle("wallet")), (Code::AccountFunds, String::from("0.002499 USDC of 0.0025 USDC")));
    assert!(!world.asked_wallet());
}
