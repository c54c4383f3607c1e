//! Recorded clearing: leaves and roots by another library, and no changed member believed.

use alloy_primitives::{Address as AlloyAddress, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use farthing::core4mica::{Action, Answer, ClearingAction, ClearingProof, CycleId, Refusal, Role};
use farthing::primitives::{Address, Amount, hex};
use serde_json::{Value, json};

use crate::exchange::{all, file, one};
use crate::support::files::{fixed, text};

const CHAIN_ID: u64 = 84532;

/// The recorded clearing house.
pub fn house() -> Address {
    Address::parse(text(&file("cycle"), "clearing_house")).unwrap()
}

/// The proof an action is held against: recorded where it was, else made of the action's own words by alloy.
pub fn proof_of(cycle: &CycleId, participant: &Address) -> ClearingProof {
    let document = document_of(cycle, participant);
    read(&document, cycle, participant).unwrap_or_else(|refusal| panic!("{refusal}: {document}"))
}

fn document_of(cycle: &CycleId, participant: &Address) -> Value {
    let about = |exchange: &crate::exchange::Exchange, route: &str| {
        let path = format!("/core/cycles/{}/participants/{}/{route}", cycle.as_text(), participant.lower());
        exchange.status == 200 && exchange.path().to_lowercase() == path
    };
    let exchanges = all();
    if let Some(proof) = exchanges.iter().find(|exchange| about(exchange, "clearing-proof")) {
        return serde_json::from_slice(&proof.answer).unwrap();
    }
    let action = exchanges.iter().find(|exchange| about(exchange, "clearing-action")).unwrap();
    let action: Value = serde_json::from_slice(&action.answer).unwrap();
    assert_eq!(action["debtor"].is_null(), action["action"] != "mark_defaulted");
    let mut document = json!({
        "role": "NET_DEBTOR", "net_debit": action["amount"], "net_credit": "0", "leaf": "", "merkle_root": "",
    });
    for name in ["cycle_id", "cycle_id_text", "asset_address", "participant", "amount", "proof"] {
        document[name] = action[name].clone();
    }
    let leaf = leaf(&document);
    document["leaf"] = json!(leaf.to_string());
    document["merkle_root"] = json!(root(leaf, &document).to_string());
    document
}

fn read(document: &Value, cycle: &CycleId, participant: &Address) -> Result<ClearingProof, Refusal> {
    let body = document.to_string();
    ClearingProof::read(&Answer { status: 200, body: body.as_bytes() }, cycle, CHAIN_ID, &house(), participant)
}

// Source: protocol notes, "Leaf = keccak256(abi.encode(…))".
fn leaf(document: &Value) -> B256 {
    let address = |name| text(document, name).parse::<AlloyAddress>().unwrap();
    let role = u64::from(text(document, "role") == "NET_CREDITOR");
    let fields = (
        U256::from(CHAIN_ID),
        AlloyAddress::from(*house().as_bytes()),
        B256::from(fixed::<32>(text(document, "cycle_id"))),
        address("asset_address"),
        address("participant"),
        text(document, "amount").parse::<U256>().unwrap(),
        U256::from(role),
    );
    keccak256(fields.abi_encode())
}

fn root(leaf: B256, document: &Value) -> B256 {
    document["proof"].as_array().unwrap().iter().fold(leaf, |node, sibling| {
        let sibling = B256::from(fixed::<32>(sibling.as_str().unwrap()));
        let (low, high) = (node.min(sibling), node.max(sibling));
        keccak256([low, high].concat())
    })
}

#[test]
fn every_recorded_position_is_proven_under_the_root_on_the_chain() {
    let cycle = file("cycle");
    let on_chain = text(&cycle["onchain_cycle"], "merkleRoot");
    for (name, role, amount) in
        [("payer", Role::Debtor, 2500), ("recipient", Role::Creditor, 3700), ("payer2_lowercase", Role::Debtor, 1200)]
    {
        let document = &cycle["proofs"][name]["response"]["body"];
        assert_eq!(leaf(document).to_string(), text(document, "leaf"), "{name}");
        assert_eq!(root(leaf(document), document).to_string(), on_chain, "{name}");
        let participant = Address::parse(text(document, "participant")).unwrap();
        let proof = read(document, &asked(), &participant).unwrap();
        assert_eq!((proof.role(), proof.amount()), (role, Amount::from_u64(amount)), "{name}");
        assert_eq!(hex::encode(proof.root()), on_chain, "{name}");
        assert_eq!(hex::encode(proof.cycle_id()), text(&cycle, "cycle_id"), "{name}");
    }
}

#[test]
fn no_changed_member_of_a_proof_is_believed() {
    let document = &file("cycle")["proofs"]["payer"]["response"]["body"];
    let participant = Address::parse(text(document, "participant")).unwrap();
    let mut refused = 0;
    for changed in changes(document) {
        let refusal = read(&changed, &asked(), &participant).expect_err(&changed.to_string());
        assert!(["core/proof", "core/not-participant"].contains(&refusal.code.as_str()), "{refusal}");
        refused += 1;
    }
    assert!(refused >= 2 * document.as_object().unwrap().len(), "{refused}");
    let elsewhere = CycleId::Text { asset: Address::ZERO, period_start_s: 1_795_227_660 };
    assert!(read(document, &elsewhere, &participant).is_err());
    assert!(read(document, &asked(), &Address::ZERO).is_err());
    let body = document.to_string();
    let answer = Answer { status: 200, body: body.as_bytes() };
    assert!(ClearingProof::read(&answer, &asked(), 8453, &house(), &participant).is_err());
    assert!(ClearingProof::read(&answer, &asked(), CHAIN_ID, &Address::ZERO, &participant).is_err());
}

#[test]
fn a_path_of_more_than_64_hashes_is_refused_before_it_is_climbed() {
    let mut document = file("cycle")["proofs"]["payer"]["response"]["body"].clone();
    let participant = Address::parse(text(&document, "participant")).unwrap();
    for (length, fits) in [(0, true), (64, true), (65, false)] {
        document["proof"] = json!(vec![format!("0x{}", "11".repeat(32)); length]);
        document["merkle_root"] = json!(root(leaf(&document), &document).to_string());
        assert_eq!(read(&document, &asked(), &participant).is_ok(), fits, "{length}");
    }
}

#[test]
fn an_even_account_takes_no_part() {
    let mut document = file("cycle")["proofs"]["payer"]["response"]["body"].clone();
    let participant = Address::parse(text(&document, "participant")).unwrap();
    document["role"] = json!("FLAT");
    assert_eq!(read(&document, &asked(), &participant).unwrap_err().code.as_str(), "core/not-participant");
}

#[test]
fn no_changed_member_of_an_action_is_believed() {
    for (name, action) in [
        ("cycle/actions/pay_net_debit", Action::PayNetDebit),
        ("cycle/actions/claim_net_credit", Action::ClaimNetCredit),
        ("cycle/actions/mark_defaulted", Action::MarkDefaulted),
        ("default-flow/pay_net_debit_action_eth", Action::PayNetDebit),
        ("default-flow/mark_defaulted_action_by_stranger", Action::MarkDefaulted),
    ] {
        let document: Value = serde_json::from_slice(&one(name).answer).unwrap();
        let cycle = CycleId::parse(text(&document, "cycle_id_text")).unwrap();
        let proof = proof_of(&cycle, &Address::parse(text(&document, "participant")).unwrap());
        let read = |document: &Value, action| {
            let body = document.to_string();
            ClearingAction::read(&Answer { status: 200, body: body.as_bytes() }, &proof, action)
        };
        let call = read(&document, action).unwrap();
        assert_eq!(call.value().to_string(), text(&document, "payable_value"), "{name}");
        assert_eq!(call.contract(), &house(), "{name}");
        let mut refused = 0;
        for changed in changes(&document) {
            let refusal = read(&changed, action).expect_err(&changed.to_string());
            assert_eq!(refusal.code.as_str(), "core/proof", "{name}");
            refused += 1;
        }
        assert!(refused >= 2 * document.as_object().unwrap().len() - 2, "{name}: {refused}");
        for other in [Action::PayNetDebit, Action::ClaimNetCredit, Action::MarkDefaulted] {
            assert_eq!(read(&document, other).is_ok(), other == action, "{name}: {other:?}");
        }
    }
}

fn asked() -> CycleId {
    CycleId::parse(text(&file("cycle"), "cycle_id_text")).unwrap()
}

// Each member with another value, and each one missing.
fn changes(document: &Value) -> Vec<Value> {
    let mut changed = Vec::new();
    for (name, value) in document.as_object().unwrap() {
        let mut with = |value: Value| {
            let mut document = document.clone();
            document[name] = value;
            changed.push(document);
        };
        match value {
            Value::Null => with(json!(Address::ZERO.lower())),
            Value::Array(elements) => {
                with(json!([elements.as_slice(), &elements[..1]].concat()));
                with(json!([]));
            }
            text => {
                with(json!(altered(text.as_str().unwrap())));
                with(json!(7));
            }
        }
        if name != "debtor" {
            let mut without = document.clone();
            without.as_object_mut().unwrap().remove(name);
            changed.push(without);
        }
    }
    changed
}

// A value of the same shape: another last digit, or another word.
fn altered(text: &str) -> String {
    let (head, last) = text.split_at(text.len() - 1);
    let other = if last == "1" { "2" } else { "1" };
    if text.starts_with("0x") && text.len() == 42 {
        // Lower case, so that the checksum does not give it away.
        return format!("{}{other}", head.to_lowercase());
    }
    format!("{head}{other}")
}
