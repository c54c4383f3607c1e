//! Certificates and receipts: each field must be the signed one, each signature the operator's.

use alloy_primitives::{Address, B256, U256};
use farthing::error::Code;
use farthing::purchase::{Command, PaidAnswer};
use farthing::record::State;
use farthing::x402::header;
use serde_json::{Value, json};

use crate::driver::core::{
    ClaimsV2, GuaranteeV1, certified, claims_of, hex, operator_signature, receipt_fields, receipt_key, receipted,
    settlement,
};
use crate::driver::scene::{Flow, Scene};
use crate::driver::{Event, Rig, name};

pub fn sent(flow: Flow) -> (Rig, Value) {
    let rig = Rig::new(Scene::new(flow)).until("send");
    let payment = rig.payment();
    (rig, payment)
}

/// Hands in a certificate with its content; the code, or `None` when it settles.
pub fn judged(rig: &mut Rig, certificate: (Vec<u8>, Vec<u8>)) -> Option<String> {
    let value = header::encode(settlement(certificate).to_string().as_bytes());
    rig.give(Event::Settlement(PaidAnswer { status: 200, header: Some(value), output: None, body: Vec::new() }));
    rig.run();
    let problem = rig.problem().map(str::to_owned);
    let state = if problem.is_none() { State::Settled } else { State::Unknown };
    assert_eq!((name(&rig.pending), rig.store.state("trip-42")), ("finish", Some(state)), "{problem:?}");
    problem
}

#[test]
fn every_field_of_a_certificate_must_be_the_signed_one() {
    type Change = fn(&mut ClaimsV2);
    let both: [Change; 7] = [
        |c| c.domain = B256::repeat_byte(9),
        |c| c.reqId += U256::from(1),
        |c| c.client = Address::repeat_byte(9),
        |c| c.recipient = Address::repeat_byte(9),
        |c| c.amount -= U256::from(1),
        |c| c.asset = Address::repeat_byte(9),
        |c| c.timestamp += 1,
    ];
    let v2_only: [Change; 9] = [
        |c| c.registry = Address::repeat_byte(9),
        |c| c.requestHash = B256::repeat_byte(9),
        |c| c.chainId += U256::from(1),
        |c| c.validator = Address::repeat_byte(9),
        |c| c.agentId += U256::from(1),
        |c| c.minScore -= 1,
        |c| c.subjectHash = B256::repeat_byte(9),
        |c| c.jobHash = B256::repeat_byte(9),
        |c| c.tag.replace_range(..1, "T"),
    ];
    for (flow, changes) in [(Flow::CycleV1, both.to_vec()), (Flow::CycleV2, [&both[..], &v2_only].concat())] {
        for (index, change) in changes.into_iter().enumerate() {
            let (mut rig, payment) = sent(flow);
            let mut claims = claims_of(&payment);
            change(&mut claims);
            // Signed by the operator all the same.
            assert_eq!(judged(&mut rig, certified(claims)).as_deref(), Some("certificate/claims"), "{flow:?} {index}");
        }
    }
}

#[test]
fn a_certificate_of_another_version_or_cut_or_prolonged_is_refused() {
    let (_, payment) = sent(Flow::CycleV1);
    let (good, _) = certified(claims_of(&payment));
    let mut version = good.clone();
    version[31] = 2;
    let mut offset = good.clone();
    offset[63] = 96;
    let mut length = good.clone();
    length[92] = 0xff;
    let longer = [&good[..], &[0; 32]].concat();
    for bytes in
        [vec![], good[..good.len() - 32].to_vec(), good[..good.len() - 1].to_vec(), longer, version, offset, length]
    {
        let (mut rig, _) = sent(Flow::CycleV1);
        let problem = judged(&mut rig, (bytes.clone(), operator_signature(&bytes)));
        assert_eq!(problem.as_deref(), Some("certificate/encoding"), "{}", hex(&bytes));
    }
}

#[test]
fn a_certificate_signed_by_anybody_else_is_refused() {
    let (mut rig, payment) = sent(Flow::CycleV1);
    let (claims, _) = certified(claims_of(&payment));
    let elsewhere = operator_signature(b"something else");
    assert_eq!(judged(&mut rig, (claims.clone(), elsewhere)).as_deref(), Some("certificate/signature-mismatch"));
    let (mut rig, _) = sent(Flow::CycleV1);
    let mut infinity = vec![0; 96];
    infinity[0] = 0xc0;
    assert_eq!(judged(&mut rig, (claims, infinity)).as_deref(), Some("certificate/signature-infinity"));
}

#[test]
fn the_verifier_is_given_the_pinned_key_and_the_bytes_as_they_came() {
    let (mut rig, payment) = sent(Flow::CycleV2);
    let (claims, signature) = certified(claims_of(&payment));
    let value = header::encode(settlement((claims.clone(), signature.clone())).to_string().as_bytes());
    rig.give(Event::Settlement(PaidAnswer { status: 200, header: Some(value), output: None, body: Vec::new() }));
    let Command::VerifyCertificate { claims: bytes, signature: given, operator_key } = &rig.pending else { panic!() };
    let key: Vec<u8> = serde_json::from_value(rig.scene.parameters["public_key"].clone()).unwrap();
    assert_eq!((bytes, given, &operator_key[..]), (&claims, &signature, &key[..]));
    rig.give(Event::Certificate(Some(Code::CertificateSignatureMismatch)));
    assert_eq!(rig.problem(), Some("certificate/signature-mismatch"));
}

#[test]
fn hex_without_a_prefix_is_read_as_core_writes_it() {
    let mut scene = Scene::new(Flow::CycleV1);
    scene.settlement = |mut settlement| {
        for field in ["claims", "signature"] {
            let text = settlement["certificate"][field].as_str().unwrap()[2..].to_owned();
            settlement["certificate"][field] = json!(text);
        }
        Some(settlement)
    };
    let mut rig = Rig::new(scene);
    rig.run();
    assert_eq!(rig.problem(), None);
}

#[test]
fn a_settlement_without_its_certificate_proves_nothing() {
    type Change = fn(Value) -> Option<Value>;
    let changes: [(Change, &str); 4] = [
        (
            |mut s| {
                s.as_object_mut().unwrap().remove("certificate");
                Some(s)
            },
            "settlement/missing",
        ),
        (
            |mut s| {
                s["certificate"] = json!({ "claims": "0x" });
                Some(s)
            },
            "settlement/unreadable",
        ),
        (
            |mut s| {
                s["certificate"]["claims"] = json!("0xzz");
                Some(s)
            },
            "certificate/encoding",
        ),
        (
            |mut s| {
                s["networkId"] = json!("eip155:8453");
                Some(s)
            },
            "settlement/contradicts",
        ),
    ];
    for flow in [Flow::CycleV1, Flow::House] {
        for (change, code) in changes {
            let mut rig = Rig::new(Scene::new(flow).settled(change));
            rig.run();
            assert_eq!(rig.problem(), Some(code), "{flow:?}");
            assert_eq!(rig.store.state("trip-42"), Some(State::Unknown));
        }
    }
}

#[test]
fn every_field_of_a_receipt_must_be_the_signed_one() {
    type Change = fn(&mut GuaranteeV1);
    let changes: [Change; 7] = [
        |c| c.cycleId += U256::from(1),
        |c| c.reqId += U256::from(1),
        |c| c.client = Address::repeat_byte(9),
        |c| c.recipient = Address::repeat_byte(9),
        |c| c.amount -= U256::from(1),
        |c| c.asset = Address::repeat_byte(9),
        |c| c.timestamp += 1,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let (mut rig, payment) = sent(Flow::House);
        let mut fields = receipt_fields(&payment);
        change(&mut fields);
        assert_eq!(
            judged(&mut rig, receipted(fields, &receipt_key())).as_deref(),
            Some("certificate/claims"),
            "{index}"
        );
    }
}

#[test]
fn a_receipt_signed_by_anybody_else_is_refused() {
    let (mut rig, payment) = sent(Flow::House);
    let stranger = k256::ecdsa::SigningKey::from_slice(&[0x44; 32]).unwrap();
    let receipt = receipted(receipt_fields(&payment), &stranger);
    assert_eq!(judged(&mut rig, receipt).as_deref(), Some("certificate/signature-mismatch"));

    let (mut rig, payment) = sent(Flow::House);
    let (bytes, signature) = receipted(receipt_fields(&payment), &receipt_key());
    assert_eq!(judged(&mut rig, (bytes, signature[..64].to_vec())).as_deref(), Some("certificate/encoding"));

    let (mut rig, payment) = sent(Flow::House);
    let (mut bytes, signature) = receipted(receipt_fields(&payment), &receipt_key());
    bytes[0] ^= 1;
    assert_eq!(judged(&mut rig, (bytes, signature)).as_deref(), Some("certificate/encoding"));
}
