//! What was signed against what is charged.

use alloy_primitives::{B256, keccak256};
use farthing::error::Code;
use farthing::primitives::{Address, Amount, hex};
use farthing::record::State;
use serde_json::{Value, json};

use crate::world::core::{balance, hash};
use crate::world::node::cycle;
use crate::world::proofs::{START_S, name, proof_in};
use crate::world::records::{Guarantee, guarantee, uncertified};
use crate::world::{NOW_S, USDC, World, payer};

const DAY_S: u64 = 86_400;

fn exposure(guarantees: &[Guarantee]) -> Value {
    json!({ "do": "exposure", "records": guarantees.iter().map(Guarantee::text).collect::<Vec<_>>() })
}

fn world(locked: u64) -> World {
    let mut world = World::new();
    world.core.balance = balance(5_000_000, locked);
    world
}

fn charge(world: &mut World, name: &str, role: &str, amount: u64) -> B256 {
    let (document, root) = proof_in(name, role, amount);
    world.core.always(&format!("{name}/participants"), 200, document);
    root
}

fn kinds(result: &Value) -> Vec<&str> {
    result["alarms"].as_array().unwrap().iter().map(|alarm| alarm["kind"].as_str().unwrap()).collect()
}

#[test]
fn what_was_signed_is_held_and_charged_without_an_alarm() {
    let mut world = world(2003);
    let root = charge(&mut world, &name(), "NET_DEBTOR", 2003);
    world.node.cycle = Some(cycle(root, NOW_S + 60));
    let result = world.run(exposure(&[guarantee(1), guarantee(2)])).unwrap();
    assert_eq!(kinds(&result), [""; 0]);
    assert_eq!(
        result["assets"],
        json!([{
            "asset": USDC, "total": "5000000", "locked": "2003", "available": "4997997",
            "words": "4.997997 USDC free of 5 USDC", "signed": "2003",
        }])
    );
    assert_eq!(
        result["cycles"],
        json!([{
            "cycle": name(), "cycleId": keccak256(name()).to_string(), "asset": USDC, "signed": "2003",
            "ends": START_S + DAY_S, "state": "owes", "amount": "2003", "payBefore": NOW_S + 60,
            "finalAt": NOW_S + 70, "settled": false, "words": "Owes 0.002003 USDC.",
        }])
    );
    world.node.participant.paid = true;
    assert_eq!(world.run(exposure(&[guarantee(1)])).unwrap()["cycles"][0]["words"], "Owes 0.002003 USDC, settled.");
}

#[test]
fn more_held_than_was_ever_signed_is_an_alarm_with_its_evidence() {
    let mut world = world(2004);
    let result = world.run(exposure(&[guarantee(1), uncertified(2)])).unwrap();
    assert_eq!(kinds(&result), ["locked-beyond-signed"]);
    let alarm = &result["alarms"][0];
    assert_eq!((&alarm["found"], &alarm["expected"]), (&json!("2004"), &json!("2003")));
    assert_eq!(
        alarm["signed"],
        json!([
            {
                "purchaseId": "purchase-1", "amount": "1001", "payTo": checksummed(), "reqId": req_id(1),
                "digest": hash(4), "at": START_S + 7200, "cycleId": keccak256(name()).to_string(),
            },
            {
                "purchaseId": "purchase-2", "amount": "1002", "payTo": checksummed(), "reqId": req_id(2),
                "digest": hash(4), "at": START_S + 7200,
            },
        ])
    );
    assert_eq!(kinds(&self::world(1).run(exposure(&[])).unwrap()), ["locked-beyond-signed"], "nothing was signed");
}

fn checksummed() -> String {
    Address::from_bytes([0xbe; 20]).checksummed()
}

fn req_id(number: u64) -> String {
    hex::encode(&Amount::from_u64(number).word())
}

#[test]
fn more_charged_than_was_signed_in_its_cycle_is_an_alarm() {
    let mut world = world(0);
    charge(&mut world, &name(), "NET_DEBTOR", 2004);
    let result = world.run(exposure(&[guarantee(1), guarantee(2)])).unwrap();
    assert_eq!(kinds(&result), ["charged-beyond-signed"]);
    let alarm = &result["alarms"][0];
    assert_eq!((&alarm["found"], &alarm["expected"]), (&json!("2004"), &json!("2003")));
    assert_eq!(alarm["cycleId"], keccak256(name()).to_string());
    assert_eq!((&alarm["proof"]["role"], &alarm["proof"]["amount"]), (&json!("debtor"), &json!("2004")));
    assert!(alarm["proof"]["root"].as_str().unwrap().len() == 66);
}

#[test]
fn a_signature_charged_again_in_a_later_cycle_is_an_alarm() {
    for days in [1, 2, 14] {
        let mut world = world(0);
        let later = format!("{}:{}", USDC.to_lowercase(), START_S + days * DAY_S);
        charge(&mut world, &name(), "NET_DEBTOR", 1001);
        charge(&mut world, &later, "NET_DEBTOR", 1001);
        // The script's templates are of one day only, so the token is refreshed later.
        world.run(json!({ "do": "login" })).unwrap();
        world.now_s = START_S + days * DAY_S + 600;
        let result = world.run(exposure(&[guarantee(1)])).unwrap();
        assert_eq!(kinds(&result), ["charged-beyond-signed"], "{days}");
        assert_eq!((&result["alarms"][0]["expected"], &result["alarms"][0]["signed"]), (&json!("0"), &json!([])));
        assert_eq!(result["cycles"][1]["cycle"], later);
    }
}

#[test]
fn a_guarantee_without_a_certificate_may_be_charged_anywhere() {
    let mut world = world(0);
    charge(&mut world, &name(), "NET_DEBTOR", 1001 + 1002 + 1003);
    let reserved = Guarantee { state: State::Reserved, ..uncertified(3) };
    let all = [guarantee(1), uncertified(2), reserved];
    let result = world.run(exposure(&all)).unwrap();
    assert_eq!((kinds(&result), &result["cycles"][0]["signed"]), (vec![], &json!("3006")));
    for state in [State::Dead, State::Refused] {
        let dead = Guarantee { state, ..uncertified(2) };
        let result = world.run(exposure(&[guarantee(1), dead])).unwrap();
        assert_eq!(kinds(&result), ["charged-beyond-signed"], "proven dead: it is not to be charged");
    }
}

#[test]
fn a_charge_is_found_although_nobody_ever_showed_a_certificate() {
    let mut world = world(0);
    charge(&mut world, &name(), "NET_DEBTOR", 1001);
    let result = world.run(exposure(&[uncertified(1)])).unwrap();
    assert_eq!((kinds(&result), &result["cycles"][0]["state"]), (vec![], &json!("owes")));
    let later = format!("{}:{}", USDC.to_lowercase(), START_S + DAY_S);
    charge(&mut world, &later, "NET_DEBTOR", 1002);
    world.now_s = START_S + DAY_S + 60;
    let result = world.run(exposure(&[uncertified(1)])).unwrap();
    assert_eq!((kinds(&result), &result["cycles"][1]["cycle"]), (vec!["charged-beyond-signed"], &json!(later)));
    let silent = self::world(0).run(exposure(&[uncertified(1)])).unwrap();
    assert_eq!(silent["cycles"], json!([]), "a guess that the core does not know is no cycle");
}

#[test]
fn records_that_are_not_of_this_account_are_not_counted() {
    let others = [
        Guarantee { network: "eip155:8453", asset: format!("eip155:8453/erc20:{USDC}"), ..guarantee(1) },
        Guarantee { payer: USDC.to_owned(), ..guarantee(2) },
        Guarantee { kind: "eip3009", ..guarantee(3) },
        Guarantee { asset: format!("eip155:8453/erc20:{USDC}"), ..guarantee(4) },
    ];
    let result = world(1).run(exposure(&others)).unwrap();
    assert_eq!(kinds(&result), ["locked-beyond-signed"]);
    assert_eq!((&result["alarms"][0]["expected"], &result["unread"]), (&json!("0"), &json!(0)));
    let changed = guarantee(1).text().replace("purchase-1", "purchase-2");
    let records = json!([changed, "", guarantee(5).text(), "{}"]);
    let result = world(1005).run(json!({ "do": "exposure", "records": records })).unwrap();
    assert_eq!((kinds(&result), &result["unread"]), (vec![], &json!(3)));
}

#[test]
fn a_token_that_is_pinned_no_more_is_not_passed_over() {
    let token = Address::from_bytes([0x42; 20]).checksummed();
    let strange = Guarantee { asset: format!("eip155:84532/erc20:{token}"), ..guarantee(1) };
    assert_eq!(world(0).fails(exposure(&[strange])), (Code::AccountAsset, token));
}

#[test]
fn a_root_that_is_not_the_contracts_is_an_alarm_until_it_is_settled() {
    for (role, state) in [("NET_DEBTOR", "owes"), ("NET_CREDITOR", "is-owed")] {
        let mut world = world(0);
        charge(&mut world, &name(), role, 1001);
        world.node.cycle = Some(cycle(B256::repeat_byte(0x66), NOW_S + 60));
        let result = world.run(exposure(&[guarantee(1)])).unwrap();
        assert_eq!((kinds(&result), &result["cycles"][0]["state"]), (vec!["root-differs"], &json!(state)));
        world.node.participant.paid = true;
        world.node.participant.claimed = true;
        assert_eq!(kinds(&world.run(exposure(&[guarantee(1)])).unwrap()), [""; 0]);
    }
}

#[test]
fn a_cycle_that_is_not_on_the_chain_yet_has_no_deadlines() {
    let mut world = world(0);
    charge(&mut world, &name(), "NET_DEBTOR", 1001);
    let result = world.run(exposure(&[guarantee(1)])).unwrap();
    let position = &result["cycles"][0];
    assert_eq!((&position["words"], position.get("payBefore")), (&json!("Owes 0.001001 USDC."), None));
    world.node.instead = vec![("getCycle", 503, String::new())];
    assert_eq!(world.fails(exposure(&[guarantee(1)])).0, Code::AccountNode, "a node that fails says nothing");
}

#[test]
fn a_cycle_stands_as_the_core_says() {
    for (status, body, state) in [
        (400, json!({ "error": format!("settlement cycle {} has no clearing batch", name()) }), "open"),
        (200, json!({ "role": "FLAT" }), "even"),
        (404, json!({ "error": format!("Settlement cycle {}", name()) }), "unknown"),
    ] {
        let mut world = world(0);
        world.core.always(&format!("{}/participants", name()), status, body);
        let result = world.run(exposure(&[guarantee(1)])).unwrap();
        assert_eq!((kinds(&result), &result["cycles"][0]["state"]), (vec![], &json!(state)));
    }
    let mut world = World::with(json!({}), json!({}));
    world.core.balance = balance(5_000_000, 0);
    let result = world.run(exposure(&[guarantee(1)])).unwrap();
    assert_eq!(result["cycles"][0]["state"], "unpinned");
    let mut world = self::world(0);
    let (mut document, _) = proof_in(&name(), "NET_DEBTOR", 1001);
    document["amount"] = json!("1");
    world.core.always("/clearing-proof", 200, document);
    assert_eq!(world.fails(exposure(&[guarantee(1)])).0, Code::CoreProof);
}

fn batched(amount: u64) -> World {
    let mut world = World::house();
    world.core.balance = balance(5_000_000, 0);
    let cycle_id = keccak256(name());
    let payment = payer().authorisation(1, amount, cycle_id, NOW_S - 9);
    world.core.batch = json!({ "cycle_id": cycle_id.to_string(), "authorizations": [payment] });
    world
}

#[test]
fn an_authorisation_that_no_record_knows_so_is_an_alarm() {
    let of_house = |number| Guarantee { kind: "clearing-house", ..guarantee(number) };
    let result = batched(1001).run(exposure(&[of_house(1)])).unwrap();
    assert_eq!(kinds(&result), [""; 0]);
    let elsewhere = Guarantee { pay_to: 0xbf, ..of_house(1) };
    for (amount, records, expected) in [
        (1000, vec![of_house(1)], "1001"),
        (1001, vec![elsewhere], "1001"),
        (1001, vec![of_house(2)], "0"),
        (7, vec![], "0"),
    ] {
        let result = batched(amount).run(exposure(&records)).unwrap();
        let alarm = &result["alarms"][0];
        assert_eq!((kinds(&result), &alarm["expected"]), (vec!["unrecorded-authorisation"], &json!(expected)));
        assert_eq!(alarm["found"], amount.to_string());
    }
}

#[test]
fn a_strange_entry_of_the_batch_ends_the_look() {
    let mut world = batched(1001);
    world.core.batch["authorizations"][0]["payload"]["amount"] = json!("0x1");
    assert_eq!(world.fails(exposure(&[])), (Code::CoreBatch, String::from("Signature")));
}
