//! What evidence of each kind of purchase proves, and what it does not.

use farthing::account::{Topic, evidence, verify_evidence};
use farthing::error::Code;
use farthing::owner::Row;
use farthing::purchase::Trouble;
use farthing::record::State;
use farthing::registry::Registry;
use serde_json::{Value, json};

use crate::driver::scene::{CONTENT, FLOWS, Flow, Scene, TRANSACTION, decoded};
use crate::driver::{Event, Rig};
use crate::{bought, check, core, examined, registry, taken, with, without, wrong};

fn is_exact(flow: Flow) -> bool {
    matches!(flow, Flow::ExactV1 | Flow::ExactV2)
}

#[test]
fn every_flow_leaves_evidence_that_anybody_can_check() {
    for flow in FLOWS {
        let rig = bought(flow);
        let report = examined(&taken(&rig), &registry(flow, true), Some(CONTENT));
        assert!(report.is_sound() && report.is_complete(), "{flow:?}: {:#?}", report.checks);
        let topics: Vec<_> = report.checks.iter().map(|check| check.topic).collect();
        let all = Topic::ALL.into_iter();
        let expected: Vec<_> =
            all.filter(|topic| !is_exact(flow) || !matches!(topic, Topic::Core | Topic::Certificate)).collect();
        assert_eq!(topics, expected, "{flow:?}");
        assert_eq!(report.transaction.as_deref(), is_exact(flow).then_some(TRANSACTION));
        assert_eq!(report.certificate.is_some(), !is_exact(flow));
        let row = rig.store.row("trip-42").unwrap();
        assert_eq!(report.record.as_ref(), Some(&row.record));
        if let Some(facts) = report.certificate {
            let terms = row.record.terms.as_ref().unwrap();
            assert_eq!((facts.payer, facts.recipient), (rig.key.address(), terms.pay_to));
            assert_eq!((facts.amount, facts.pinned), (terms.amount, true));
            assert_eq!(Some(facts.certificate), row.record.evidence.certificate);
            assert_eq!(facts.cycle_id, row.record.evidence.cycle_id);
        }
    }
}

#[test]
fn an_operator_whom_nobody_pinned_is_called_so() {
    for flow in FLOWS.into_iter().filter(|flow| !is_exact(*flow)) {
        for registry in [registry(flow, false), Registry::default()] {
            let report = examined(&taken(&bought(flow)), &registry, None);
            assert!(report.is_sound() && !report.is_complete(), "{flow:?}: {:#?}", report.checks);
            assert!(!report.certificate.as_ref().unwrap().pinned);
            assert!(check(&report, "core").says.contains("no key was pinned"), "{flow:?}");
            assert!(report.to_json().contains("\"operator\":\"published\""));
            assert!(check(&report, "response").is_absent());
        }
    }
}

#[test]
fn another_operator_than_the_pinned_one_is_refused() {
    for (flow, other) in [(Flow::CycleV1, Flow::CycleV1), (Flow::House, Flow::House), (Flow::Sdk2, Flow::Sdk2)] {
        let mut core = core(other, true);
        core.operator_key = core.operator_key.map(|_| [7; 48]);
        core.guarantee_signer = core.guarantee_signer.map(|_| farthing::primitives::Address::from_bytes([7; 20]));
        let report = examined(&taken(&bought(flow)), &Registry::new(Vec::new(), vec![core]), None);
        assert_eq!((wrong(&report), check(&report, "core").code), (vec!["core"], Some(Code::CoreChanged)));
        assert!(!report.is_sound() && report.certificate.is_none());
    }
}

#[test]
fn content_is_the_paid_one_or_not() {
    let evidence = taken(&bought(Flow::ExactV2));
    assert!(check(&examined(&evidence, &Registry::default(), Some(CONTENT)), "response").is_ok());
    let report = examined(&evidence, &Registry::default(), Some(b"sun"));
    assert_eq!(wrong(&report), ["response"]);
}

#[test]
fn rows_of_earlier_versions_have_parts_that_are_called_absent() {
    for flow in FLOWS {
        let (record, sealed) = bought(flow).store.texts("trip-42");
        let mut sealed: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
        for member in ["accepted", "settlement"] {
            assert!(sealed.as_object_mut().unwrap().remove(member).is_some(), "{flow:?} {member}");
        }
        let text = evidence(Row { record: &record, sealed: Some(&sealed.to_string()) }).unwrap();
        let report = verify_evidence(text.as_bytes(), &registry(flow, true), Some(CONTENT)).unwrap();
        assert_eq!(wrong(&report), [""; 0], "{flow:?}");
        assert!(["challenge", "settlement"].iter().all(|topic| check(&report, topic).is_absent()), "{flow:?}");
        assert!(["payment", "authorisation", "payer"].iter().all(|topic| check(&report, topic).is_ok()), "{flow:?}");
        // The record tells of a certificate: without it that is a claim and no proof.
        assert_eq!(report.is_sound(), is_exact(flow), "{flow:?}");
        assert!(!report.is_complete() && report.certificate.is_none());
    }
}

#[test]
fn a_part_that_the_record_tells_of_cannot_be_taken_away() {
    for flow in FLOWS {
        let evidence = taken(&bought(flow));
        let exact = is_exact(flow);
        for (member, sound) in [("payment", false), ("core", exact), ("settlement", exact), ("challenge", true)] {
            if evidence.get(member).is_none() {
                assert!(exact && member == "core", "{flow:?} {member}");
                continue;
            }
            let report = examined(&without(evidence.clone(), member), &registry(flow, true), None);
            assert_eq!(report.is_sound(), sound, "{flow:?} without {member}: {:#?}", report.checks);
            assert!(check(&report, member).is_absent() && !check(&report, member).is_ok(), "{flow:?} {member}");
        }
    }
}

#[test]
fn a_purchase_that_nobody_signed_proves_its_decision_and_nothing_else() {
    let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("sign");
    rig.give(Event::Trouble(Trouble::WalletRejected));
    assert_eq!(rig.store.state("trip-42"), Some(State::Refused));
    let evidence = taken(&rig);
    assert!(evidence.get("payment").is_none());
    let report = examined(&evidence, &Registry::default(), None);
    assert!(report.is_sound() && !report.is_complete());
    assert!(report.checks.iter().all(|check| check.is_ok() == (check.topic == Topic::Record)), "{:#?}", report.checks);
    // A payment of another purchase proves nothing about it.
    let mut evidence = evidence;
    evidence["payment"] = taken(&bought(Flow::CycleV1))["payment"].clone();
    assert_eq!(wrong(&examined(&evidence, &Registry::default(), None)), ["payment"]);
}

#[test]
fn an_outcome_that_nobody_proved_is_told_as_the_record_has_it() {
    type Change = fn(Value) -> Option<Value>;
    let failure: Change = |_| Some(json!({ "success": false, "errorReason": "no" }));
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow).settled(failure));
        rig.run();
        let report = examined(&taken(&rig), &registry(flow, true), None);
        assert!(report.is_sound() && !is_complete_outcome(&report), "{flow:?}: {:#?}", report.checks);
        assert_eq!(check(&report, "settlement").code, Some(Code::SettlementFailure), "{flow:?}");
        assert_eq!((report.certificate, report.transaction), (None, None));
    }
}

fn is_complete_outcome(report: &farthing::account::Report) -> bool {
    report.certificate.is_some() || report.transaction.is_some()
}

#[test]
fn a_forged_certificate_is_found_whatever_the_record_says() {
    // The payer's verifier was not there, so the record knows of none.
    let mut rig = Rig::new(Scene::new(Flow::CycleV1)).until("verify-certificate");
    rig.give(Event::Certificate(Some(Code::CertificateUnchecked)));
    let evidence = taken(&rig);
    let report = examined(&evidence, &registry(Flow::CycleV1, true), None);
    assert!(report.is_sound() && report.certificate.is_some(), "checked later: {:#?}", report.checks);

    let mut settlement = decoded(evidence["settlement"].as_str().unwrap());
    let (_, other) = crate::driver::core::certificate(&decoded(evidence["payment"]["value"].as_str().unwrap()));
    let forged = [&other[..95], &[other[95] ^ 1]].concat();
    settlement["certificate"]["signature"] = json!(crate::driver::core::hex(&forged));
    let report =
        examined(&with(evidence, "/settlement", crate::encoded(&settlement)), &registry(Flow::CycleV1, true), None);
    assert_eq!(wrong(&report), ["certificate"]);
    assert!(report.certificate.is_none());
}

#[test]
fn no_evidence_is_taken_of_a_row_that_cannot_be_relied_on() {
    let (record, sealed) = bought(Flow::ExactV2).store.texts("trip-42");
    let damaged = record.replace("\"amount\":\"10000\"", "\"amount\":\"10001\"");
    assert_ne!(damaged, record);
    let failure = evidence(Row { record: &damaged, sealed: sealed.as_deref() }).unwrap_err();
    assert_eq!((failure.code, failure.facts.as_str()), (Code::RecordUnreadable, "chain"));
    assert_eq!(evidence(Row { record: &record, sealed: Some("{") }).unwrap_err().code, Code::RecordUnreadable);
}

#[test]
fn what_is_no_evidence_of_this_version_is_refused_by_name() {
    let evidence = taken(&bought(Flow::ExactV2));
    let mut strange = evidence.clone();
    strange["note"] = json!("thank you");
    let payment = with(evidence.clone(), "/payment", json!({ "header": "X-PAYMENT", "value": "x", "more": 1 }));
    for (text, member) in [
        (String::new(), "evidence"),
        ("[]".into(), "evidence"),
        ("{}".into(), "version"),
        (with(evidence.clone(), "/version", json!(2)).to_string(), "version"),
        (without(evidence.clone(), "record").to_string(), "record"),
        (strange.to_string(), "evidence"),
        (payment.to_string(), "payment"),
        (with(evidence.clone(), "/settlement", json!({})).to_string(), "settlement"),
        (format!("{evidence}{}", " ".repeat(512 * 1024)), "evidence"),
    ] {
        let failure = verify_evidence(text.as_bytes(), &Registry::default(), None).unwrap_err();
        assert_eq!((failure.code, failure.facts.as_str()), (Code::Options, member), "{text}");
    }
}

#[test]
fn a_token_that_is_not_pinned_here_leaves_the_signature_unchecked() {
    let own = farthing::primitives::Address::from_bytes([0x33; 20]).checksummed();
    let assets = json!([{ "network": "eip155:8453", "address": own, "name": "Own", "version": "1", "decimals": 6,
        "currency": "USD" }]);
    let mut scene = Scene::new(Flow::ExactV2).entry("asset", json!(own)).entry("extra", json!({}));
    let mut options: Value = serde_json::from_str(&scene.options).unwrap();
    options["assets"] = assets;
    scene.options = options.to_string();
    let mut rig = Rig::new(scene);
    rig.run();
    let report = examined(&taken(&rig), &Registry::default(), None);
    assert_eq!(
        (wrong(&report), check(&report, "authorisation").code),
        (vec!["authorisation"], Some(Code::AssetNotAllowed))
    );
    let config = farthing::purchase::Config::parse(rig.scene.options.as_bytes()).unwrap();
    assert!(examined(&taken(&rig), &config.registry, None).is_sound());
}
