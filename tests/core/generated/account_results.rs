//! Every step and result of an account, read as the shape that its TypeScript type is written from.

use farthing::account::Step;
use serde_json::{Value, json};

use crate::account_shape::*;
use crate::account_steps;
use crate::owner_reports::shaped;
use crate::proofs::{name, proof_in};
use crate::records::{guarantee, uncertified};
use crate::world::core::balance;
use crate::world::node::cycle;
use crate::world::{NOW_S, USDC, World, payer};

fn watch(step: &Step) {
    let read: AccountStep = shaped(&account_steps::step(step));
    if let (Step::Sign { message, .. }, AccountStep::Sign { typed_data, payer, .. }) = (step, &read) {
        assert_eq!((typed_data, payer), (&message.typed_data(), &message.payer().checksummed()));
    }
    if let (Step::SignIn { login, .. }, AccountStep::SignIn { message, account, .. }) = (step, &read) {
        assert_eq!((message, account), (&login.message(), &payer_text()));
    }
}

fn payer_text() -> String {
    payer().text()
}

fn world() -> World {
    let mut world = World::new();
    world.watch = watch;
    world.core.balance = balance(5_000_000, 3_000);
    world.node.deposited = (5_000_000, NOW_S - 60, 2_000_000);
    let (document, root) = proof_in(&name(), "NET_DEBTOR", 2500);
    world.core.always("/clearing-proof", 200, document);
    world.node.cycle = Some(cycle(root, NOW_S + 60));
    world
}

#[test]
fn every_step_and_result_of_an_account_has_the_shape_of_its_type() {
    let mut world = world();
    let mut run = |order: Value| world.run(order).unwrap().to_string();
    shaped::<LoginUntil>(&run(json!({ "do": "login" })));
    let collateral: Collateral = shaped(&run(json!({ "do": "collateral" })));
    assert!(collateral.contract.unwrap().withdrawal.unwrap().due.is_some());
    for via in ["wallet", "facilitator", "calldata"] {
        for order in ["deposit", "request-withdrawal", "cancel-withdrawal", "finalize-withdrawal"] {
            let moved: Movement = shaped(&run(json!({ "do": order, "amount": "1000", "via": via })));
            assert_eq!(moved.transactions.iter().all(|one| one.hash.is_some()), via != "calldata");
            assert_eq!(moved.transactions.iter().all(|one| one.transaction.is_some()), via != "facilitator");
        }
        shaped::<Movement>(&run(json!({ "do": "settle", "cycle": name(), "via": via })));
    }
    let known = json!({ "wallet": {}, "policy": {}, "store": {} });
    let readiness: Readiness = shaped(&run(json!({ "do": "readiness", "known": known })));
    assert!(!readiness.ready && readiness.checks.iter().any(|check| check.fix.is_some()));
    assert_eq!(run(json!({ "do": "logout" })), "true");
    let exposure: Exposure = shaped(&run(json!({
        "do": "exposure", "records": [guarantee(1).text(), uncertified(2).text(), "{}"],
    })));
    // 2003 were signed; 3000 are held and 2500 charged.
    let kinds: Vec<_> = exposure.alarms.iter().map(|alarm| alarm.kind.as_str()).collect();
    assert_eq!(kinds, ["locked-beyond-signed", "charged-beyond-signed"]);
    assert!(exposure.cycles[0].pay_before.is_some() && exposure.unread == 1);
    assert!(exposure.alarms[1].signed.iter().any(|signed| signed.cycle_id.is_none()));
}

#[test]
fn the_active_cycle_is_the_cores_answer_as_text() {
    let mut world = World::house();
    world.watch = watch;
    let cycle_id = format!("0x{}", "11".repeat(32));
    world.core.cycle = json!({
        "cycle_id": cycle_id, "asset_address": USDC, "period_start": NOW_S - 9, "period_end": NOW_S + 9,
        "server_time": NOW_S, "max_uncheckpointed": 10,
    });
    world.core.batch = json!({ "cycle_id": cycle_id, "authorizations": [] });
    let body = world.run(json!({ "do": "active-cycle", "idle": true })).unwrap();
    assert_eq!(body, world.core.cycle.to_string());
}

#[test]
fn a_failure_crosses_with_its_code_and_facts() {
    let mut world = world();
    world.node.chain_id = 1;
    assert!(world.run(json!({ "do": "deposit", "amount": "1" })).is_err());
    world.core.once("/core/public-params", 0, Value::Null);
    assert!(world.run(json!({ "do": "settle", "cycle": name() })).is_err());
}
