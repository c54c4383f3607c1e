//! Collateral taken out: asked back, that taken back, paid out.

use farthing::account::Told;
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::node::{GracePeriodNotElapsed, refusal};
use crate::world::{CORE4MICA, FACILITATOR_URL, NOW_S, USDC, World, payer};

const ORDERS: [(&str, &str); 3] = [
    ("request-withdrawal", "requestWithdrawal"),
    ("cancel-withdrawal", "cancelWithdrawal"),
    ("finalize-withdrawal", "finalizeWithdrawal"),
];

fn order(name: &str, via: &str) -> Value {
    json!({ "do": name, "amount": "5000000", "via": via })
}

#[test]
fn each_step_of_a_withdrawal_is_one_transaction_to_the_collateral_contract() {
    for (name, function) in ORDERS {
        let mut world = World::new();
        let result = world.run(order(name, "wallet")).unwrap();
        let head = ["GET /core/public-params", "chain id", "code", "try"];
        assert_eq!(world.steps(), [&head[..], &[&format!("send {function}"), "receipt"]].concat());
        assert_eq!(result["transactions"][0]["transaction"], world.sent[0]);
        assert_eq!((&world.sent[0]["to"], &world.sent[0]["value"]), (&json!(CORE4MICA), &json!("0x0")));
        let calldata = world.run(order(name, "calldata")).unwrap();
        assert_eq!(calldata["transactions"][0]["transaction"], world.sent[0]);
        assert_eq!(world.sent.len(), 1);
    }
}

#[test]
fn a_withdrawal_whose_time_has_not_come_is_not_shown_to_the_wallet() {
    let mut world = World::new();
    world.node.refusals.push_back(Some(refusal(&GracePeriodNotElapsed {})));
    let (code, facts) = world.fails(order("finalize-withdrawal", "wallet"));
    assert_eq!((code, facts.as_str()), (Code::AccountWouldRevert, "the waiting time of the withdrawal is not over"));
    assert!(!world.asked_wallet());
}

#[test]
fn the_facilitator_is_given_what_the_contract_checks() {
    for (name, kind, action) in
        [("request-withdrawal", "RequestWithdrawal", "request"), ("cancel-withdrawal", "CancelWithdrawal", "cancel")]
    {
        let mut world = World::new();
        world.run(order(name, "facilitator")).unwrap();
        let route = format!("POST {FACILITATOR_URL}/withdraw");
        let steps = ["GET /core/public-params", &format!("sign {kind}"), &format!("{route}/verify"), &route];
        assert_eq!(world.steps(), steps);
        let shown = &world.signed[0];
        assert_eq!(
            (&shown["domain"]["name"], &shown["domain"]["verifyingContract"]),
            (&json!("Core4Mica"), &json!(CORE4MICA))
        );
        assert_eq!(shown["message"]["validBefore"], (NOW_S + 600).to_string());
        let body = world.core.body(&format!("{FACILITATOR_URL}/withdraw"));
        let permit = &body["authorization"];
        assert_eq!((&body["action"], &permit["nonce"]), (&json!(action), &shown["message"]["nonce"]));
        assert_eq!(
            (&permit["user"], &permit["asset"]),
            (&json!(payer().text().to_lowercase()), &json!(USDC.to_lowercase()))
        );
        assert_eq!(permit.get("amount"), (action == "request").then_some(&json!("5000000")));
    }
}

#[test]
fn a_payout_by_the_facilitator_needs_no_signature() {
    let mut world = World::new();
    world.run(order("finalize-withdrawal", "facilitator")).unwrap();
    let body = json!({ "action": "finalize", "user": payer().text().to_lowercase(), "asset": USDC.to_lowercase() });
    assert_eq!(world.core.body(&format!("{FACILITATOR_URL}/withdraw")), &body);
    assert!(!world.asked_wallet());
}

#[test]
fn a_person_who_says_no_to_a_withdrawal_is_believed() {
    for (name, _) in ORDERS {
        for via in ["wallet", "facilitator"] {
            let mut world = World::new();
            world.wallet.push_back(Told::Refused(Code::WalletRejected));
            if (name, via) == ("finalize-withdrawal", "facilitator") {
                continue;
            }
            assert_eq!(world.fails(order(name, via)).0, Code::WalletRejected);
            assert!(world.steps().iter().all(|step| !step.contains("sponsor.example") && step != "receipt"));
        }
    }
}
