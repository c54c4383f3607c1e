//! Generation 4: receipts, idempotence, checkpoints and every coded refusal. Signed by alloy and k256, read by alloy.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use farthing::sandbox::{Answer, Sandbox};
use farthing::signer::Signature;
use serde_json::{Value, json};

use crate::payer::*;
use crate::recording::*;
use crate::support::files::{bytes, text};

const CORE: &str = "https://core.sandbox.test";

sol! {
    struct GuaranteeV1 {
        uint256 cycleId;
        uint256 reqId;
        address client;
        address recipient;
        uint256 amount;
        address asset;
        uint64 timestamp;
    }
}

struct House {
    sandbox: Sandbox,
    payer: Payer,
    parameters: Value,
    asset: Address,
}

impl House {
    fn new(max_uncheckpointed: u64) -> Self {
        let payer = Payer::new(1);
        let facilitator = Payer::new(99).text();
        let options = json!({
            "generation": "clearing-house", "maxUncheckpointed": max_uncheckpointed, "facilitators": [facilitator],
        });
        let mut sandbox = funded(options, &[&payer]);
        let parameters = json_of(&get(&mut sandbox, &format!("{CORE}/core/public-params"), &[], NOW_S));
        let asset = described(&mut sandbox, "/assets/0/address");
        House { sandbox, payer, parameters, asset }
    }

    fn clearing_house(&self) -> Address {
        text(&self.parameters, "clearing_house_address").parse().unwrap()
    }

    fn ask(&mut self, path: &str, now_s: u64) -> Answer {
        let token = bearer(&mut self.sandbox, &self.payer.text(), now_s);
        get(&mut self.sandbox, &format!("{CORE}{path}"), &[("authorization", &token)], now_s)
    }

    fn cycle(&mut self, now_s: u64) -> Value {
        json_of(&self.ask(&format!("/core/cycles/active?asset={}", self.asset), now_s))
    }

    fn order(&self, req_id: u64, amount: u64, timestamp_s: u64) -> Order {
        Order { recipient: Address::repeat_byte(0xbe), asset: self.asset, amount, req_id, timestamp_s }
    }

    fn authorised(&mut self, order: Order, now_s: u64) -> Value {
        let cycle_id = text(&self.cycle(now_s), "cycle_id").parse().unwrap();
        self.payer.authorisation(order, cycle_id, self.clearing_house())
    }

    fn issue(&mut self, request: &Value, now_s: u64) -> Answer {
        let token = bearer(&mut self.sandbox, &Payer::new(99).text(), now_s);
        post(&mut self.sandbox, &format!("{CORE}/core/guarantees"), Some(&token), request, now_s)
    }

    fn pay(&mut self, order: Order, now_s: u64) -> Answer {
        let request = self.authorised(order, now_s);
        self.issue(&request, now_s)
    }

    fn checkpoint(&mut self, gross: u64, cutoff_s: u64, now_s: u64) -> Answer {
        let cycle_id = text(&self.cycle(now_s), "cycle_id").parse().unwrap();
        let signed = self.payer.checkpoint(cycle_id, self.asset, gross, cutoff_s, self.clearing_house());
        let token = bearer(&mut self.sandbox, &self.payer.text(), now_s);
        post(&mut self.sandbox, &format!("{CORE}/core/checkpoints"), Some(&token), &signed, now_s)
    }

    fn batch(&mut self, now_s: u64) -> Value {
        let path = format!("/core/payers/{}/checkpoint-batch?asset={}", self.payer.text(), self.asset);
        json_of(&self.ask(&path, now_s))
    }
}

fn code(answer: &Answer) -> (u16, String, Value) {
    let body = json_of(answer);
    (answer.status, text(&body, "code").to_owned(), body["details"].clone())
}

#[test]
fn a_receipt_is_over_the_signed_fields_and_recovers_to_the_published_signer() {
    let mut house = House::new(10);
    let order = house.order(7, 1500, NOW_S);
    let request = house.authorised(order, NOW_S);
    let answer = house.issue(&request, NOW_S);
    assert_eq!(answer.status, 200, "{}", body_of(&answer));
    let issued = json_of(&answer);
    let cycle_id: B256 = text(&house.cycle(NOW_S), "cycle_id").parse().unwrap();
    let guarantee = GuaranteeV1 {
        cycleId: cycle_id.into(),
        reqId: U256::from(7),
        client: house.payer.address(),
        recipient: order.recipient,
        amount: U256::from(1500),
        asset: order.asset,
        timestamp: NOW_S,
    };
    let expected = [guarantee.eip712_type_hash().to_vec(), guarantee.abi_encode()].concat();
    assert_eq!(bytes(text(&issued, "receipt")), expected);
    let domain = Eip712Domain {
        name: Some("4micaGuaranteeRegistry".into()),
        version: Some("1".into()),
        chain_id: Some(U256::from(84532)),
        verifying_contract: Some(text(&house.parameters, "guarantee_registry_address").parse().unwrap()),
        ..Eip712Domain::default()
    };
    let signature = Signature::parse(text(&issued, "signature")).unwrap();
    let signer = signature.recover(&guarantee.eip712_signing_hash(&domain).0).unwrap();
    assert_eq!(signer.checksummed(), text(&house.parameters, "guarantee_signer"));
}

#[test]
fn the_same_request_has_the_same_receipt_and_locks_collateral_once_also_in_a_later_cycle() {
    let mut house = House::new(10);
    let order = house.order(7, 1500, NOW_S);
    let request = house.authorised(order, NOW_S);
    let first = house.issue(&request, NOW_S);
    let again = house.issue(&request, NOW_S + 5);
    let later = house.issue(&request, NOW_S + 86_400);
    assert_eq!(body_of(&first), body_of(&again));
    assert_eq!(body_of(&first), body_of(&later));
    let balances = command(&mut house.sandbox, json!({ "do": "balances" }), NOW_S).unwrap();
    assert_eq!(balances["accounts"][0]["locked"], "1500");
}

#[test]
fn every_coded_refusal_carries_its_details() {
    let mut house = House::new(2);
    let cycle = house.cycle(NOW_S);
    let (start_s, end_s) = (cycle["period_start"].as_u64().unwrap(), cycle["period_end"].as_u64().unwrap());
    let order = house.order(1, 10, NOW_S);

    let request = house.authorised(order, NOW_S);
    let mismatched = code(&house.issue(&request, end_s));
    let next = house.cycle(end_s);
    let details = json!({
        "signed_cycle_id": cycle["cycle_id"], "active_cycle_id": next["cycle_id"],
        "active_cycle_id_text": next["cycle_id_text"], "active_period_end": next["period_end"], "server_time": end_s,
    });
    assert_eq!(mismatched, (400, "CYCLE_MISMATCH".to_owned(), details));

    let future = house.order(1, 10, NOW_S + 1);
    let details = json!({ "timestamp": NOW_S + 1, "server_time": NOW_S });
    assert_eq!(code(&house.pay(future, NOW_S)), (400, "FUTURE_TIMESTAMP".to_owned(), details));

    let stale = house.order(1, 10, start_s - 1);
    let details = json!({
        "timestamp": start_s - 1, "period_start": start_s, "period_end": end_s, "server_time": NOW_S,
    });
    assert_eq!(code(&house.pay(stale, NOW_S)), (400, "STALE_TIMESTAMP".to_owned(), details));

    let dear = house.order(1, 1_000_001, NOW_S);
    assert_eq!(code(&house.pay(dear, NOW_S)), (400, "INSUFFICIENT_COLLATERAL".to_owned(), json!({})));

    let payer = house.payer.text();
    for (what, expected) in [("suspend", 400), ("resume", 200)] {
        command(&mut house.sandbox, json!({ "do": what, "account": payer }), NOW_S).unwrap();
        let answer = house.pay(order, NOW_S);
        assert_eq!(answer.status, expected);
        if expected == 400 {
            assert_eq!(code(&answer), (400, "USER_SUSPENDED".to_owned(), json!({ "user": payer })));
        }
    }
    let other = house.order(1, 11, NOW_S);
    let details = json!({ "req_id": "0x1" });
    assert_eq!(code(&house.pay(other, NOW_S)), (400, "DUPLICATE_GUARANTEE".to_owned(), details));

    let second = house.order(2, 20, NOW_S);
    assert_eq!(house.pay(second, NOW_S).status, 200);
    let third = house.order(3, 30, NOW_S);
    let details = json!({
        "cycle_id": cycle["cycle_id"], "cycle_id_text": cycle["cycle_id_text"], "asset_address": cycle["asset_address"],
        "payer": payer, "uncheckpointed": 2, "max_uncheckpointed": 2,
    });
    assert_eq!(code(&house.pay(third, NOW_S)), (400, "CHECKPOINT_REQUIRED".to_owned(), details));

    let poor = House { payer: Payer::new(8), ..house };
    let mut house = poor;
    let details = json!({ "user": house.payer.text() });
    assert_eq!(code(&house.pay(order, NOW_S)), (400, "USER_NOT_REGISTERED".to_owned(), details));
    let mut tampered = house.authorised(order, NOW_S);
    tampered["payload"]["amount"] = json!("0x1");
    assert_eq!(code(&house.issue(&tampered, NOW_S)).1, "INVALID_SIGNATURE");
}

#[test]
fn a_checkpoint_over_exactly_the_batch_lets_the_payer_go_on() {
    let mut house = House::new(2);
    for (req_id, amount) in [(1, 10), (2, 20)] {
        let order = house.order(req_id, amount, NOW_S);
        assert_eq!(house.pay(order, NOW_S).status, 200);
    }
    let batch = house.batch(NOW_S + 1);
    assert_eq!(batch["authorizations"].as_array().unwrap().len(), 2);
    assert_eq!((batch["authorizations"][1]["payload"]["amount"].as_str(), batch.get("previous")), (Some("0x14"), None));
    assert_eq!(batch["max_uncheckpointed"], 2);

    let wrong = house.checkpoint(31, NOW_S, NOW_S + 1);
    let (status, code_text, details) = code(&wrong);
    assert_eq!(
        (status, code_text.as_str(), &details["cumulative_gross"]),
        (400, "CHECKPOINT_MISMATCH", &json!("0x1e"))
    );
    assert_eq!(code(&house.checkpoint(30, NOW_S + 2, NOW_S + 1)).1, "CHECKPOINT_MISMATCH");
    let answer = json_of(&house.checkpoint(30, NOW_S, NOW_S + 1));
    assert_eq!((&answer["cumulative_gross"], &answer["covered"]), (&json!("0x1e"), &json!(2)));
    assert_eq!(answer["timestamp_cutoff"], NOW_S);

    let late = house.order(3, 30, NOW_S);
    let (status, code_text, details) = code(&house.pay(late, NOW_S + 1));
    assert_eq!((status, code_text.as_str()), (400, "TIMESTAMP_NOT_PAST_CUTOFF"));
    assert_eq!((&details["timestamp_cutoff"], &details["cumulative_gross"]), (&json!(NOW_S), &json!("0x1e")));
    let order = house.order(3, 30, NOW_S + 1);
    assert_eq!(house.pay(order, NOW_S + 1).status, 200);

    let batch = house.batch(NOW_S + 2);
    assert_eq!(batch["authorizations"].as_array().unwrap().len(), 1);
    assert_eq!(batch["previous"]["payload"]["cumulative_gross"], "0x1e");
    assert_eq!(house.checkpoint(60, NOW_S + 1, NOW_S + 2).status, 200);
    // The sum was right for that second: only going back is wrong.
    assert_eq!(code(&house.checkpoint(30, NOW_S, NOW_S + 2)).1, "CHECKPOINT_MISMATCH");
}

#[test]
fn a_checkpoint_belongs_to_its_payer() {
    let mut house = House::new(2);
    let stranger = Payer::new(8);
    let token = bearer(&mut house.sandbox, &stranger.text(), NOW_S);
    let path = format!("{CORE}/core/payers/{}/checkpoint-batch?asset={}", house.payer.text(), house.asset);
    assert_eq!(get(&mut house.sandbox, &path, &[("authorization", &token)], NOW_S).status, 401);
    let cycle_id = text(&house.cycle(NOW_S), "cycle_id").parse().unwrap();
    let mut forged = stranger.checkpoint(cycle_id, house.asset, 0, NOW_S, house.clearing_house());
    forged["payload"]["payer"] = json!(house.payer.text());
    let token = bearer(&mut house.sandbox, &house.payer.text(), NOW_S);
    let answer = post(&mut house.sandbox, &format!("{CORE}/core/checkpoints"), Some(&token), &forged, NOW_S);
    assert_eq!(code(&answer).1, "INVALID_SIGNATURE");
}

#[test]
fn a_seller_of_this_generation_settles_and_the_cycle_is_netted_by_either_name() {
    let mut house = House::new(10);
    let url = "https://seller-1.sandbox.test/";
    let (entry, version) = challenge(&get(&mut house.sandbox, url, &[], NOW_S));
    let order = Order { timestamp_s: NOW_S, ..order(&entry, 5, NOW_S) };
    let (name, value) = payment(&entry, version, house.authorised(order, NOW_S));
    let answer = get(&mut house.sandbox, url, &[(name, &value)], NOW_S);
    assert_eq!(settlement(&answer)["certificate"]["receipt"].as_str().unwrap().len(), 2 + 2 * 256);

    let cycle = house.cycle(NOW_S);
    command(&mut house.sandbox, json!({ "do": "close-cycle" }), NOW_S).unwrap();
    for cycle in ["cycle_id", "cycle_id_text"].map(|name| text(&cycle, name)) {
        let path =
            format!("/core/cycles/{cycle}/participants/{}/clearing-action?action=pay_net_debit", house.payer.text());
        let answer = house.ask(&path, NOW_S);
        assert_eq!(json_of(&answer)["amount"], "10000", "{}", body_of(&answer));
    }
    let after = house.cycle(NOW_S);
    assert_ne!(after["cycle_id"], cycle["cycle_id"]);
    assert_eq!(after["period_start"], NOW_S);
    let next = Order { req_id: 6, ..order };
    assert_eq!(house.pay(next, NOW_S).status, 200);
}

#[test]
fn a_lying_receipt_is_told_once_and_the_truth_when_asked_again() {
    for fault in ["lying-receipt-amount", "lying-receipt-cycle", "lying-receipt-signature"] {
        let mut house = House::new(10);
        command(&mut house.sandbox, json!({ "do": "inject", "fault": fault }), NOW_S).unwrap();
        let order = house.order(1, 10, NOW_S);
        let request = house.authorised(order, NOW_S);
        let (lie, truth) = (json_of(&house.issue(&request, NOW_S)), json_of(&house.issue(&request, NOW_S)));
        assert_eq!(lie["receipt"] == truth["receipt"], fault == "lying-receipt-signature", "{fault}");
        assert_ne!(lie["signature"], truth["signature"], "{fault}");
    }
}
