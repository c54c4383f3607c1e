//! Records that say something else than they were written with, under a chain that fits: what the other parts tell of it.

use farthing::account::{evidence, verify_evidence};
use farthing::error::Code;
use farthing::owner::Row;
use farthing::primitives::keccak256;
use farthing::record::{Record, State};
use farthing::registry::Registry;
use serde_json::{Value, json};

use crate::driver::core::{certified, claims_of, settlement};
use crate::driver::scene::{CONTENT, Flow, Scene, TRANSACTION, decoded};
use crate::driver::{NOW_S, Rig};
use crate::{bought, check, encoded, examined, registry, taken, with, wrong};

#[test]
fn what_the_chain_proved_later_stands_whatever_the_seller_wrote() {
    type Change = fn(Value) -> Option<Value>;
    let failure: Change = |_| Some(json!({ "success": false }));
    let other: Change = |mut settlement| {
        settlement["transaction"] = json!(format!("0x{}", "77".repeat(32)));
        Some(settlement)
    };
    for (change, state, says) in
        [(failure, State::Unknown, "it proves nothing"), (other, State::Settled, "the chain proved the outcome")]
    {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2).settled(change));
        rig.run();
        let (record, sealed) = rig.store.texts("trip-42");
        let mut record = Record::read(record.as_bytes()).unwrap();
        assert_eq!(record.state(), state);
        record.evidence.transaction = Some(TRANSACTION.into());
        record.evidence.proof = Some("chain eip155:8453 123".into());
        if state == State::Settled {
            record = rebuilt(record);
        } else {
            record.enter(State::Settled, NOW_S + 60);
        }
        let text = evidence(Row { record: &record.to_json(), sealed: sealed.as_deref() }).unwrap();
        let report = verify_evidence(text.as_bytes(), &Registry::default(), None).unwrap();
        assert!(report.is_sound(), "{:#?}", report.checks);
        assert!(check(&report, "settlement").says.contains(says), "{:#?}", report.checks);
    }
}

/// The same record with a chain over what it says now.
fn rebuilt(record: Record) -> Record {
    let mut fresh = Record::new(record.purchase_id.clone(), record.request.clone());
    fresh.terms.clone_from(&record.terms);
    fresh.decision.clone_from(&record.decision);
    fresh.approval.clone_from(&record.approval);
    fresh.attempt.clone_from(&record.attempt);
    for step in record.history() {
        fresh.evidence = step.evidence.clone();
        if step.state == record.state() {
            fresh.evidence = record.evidence.clone();
        }
        fresh.enter(step.state, step.at_s);
    }
    fresh
}

#[test]
fn a_transaction_that_the_record_does_not_have_is_noticed() {
    let mut record = Record::read(bought(Flow::ExactV2).store.texts("trip-42").0.as_bytes()).unwrap();
    record.evidence.transaction = Some(format!("0x{}", "77".repeat(32)));
    let (_, sealed) = bought(Flow::ExactV2).store.texts("trip-42");
    let text = evidence(Row { record: &rebuilt(record).to_json(), sealed: sealed.as_deref() }).unwrap();
    let report = verify_evidence(text.as_bytes(), &Registry::default(), None).unwrap();
    assert_eq!(wrong(&report), ["settlement"]);
}

#[test]
fn a_genuine_certificate_of_another_cycle_is_not_the_one_of_the_record() {
    let evidence = taken(&bought(Flow::CycleV1));
    let payment = decoded(evidence["payment"]["value"].as_str().unwrap());
    let mut claims = claims_of(&payment);
    claims.cycleId = alloy_primitives::B256::repeat_byte(9);
    let settlement = settlement(certified(claims));
    let evidence = with(evidence, "/settlement", encoded(&settlement));
    let report = examined(&evidence, &registry(Flow::CycleV1, true), None);
    assert_eq!(
        (wrong(&report), check(&report, "certificate").code),
        (vec!["certificate"], Some(Code::CertificateClaims))
    );
    assert!(!report.is_sound() && report.certificate.is_none());
}

#[test]
fn content_that_the_record_has_no_hash_of_proves_nothing() {
    let mut record = Record::read(bought(Flow::ExactV2).store.texts("trip-42").0.as_bytes()).unwrap();
    record.evidence.output = None;
    let (_, sealed) = bought(Flow::ExactV2).store.texts("trip-42");
    let text = evidence(Row { record: &rebuilt(record).to_json(), sealed: sealed.as_deref() }).unwrap();
    let verify = |content| verify_evidence(text.as_bytes(), &Registry::default(), content).unwrap();
    assert!(verify(None).is_sound());
    assert_eq!(wrong(&verify(Some(CONTENT))), ["response"]);
}

#[test]
fn a_payment_of_somebody_else_under_a_made_up_record_has_another_signer() {
    // A whole record with a chain of its own can be made up, a signature cannot.
    let (record, sealed) = bought(Flow::CycleV1).store.texts("trip-42");
    let mut record = Record::read(record.as_bytes()).unwrap();
    let mut sealed: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
    let mut payment = decoded(sealed["value"].as_str().unwrap());
    let victim = farthing::primitives::Address::from_bytes([0x42; 20]);
    payment["payload"]["claims"]["user_address"] = json!(victim.lower());
    sealed["value"] = encoded(&payment);
    let attempt = record.attempt.as_mut().unwrap();
    attempt.payer = victim;
    attempt.authorisation = Some(keccak256(sealed["value"].as_str().unwrap().as_bytes()));
    let made_up = rebuilt(record).to_json();
    let text = evidence(Row { record: &made_up, sealed: Some(&sealed.to_string()) }).unwrap();
    let report = verify_evidence(text.as_bytes(), &registry(Flow::CycleV1, true), None).unwrap();
    assert_eq!(wrong(&report), ["authorisation", "payer", "certificate"]);
    assert_eq!(check(&report, "payer").code, Some(Code::SignatureSigner));
}

#[test]
fn terms_that_the_payment_repeats_are_those_it_signs() {
    let (record, sealed) = bought(Flow::CycleV1).store.texts("trip-42");
    let mut record = Record::read(record.as_bytes()).unwrap();
    let mut sealed: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
    let mut payment = decoded(sealed["value"].as_str().unwrap());
    payment["accepted"]["amount"] = json!("20001");
    record.terms.as_mut().unwrap().hash = keccak256(payment["accepted"].to_string().as_bytes());
    sealed["value"] = encoded(&payment);
    record.attempt.as_mut().unwrap().authorisation = Some(keccak256(sealed["value"].as_str().unwrap().as_bytes()));
    sealed.as_object_mut().unwrap().remove("accepted");
    let text = evidence(Row { record: &rebuilt(record).to_json(), sealed: Some(&sealed.to_string()) }).unwrap();
    let report = verify_evidence(text.as_bytes(), &registry(Flow::CycleV1, true), None).unwrap();
    assert_eq!(wrong(&report), ["authorisation"]);
    assert!(check(&report, "authorisation").says.contains("accepted"), "{:#?}", report.checks);
}
