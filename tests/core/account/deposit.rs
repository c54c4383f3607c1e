//! Collateral put in: by the wallet, by the facilitator, or as calldata.

use alloy_primitives::{U256, hex};
use alloy_sol_types::SolCall;
use farthing::account::Told;
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::core::hash;
use crate::world::node::{GracePeriodNotElapsed, approveCall, depositStablecoinCall, refusal};
use crate::world::{CORE4MICA, ETHER, FACILITATOR_URL, NOW_S, USDC, World, payer};

fn deposit() -> Value {
    json!({ "do": "deposit", "amount": "25000000" })
}

fn via(name: &str) -> Value {
    json!({ "do": "deposit", "amount": "25000000", "via": name })
}

fn sent_hash(number: u8) -> String {
    format!("0x{number:064x}")
}

const APPROVAL: [&str; 4] = ["code", "try", "send approve", "receipt"];
const DEPOSIT: [&str; 4] = ["code", "try", "send depositStablecoin", "receipt"];
const HEAD: [&str; 4] = ["GET /core/public-params", "chain id", "balanceOf", "allowance"];

#[test]
fn a_missing_allowance_is_given_to_the_unit_and_mined_before_the_deposit_is_tried() {
    for allowance in [0, 24_999_999] {
        let mut world = World::new();
        world.node.allowance = allowance;
        let result = world.run(deposit()).unwrap();
        assert_eq!(world.steps(), [&HEAD[..], &APPROVAL, &DEPOSIT].concat());
        let moved = result["transactions"].as_array().unwrap();
        let hashes: Vec<_> = moved.iter().map(|one| one["hash"].as_str().unwrap()).collect();
        assert_eq!(hashes, [sent_hash(1), sent_hash(2)]);
        let amount = U256::from(25_000_000);
        let (asset, spender) = (USDC.parse().unwrap(), CORE4MICA.parse().unwrap());
        let data = [approveCall { spender, amount }.abi_encode(), depositStablecoinCall { asset, amount }.abi_encode()];
        for ((sent, to), data) in world.sent.iter().zip([USDC, CORE4MICA]).zip(data) {
            assert_eq!((&sent["to"], &sent["value"]), (&json!(to), &json!("0x0")));
            assert_eq!(sent["data"], hex::encode_prefixed(data));
            assert_eq!((&sent["from"], &sent["chainId"]), (&json!(payer().text()), &json!("0x14a34")));
        }
        assert_eq!(moved[1]["transaction"], world.sent[1]);
        assert!(moved[0]["words"].as_str().unwrap().contains("exactly 25 USDC"));
    }
}

#[test]
fn an_allowance_that_is_enough_is_left_as_it_is() {
    let mut world = World::new();
    world.node.allowance = 25_000_000;
    assert_eq!(world.run(deposit()).unwrap()["transactions"].as_array().unwrap().len(), 1);
    assert_eq!(world.steps(), [&HEAD[..], &DEPOSIT].concat());
}

#[test]
fn ether_goes_with_the_transaction_and_needs_no_allowance() {
    let mut world = World::new();
    world.run(json!({ "do": "deposit", "asset": ETHER, "amount": "1000" })).unwrap();
    let head = ["GET /core/public-params", "chain id", "ether", "code", "try", "send deposit", "receipt"];
    assert_eq!(world.steps(), head);
    assert_eq!((&world.sent[0]["value"], &world.sent[0]["to"]), (&json!("0x3e8"), &json!(CORE4MICA)));
}

#[test]
fn what_would_revert_is_never_shown_to_the_wallet_and_the_reason_told_in_words() {
    let mut world = World::new();
    world.node.allowance = u64::MAX;
    world.node.refusals.push_back(Some(refusal(&GracePeriodNotElapsed {})));
    let reason = String::from("the waiting time of the withdrawal is not over");
    assert_eq!(world.fails(deposit()), (Code::AccountWouldRevert, reason));
    assert!(world.sent.is_empty());
    world.node.contract_code = String::from("0x");
    let nobody = format!("{CORE4MICA} is no contract");
    assert_eq!(world.fails(deposit()), (Code::AccountWouldRevert, nobody));
    assert!(world.sent.is_empty());
}

#[test]
fn a_wallet_that_refuses_ends_it_and_the_approval_before_it_is_told() {
    let mut world = World::new();
    world.wallet.push_back(Told::Refused(Code::WalletRejected));
    assert_eq!(world.fails(deposit()), (Code::WalletRejected, String::new()));
    assert_eq!(world.steps().last().unwrap(), "send approve");
    world.wallet.extend([Told::Sent(sent_hash(7)), Told::Refused(Code::WalletRejected)]);
    let (code, facts) = world.fails(deposit());
    assert_eq!(code, Code::WalletRejected);
    assert!(facts.starts_with("Allow 4Mica's collateral contract"), "{facts}");
    assert!(facts.ends_with(&format!("is mined: {}", sent_hash(7))), "{facts}");
}

#[test]
fn a_wallet_that_fails_or_tells_no_hash_may_have_sent() {
    for (told, code) in [
        (Told::Sent(String::from("ok")), Code::AccountPending),
        (Told::Sent(String::new()), Code::AccountPending),
        (Told::Sent(sent_hash(1)[..64].to_owned()), Code::AccountPending),
        (Told::Refused(Code::WalletFailed), Code::AccountWallet),
    ] {
        let mut world = World::new();
        world.wallet.push_back(told);
        assert_eq!(world.fails(deposit()).0, code);
        assert_eq!(code.money().as_str(), "unknown");
        assert_eq!(world.sent.len(), 1, "nothing is sent after it");
    }
}

#[test]
fn a_transaction_that_reverted_is_told_with_its_hash_and_reason() {
    let mut world = World::new();
    world.node.allowance = u64::MAX;
    world.node.receipts.push_back(Some(0));
    assert_eq!(world.fails(deposit()), (Code::AccountReverted, sent_hash(1)));
    world.node.receipts.push_back(Some(0));
    world.node.refusals.extend([None, Some(refusal(&GracePeriodNotElapsed {}))]);
    let facts = format!("{}: the waiting time of the withdrawal is not over", sent_hash(2));
    assert_eq!(world.fails(deposit()), (Code::AccountReverted, facts));
}

#[test]
fn a_transaction_is_waited_for_three_minutes_and_then_pending_with_its_hash() {
    let mut world = World::new();
    world.node.allowance = u64::MAX;
    world.node.receipts.extend([None; 200]);
    assert_eq!(world.fails(deposit()), (Code::AccountPending, sent_hash(1)));
    assert_eq!(world.steps().iter().filter(|step| *step == "receipt").count(), 185);
    world.node.receipts.clear();
    world.node.receipts.extend([None; 3]);
    assert!(world.run(deposit()).is_ok());
    // A node that fails, or tells of another transaction, says nothing about this one.
    let foreign = json!({ "jsonrpc": "2.0", "id": 1, "result": {
        "transactionHash": hash(9), "status": "0x1", "blockNumber": "0x10",
    }});
    for (status, body) in [(0, String::new()), (500, String::new()), (200, foreign.to_string())] {
        world.node.instead = vec![("receipt", status, body)];
        assert_eq!(world.fails(deposit()).0, Code::AccountPending);
    }
}

#[test]
fn a_node_of_another_chain_is_not_asked_anything_else() {
    let mut world = World::new();
    world.node.chain_id = 8453;
    let facts = String::from("a node of chain 8453");
    assert_eq!(world.fails(deposit()), (Code::AccountNode, facts));
    assert_eq!(world.steps().last().unwrap(), "chain id");
    assert!(world.sent.is_empty());
}

#[test]
fn a_node_that_fails_before_the_wallet_was_asked_ends_it() {
    for step in ["chain id", "balanceOf", "allowance", "code", "try"] {
        for (status, body, said) in
            [(0, "", "no answer"), (503, "", "no answer"), (404, "", "refused"), (200, "{}", "not an answer")]
        {
            let mut world = World::new();
            world.node.instead = vec![(step, status, body.to_owned())];
            let (code, facts) = world.fails(deposit());
            assert_eq!(code, Code::AccountNode, "{step}");
            assert!(facts.ends_with(said), "{step}: {facts}");
            assert!(world.sent.is_empty());
        }
    }
}

#[test]
fn without_a_node_nothing_is_sent_and_the_calldata_told_in_order() {
    let mut world = World::with(json!({}), json!({ "node": false }));
    assert_eq!(world.fails(deposit()).0, Code::AccountNoNode);
    let result = world.run(via("calldata")).unwrap();
    let moved = result["transactions"].as_array().unwrap();
    let to: Vec<_> = moved.iter().map(|one| one["transaction"]["to"].as_str().unwrap()).collect();
    assert_eq!(to, [USDC, CORE4MICA]);
    assert!(moved.iter().all(|one| one.get("hash").is_none()));
    assert!(!world.asked_wallet());
    let mut world = World::new();
    world.node.allowance = 25_000_000;
    let result = world.run(via("calldata")).unwrap();
    assert_eq!(result["transactions"].as_array().unwrap().len(), 1, "a node knows what is allowed already");
}

#[test]
fn more_than_the_wallet_holds_is_not_asked_of_it() {
    let mut world = World::new();
    world.node.tokens = 24_999_999;
    let facts = String::from("24.999999 USDC of 25 USDC");
    assert_eq!(world.fails(deposit()), (Code::AccountFunds, facts));
    world.node.ether = 999;
    let (code, facts) = world.fails(json!({ "do": "deposit", "asset": ETHER, "amount": "1000" }));
    assert_eq!((code, facts.ends_with("of 0.000000000000001 ETH")), (Code::AccountFunds, true));
    assert!(world.sent.is_empty());
}

#[test]
fn a_core_that_changed_or_fails_is_not_paid() {
    let pinned = json!({ "contract": CORE4MICA, "generation": "cycle" });
    let mut world = World::with(pinned, json!({}));
    world.core.once("/core/public-params", 503, json!({}));
    assert_eq!(world.fails(deposit()).0, Code::CoreUnreachable);
    let mut world = World::with(json!({ "contract": USDC }), json!({}));
    assert_eq!(world.fails(deposit()).0, Code::CoreChanged);
    assert!(!world.asked_wallet());
}

#[test]
fn the_facilitator_is_given_a_right_to_exactly_this_deposit_for_ten_minutes() {
    let mut world = World::new();
    let result = world.run(via("facilitator")).unwrap();
    let route = format!("POST {FACILITATOR_URL}/deposit");
    let steps = ["GET /core/public-params", "sign ReceiveWithAuthorization", &format!("{route}/verify"), &route];
    assert_eq!(world.steps(), steps);
    let message = &world.signed[0]["message"];
    assert_eq!((&message["to"], &message["value"]), (&json!(CORE4MICA), &json!("25000000")));
    assert_eq!(message["validBefore"], (NOW_S + 600).to_string());
    assert_eq!(world.signed[0]["domain"]["verifyingContract"], USDC);
    let (asked, sent) =
        (world.core.body(&format!("{FACILITATOR_URL}/deposit/verify")).clone(), world.core.posted.last());
    assert_eq!(sent.unwrap().1, asked, "what was asked for is what is sent");
    assert_eq!(asked["authorization"]["nonce"], message["nonce"]);
    assert_eq!((&asked["amount"], &asked["network"]), (&json!("25000000"), &json!("eip155:84532")));
    let moved = &result["transactions"][0];
    assert_eq!((&moved["hash"], moved.get("transaction")), (&json!(hash(0xfa)), None));
    world.run(via("facilitator")).unwrap();
    assert_ne!(world.signed[1]["message"]["nonce"], world.signed[0]["message"]["nonce"], "another one each time");
}

#[test]
fn ether_has_no_gasless_way_and_a_facilitator_must_be_configured() {
    let mut world = World::new();
    let ether = json!({ "do": "deposit", "asset": ETHER, "amount": "1000", "via": "facilitator" });
    assert_eq!(world.fails(ether).0, Code::AccountAsset);
    assert!(!world.asked_wallet());
    let mut world = World::with(json!({}), json!({ "facilitator": null }));
    for order in ["deposit", "request-withdrawal", "cancel-withdrawal", "finalize-withdrawal"] {
        let order = json!({ "do": order, "amount": "1", "via": "facilitator" });
        assert_eq!(world.fails(order).0, Code::AccountNoFacilitator);
        assert!(!world.asked_wallet(), "nothing is signed for nobody");
    }
}

#[test]
fn a_preflight_that_refuses_sends_nothing() {
    for code in ["GAS_CEILING_EXCEEDED", "INSUFFICIENT_BALANCE"] {
        let mut world = World::new();
        let refusal = json!({ "isValid": false, "invalidReason": "too dear", "errorCode": code });
        world.core.once("/deposit/verify", 200, refusal);
        assert_eq!(world.fails(via("facilitator")), (Code::SponsorRefused, format!("{code}: too dear")));
        assert_eq!(world.steps().last().unwrap(), &format!("POST {FACILITATOR_URL}/deposit/verify"));
    }
}

#[test]
fn a_preflight_that_says_nothing_sends_nothing() {
    let sent = json!({ "success": true, "txHash": hash(1) });
    for (status, body) in
        [(0, json!({})), (500, json!({})), (200, json!({ "isValid": "true" })), (200, json!([])), (200, sent)]
    {
        let mut world = World::new();
        world.core.once("/deposit/verify", status, body.clone());
        let (code, _) = world.fails(via("facilitator"));
        assert_eq!(code, Code::SponsorUnknown, "{status} {body}");
        assert_eq!(world.steps().last().unwrap(), &format!("POST {FACILITATOR_URL}/deposit/verify"));
    }
}

#[test]
fn a_lost_or_unclear_answer_of_the_facilitator_leaves_it_open() {
    let refused = |code: &str| json!({ "success": false, "error": "x", "errorCode": code });
    for (status, body, code) in [
        (0, Value::Null, Code::SponsorUnknown),
        (502, json!({}), Code::SponsorUnknown),
        (200, json!({ "success": true }), Code::SponsorUnknown),
        (200, json!({ "isValid": true }), Code::SponsorUnknown),
        (200, refused("RECEIPT_UNAVAILABLE"), Code::SponsorUnknown),
        (200, refused("REVERTED_ON_CHAIN"), Code::SponsorRefused),
    ] {
        let mut world = World::new();
        world.core.once("/deposit/verify", 200, json!({ "isValid": true }));
        world.core.once("/deposit", status, body.clone());
        assert_eq!(world.fails(via("facilitator")).0, code, "{status} {body}");
    }
}

#[test]
fn a_signature_of_another_key_or_over_other_terms_goes_nowhere() {
    for answer in [payer().sign_message("something else"), String::from("0x1234"), String::new()] {
        let mut world = World::new();
        world.wallet.push_back(Told::Signature(answer));
        let (code, _) = world.fails(via("facilitator"));
        assert!([Code::SignatureSigner, Code::SignatureFormat].contains(&code), "{code}");
        assert_eq!(world.steps().last().unwrap(), "sign ReceiveWithAuthorization");
    }
}
