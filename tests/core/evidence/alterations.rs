//! Every single member altered is noticed, by the check it belongs to.

use farthing::account::verify_evidence;
use farthing::registry::Registry;
use serde_json::{Value, json};

use crate::driver::Rig;
use crate::driver::scene::{FLOWS, Flow, Scene, decoded};
use crate::driver::store::Store;
use crate::{bought, encoded, examined, registry, taken, with, without, wrong};

/// Every leaf of a JSON value, by its pointer.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| leaves(member, &format!("{at}/{}", key.replace('/', "~1")), found));
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| leaves(element, &format!("{at}/{index}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

fn pointers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    leaves(value, "", &mut found);
    assert!(found.len() > 3);
    found
}

/// Another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Bool(is) => json!(!is),
        Value::String(text) => {
            // The last digit of a hex or decimal text, or the last letter of a word.
            let mut text = text.clone();
            let last = match text.pop() {
                Some('0') => '1',
                Some(digit) if digit.is_ascii_hexdigit() => '0',
                _ => 'x',
            };
            text.push(last);
            json!(text)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_member_of_the_record_is_under_its_chain() {
    for flow in FLOWS {
        let evidence = taken(&bought(flow));
        for pointer in pointers(&evidence["record"]) {
            let altered = other(&evidence["record"].pointer(&pointer).unwrap().clone());
            let evidence = with(evidence.clone(), &format!("/record{pointer}"), altered);
            let report = examined(&evidence, &registry(flow, true), None);
            assert_eq!(wrong(&report), ["record"], "{flow:?} {pointer}");
            assert!(!report.is_sound() && report.record.is_none());
        }
    }
}

#[test]
fn every_member_of_the_challenge_and_the_payment_is_under_its_hash() {
    for flow in FLOWS {
        let evidence = taken(&bought(flow));
        let entry: Value = serde_json::from_str(evidence["challenge"].as_str().unwrap()).unwrap();
        for pointer in pointers(&entry) {
            let altered = with(entry.clone(), &pointer, other(entry.pointer(&pointer).unwrap()));
            let evidence = with(evidence.clone(), "/challenge", json!(altered.to_string()));
            assert_eq!(wrong(&examined(&evidence, &registry(flow, true), None)), ["challenge"], "{flow:?} {pointer}");
        }
        let payment = decoded(evidence["payment"]["value"].as_str().unwrap());
        for pointer in pointers(&payment) {
            let altered = with(payment.clone(), &pointer, other(payment.pointer(&pointer).unwrap()));
            let evidence = with(evidence.clone(), "/payment/value", encoded(&altered));
            assert_eq!(wrong(&examined(&evidence, &registry(flow, true), None)), ["payment"], "{flow:?} {pointer}");
        }
        let header = if flow == Flow::ExactV1 { "PAYMENT-SIGNATURE" } else { "X-PAYMENT" };
        let evidence = with(evidence, "/payment/header", json!(header));
        assert_eq!(wrong(&examined(&evidence, &registry(flow, true), None)), ["payment"], "{flow:?}");
    }
}

#[test]
fn every_parameter_that_counts_is_noticed_by_the_signature_it_was_used_for() {
    for (flow, member, topics) in [
        (Flow::CycleV1, "/eip712_name", &["authorisation", "payer"][..]),
        (Flow::CycleV1, "/eip712_version", &["authorisation", "payer"]),
        (Flow::CycleV1, "/chain_id", &["core"]),
        (Flow::CycleV1, "/contract_address", &["certificate"]),
        (Flow::CycleV1, "/public_key/47", &["certificate"]),
        (Flow::CycleV2, "/active_guarantee_domain_separator", &["certificate"]),
        (Flow::Sdk2, "/contract_address", &["authorisation", "payer"]),
        (Flow::Sdk2, "/guarantee_domains/0/domain_separator", &["certificate"]),
        (Flow::Sdk2, "/public_key", &["certificate"]),
        (Flow::House, "/clearing_house_address", &["authorisation", "payer"]),
        (Flow::House, "/guarantee_signer", &["certificate"]),
        (Flow::House, "/guarantee_registry_address", &["certificate"]),
    ] {
        let evidence = taken(&bought(flow));
        let parameters: Value = serde_json::from_str(evidence["core"].as_str().unwrap()).unwrap();
        let value = parameters.pointer(member).unwrap();
        // In lower case: a checksum would be noticed before.
        let changed = match value.as_str() {
            Some(text) => other(&json!(text.to_lowercase())),
            None => other(value),
        };
        let altered = with(parameters.clone(), member, changed);
        let evidence = with(evidence, "/core", json!(altered.to_string()));
        assert_eq!(wrong(&examined(&evidence, &registry(flow, false), None)), topics, "{flow:?} {member}");
        let report = examined(&evidence, &registry(flow, true), None);
        assert!(!report.is_sound(), "{flow:?} {member}");
    }
}

#[test]
fn every_member_of_the_settlement_that_counts_is_noticed() {
    for flow in FLOWS {
        let exact = matches!(flow, Flow::ExactV1 | Flow::ExactV2);
        let evidence = taken(&bought(flow));
        let settlement = decoded(evidence["settlement"].as_str().unwrap());
        for pointer in pointers(&settlement) {
            let value = settlement.pointer(&pointer).unwrap();
            let altered = match pointer.as_str() {
                // A guarantee has no transaction: what is written there counts for nothing.
                "/txHash" => continue,
                "/network" | "/networkId" => json!("eip155:1"),
                "/payer" => json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"),
                _ => other(value),
            };
            let altered = with(settlement.clone(), &pointer, altered);
            let evidence = with(evidence.clone(), "/settlement", encoded(&altered));
            let report = examined(&evidence, &registry(flow, true), None);
            let topic = if pointer.starts_with("/certificate") { "certificate" } else { "settlement" };
            assert_eq!(wrong(&report), [topic], "{flow:?} {pointer}: {:#?}", report.checks);
            assert!(!report.is_sound() && report.certificate.is_none(), "{flow:?} {pointer}");
        }
        if !exact {
            let altered = without(settlement, "certificate");
            let report = examined(&with(evidence, "/settlement", encoded(&altered)), &registry(flow, true), None);
            assert_eq!(wrong(&report), ["settlement"], "{flow:?}");
            assert!(!report.is_sound());
        }
    }
}

#[test]
fn parts_of_another_purchase_are_noticed() {
    for flow in FLOWS {
        let evidence = taken(&bought(flow));
        let mut rig = Rig::with(Scene::new(flow), Store::default(), 2);
        rig.run();
        let foreign = taken(&rig);
        // The same terms: what the seller asked for is no one purchase's.
        assert_eq!(evidence["challenge"], foreign["challenge"]);
        if flow == Flow::Tab {
            // The seller numbers the requests of a tab: the same terms are the same bytes.
            assert_eq!(evidence["payment"], foreign["payment"]);
            continue;
        }
        let swapped = with(evidence.clone(), "/payment", foreign["payment"].clone());
        assert_eq!(wrong(&examined(&swapped, &registry(flow, true), None)), ["payment"], "{flow:?}");
        if !matches!(flow, Flow::ExactV1 | Flow::ExactV2) {
            let swapped = with(evidence, "/settlement", foreign["settlement"].clone());
            assert_eq!(wrong(&examined(&swapped, &registry(flow, true), None)), ["certificate"], "{flow:?}");
        }
    }
}

#[test]
fn no_byte_under_a_hash_can_change_and_none_makes_the_examination_panic() {
    let evidence = taken(&bought(Flow::House));
    let text = evidence.to_string();
    // Of the core's parameters and the settlement only what was used counts.
    let loose = ["core", "settlement"].map(|member| {
        let part = evidence[member].to_string();
        let from = text.find(&part).unwrap();
        from..from + part.len()
    });
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 0x15;
        let report = verify_evidence(&bytes, &Registry::default(), None);
        let sound = report.is_ok_and(|report| report.is_sound());
        assert!(!sound || loose.iter().any(|part| part.contains(&at)), "byte {at} counts for nothing");
        assert!(verify_evidence(&text.as_bytes()[..at], &Registry::default(), None).is_err());
    }
}
