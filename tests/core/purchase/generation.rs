//! Certificates of generations 1 and 3, and the names that generation 2 gives to guarantees.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolValue, sol};
use farthing::primitives::Amount;
use farthing::scheme::guarantee::{Certificate, CertificateError, CycleClaims, Expected, Form, Validation};
use serde_json::{Value, json};

use crate::certificate::{judged, sent};
use crate::driver::core::{TabClaims, certified, claims_of, tab_certified, tab_claims_of};
use crate::driver::scene::{Flow, Scene};
use crate::driver::{NOW_S, Rig};
use crate::support::random::Random;

sol! {
    struct TabClaimsV2 {
        bytes32 domain; uint256 tabId; uint256 reqId; address client; address recipient; uint256 amount;
        uint256 totalAmount; address asset; uint64 timestamp; uint64 version; address registry; bytes32 requestHash;
        uint256 chainId; address validator; uint256 agentId; uint8 minScore; bytes32 subjectHash; bytes32 jobHash;
        string tag;
    }
}

#[test]
fn every_field_of_a_certificate_with_a_tab_must_be_the_signed_one() {
    type Change = fn(&mut TabClaims);
    let changes: [Change; 10] = [
        |c| c.domain = B256::repeat_byte(9),
        |c| c.tabId += U256::from(1),
        |c| c.reqId += U256::from(1),
        |c| c.client = Address::repeat_byte(9),
        |c| c.recipient = Address::repeat_byte(9),
        |c| c.amount -= U256::from(1),
        |c| c.totalAmount = c.amount - U256::from(1),
        |c| c.asset = Address::repeat_byte(9),
        |c| c.timestamp += 1,
        |c| c.version += 1,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let (mut rig, payment) = sent(Flow::Tab);
        let mut claims = tab_claims_of(&payment);
        change(&mut claims);
        let code = if index == 9 { "certificate/encoding" } else { "certificate/claims" };
        assert_eq!(judged(&mut rig, tab_certified(claims)).as_deref(), Some(code), "{index}");
    }
    // The total is Core's to say, from the amount up; nine words are another generation's.
    for total in [|amount| amount, |_| U256::MAX] {
        let (mut rig, payment) = sent(Flow::Tab);
        let mut claims = tab_claims_of(&payment);
        claims.totalAmount = total(claims.amount);
        assert_eq!(judged(&mut rig, tab_certified(claims)), None);
    }
    let (mut rig, payment) = sent(Flow::Tab);
    assert!(judged(&mut rig, certified(claims_of(&payment))).is_some());
}

#[test]
fn a_certificate_of_generation_three_is_under_the_published_domain() {
    let (mut rig, payment) = sent(Flow::Sdk2);
    assert_eq!(judged(&mut rig, certified(claims_of(&payment))).as_deref(), Some("certificate/claims"));
    let other = "0x4400000000000000000000000000000000000000000000000000000000000044";
    type Change = fn(&mut Value, &str);
    let honest: [Change; 3] = [
        |p, _| p["guarantee_domains"][0]["version"] = json!(1),
        |p, other| {
            let second = json!({ "version": 2, "domain_separator": other });
            p["guarantee_domains"].as_array_mut().unwrap().push(second);
        },
        |p, _| {
            let domain = p["guarantee_domains"][0]["domain_separator"].clone();
            p.as_object_mut().unwrap().remove("guarantee_domains");
            p["guarantee_domain_separator"] = domain;
        },
    ];
    for change in honest {
        let mut scene = Scene::new(Flow::Sdk2);
        change(&mut scene.parameters, other);
        let mut rig = Rig::new(scene);
        rig.run();
        assert_eq!(rig.problem(), None);
    }
    let unclear: [(Change, &str); 4] = [
        (|p, _| p["guarantee_domains"] = json!([]), "guarantee/core-answer"),
        (|p, _| p["guarantee_domains"][0]["version"] = json!(2), "guarantee/core-answer"),
        (
            |p, other| {
                let second = json!({ "version": 1, "domain_separator": other });
                p["guarantee_domains"].as_array_mut().unwrap().push(second);
            },
            "guarantee/core-answer",
        ),
        (|p, _| p["supported_guarantee_versions"] = json!([2]), "guarantee/generation"),
    ];
    for (change, code) in unclear {
        let mut scene = Scene::new(Flow::Sdk2);
        change(&mut scene.parameters, other);
        let mut rig = Rig::new(scene);
        rig.run();
        assert_eq!((rig.problem(), rig.asked), (Some(code), 0));
    }
}

#[test]
fn a_certificate_of_generation_two_names_its_guarantee_where_cycles_last_a_day() {
    for (start, named) in [(0, true), (86_400, true), (3_600, false)] {
        let (mut rig, payment) = sent(Flow::CycleV1);
        let sent = &payment["payload"]["claims"];
        let period_start = NOW_S / 86_400 * 86_400 + start;
        let text = format!("{}:{period_start}", sent["asset_address"].as_str().unwrap());
        let mut claims = claims_of(&payment);
        claims.cycleId = alloy_primitives::keccak256(&text);
        assert_eq!(judged(&mut rig, certified(claims)), None);
        let part = |name: &str| sent[name].as_str().unwrap().to_owned();
        let req_id = part("req_id").parse::<U256>().unwrap().to_string();
        let parts = [
            "4MICA_CYCLE_GUARANTEE_V1".to_owned(),
            text,
            part("user_address"),
            part("recipient_address"),
            part("asset_address"),
            req_id,
            "1".to_owned(),
        ];
        let framed: Vec<u8> =
            parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat()).collect();
        let expected = named.then(|| alloy_primitives::keccak256(framed).0);
        assert_eq!(rig.store.row("trip-42").unwrap().record.evidence.guarantee_id, expected);
    }
}

#[test]
fn no_bit_of_a_validated_certificate_with_a_tab_is_unchecked_but_those_of_the_total() {
    let mut random = Random::seeded(10);
    let address = |address: &farthing::primitives::Address| Address::from(*address.as_bytes());
    let word = |amount: &Amount| U256::from_be_bytes(amount.word());
    let (tab_id, validation) = (
        random.amount(),
        Validation {
            registry: random.address(),
            chain_id: None,
            validator: random.address(),
            agent_id: random.amount(),
            min_score: 80,
            job_hash: random.bytes(),
            tag: "a tag that needs more than one word of padding".to_owned(),
        },
    );
    let signed = CycleClaims {
        name: "4mica".to_owned(),
        version: "1".to_owned(),
        chain_id: 84532,
        user: random.address(),
        recipient: random.address(),
        req_id: random.amount(),
        amount: Amount::from_u64(1000),
        asset: random.address(),
        timestamp_s: NOW_S,
        form: Form::Tab { tab_id, validation: Some(validation.clone()) },
    };
    let expected = Expected { domain_v1: [1; 32], domain_active: Some([2; 32]) };
    let hashes = signed.hashes(&validation);
    let inner = TabClaimsV2 {
        domain: B256::repeat_byte(2),
        tabId: word(&tab_id),
        reqId: word(&signed.req_id),
        client: address(&signed.user),
        recipient: address(&signed.recipient),
        amount: word(&signed.amount),
        totalAmount: U256::from(1500),
        asset: address(&signed.asset),
        timestamp: NOW_S,
        version: 2,
        registry: address(&validation.registry),
        requestHash: B256::from(hashes.request),
        chainId: U256::from(84532),
        validator: address(&validation.validator),
        agentId: word(&validation.agent_id),
        minScore: 80,
        subjectHash: B256::from(hashes.subject),
        jobHash: B256::from(validation.job_hash),
        tag: validation.tag.clone(),
    };
    let bytes = (2_u64, Bytes::from(inner.abi_encode())).abi_encode_params();
    assert_eq!(Certificate::read(&bytes, &signed, &expected).unwrap().cycle_id, None);
    // Behind version, offset, length and the offset of the tuple: the total is the seventh word.
    let total = 32 * (4 + 6)..32 * (4 + 7);
    for bit in 0..8 * bytes.len() {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 0x80 >> (bit % 8);
        let verdict = Certificate::read(&altered, &signed, &expected);
        let enough = total.contains(&(bit / 8)) && U256::from_be_slice(&altered[total.clone()]) >= U256::from(1000);
        assert_eq!(verdict.is_ok(), enough, "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(Certificate::read(&bytes[..length], &signed, &expected).is_err(), "{length} bytes");
    }
    let longer = [&bytes[..], &[0; 32]].concat();
    assert_eq!(Certificate::read(&longer, &signed, &expected), Err(CertificateError::Encoding));
}
