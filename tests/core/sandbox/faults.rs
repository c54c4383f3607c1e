//! Each fault does what its name says, once, and the books stay true.

use farthing::sandbox::{Fault, Sandbox};
use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};
use serde_json::{Value, json};

use crate::payer::*;
use crate::recording::*;
use crate::support::files::{bytes, fixed, text};

const SHOP: &str = "https://seller-1.sandbox.test/";

fn with_fault(fault: Fault) -> (Sandbox, Payer) {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({}), &[&payer]);
    command(&mut sandbox, json!({ "do": "inject", "fault": fault.as_str() }), NOW_S).unwrap();
    (sandbox, payer)
}

/// Units of the payer's collateral that guarantees hold: what was really issued.
fn locked(sandbox: &mut Sandbox) -> Value {
    command(sandbox, json!({ "do": "balances" }), NOW_S).unwrap()["accounts"][0]["locked"].clone()
}

fn verdict(sandbox: &mut Sandbox, certificate: &Value) -> Result<(), BlsError> {
    let key = bytes(text(&description(sandbox)["cores"][0], "operatorKey"));
    let (claims, signature) = (bytes(text(certificate, "claims")), fixed::<96>(text(certificate, "signature")));
    verify(&OperatorKey::from_slice(&key).unwrap(), &claims, &signature)
}

#[test]
fn names_of_faults_are_read_back_and_no_others() {
    for fault in Fault::ALL {
        assert_eq!(Fault::parse(fault.as_str()), Some(fault));
    }
    let mut sandbox = funded(json!({}), &[]);
    let refused = command(&mut sandbox, json!({ "do": "inject", "fault": "explode" }), NOW_S);
    assert_eq!(refused, Err("cannot carry out the command: `fault` makes no sense".to_owned()));
}

#[test]
fn settle_then_timeout_settles_and_loses_the_answer_once() {
    let (mut sandbox, payer) = with_fault(Fault::SettleThenTimeout);
    assert!(buy(&mut sandbox, &payer, SHOP, 1, NOW_S).lost);
    assert_eq!(locked(&mut sandbox), "10000");
    let next = buy(&mut sandbox, &payer, SHOP, 2, NOW_S);
    assert_eq!((next.lost, next.status), (false, 200));
}

#[test]
fn demand_again_settles_and_demands_payment_again() {
    let (mut sandbox, payer) = with_fault(Fault::DemandAgain);
    let answer = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert_eq!(challenge(&answer).0["amount"], "10000");
    assert_eq!(locked(&mut sandbox), "10000");
}

#[test]
fn redirect_sends_the_payment_elsewhere_unsettled() {
    let (mut sandbox, payer) = with_fault(Fault::Redirect);
    let answer = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert_eq!((answer.status, header_of(&answer, "location")), (307, Some("https://elsewhere.sandbox.test/")));
    assert_eq!(locked(&mut sandbox), "0");
    assert_eq!(get(&mut sandbox, "https://elsewhere.sandbox.test/", &[], NOW_S).status, 404);
}

#[test]
fn slow_settles_and_answers_late() {
    let (mut sandbox, payer) = with_fault(Fault::Slow);
    let answer = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert_eq!((answer.status, answer.delay_ms), (200, 3000));
    assert_eq!(buy(&mut sandbox, &payer, SHOP, 2, NOW_S).delay_ms, 0);
}

#[test]
fn conflict_reaches_the_payer_in_the_words_of_seller_and_facilitator_and_issues_nothing() {
    let (mut sandbox, payer) = with_fault(Fault::Conflict);
    let answer = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert_eq!(
        body_of(&answer),
        r#"{"error":"Settlement failed","details":"Facilitator settle failed (200): core guarantee request failed (409 Conflict): request failed, please retry"}"#
    );
    assert_eq!(locked(&mut sandbox), "0");
    assert_eq!(buy(&mut sandbox, &payer, SHOP, 1, NOW_S).status, 200);
}

#[test]
fn error_after_issue_hides_a_guarantee_that_exists() {
    let (mut sandbox, payer) = with_fault(Fault::ErrorAfterIssue);
    let answer = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert!(body_of(&answer).contains("(500 Internal Server Error): internal server error"), "{}", body_of(&answer));
    assert_eq!(locked(&mut sandbox), "10000");
    let again = buy(&mut sandbox, &payer, SHOP, 1, NOW_S);
    assert!(body_of(&again).contains("another guarantee with req_id 1 already exists"), "{}", body_of(&again));
}

#[test]
fn lies_about_amount_and_cycle_are_really_signed_and_change_one_word() {
    for (fault, word) in [(Fault::LyingAmount, 8), (Fault::LyingCycle, 4)] {
        let (mut lying, payer) = with_fault(fault);
        let mut honest = funded(json!({}), &[&payer]);
        let [lie, truth] = [&mut lying, &mut honest]
            .map(|sandbox| settlement(&buy(sandbox, &payer, SHOP, 1, NOW_S))["certificate"].clone());
        assert_eq!(verdict(&mut lying, &lie), Ok(()));
        let (lie, truth) = (bytes(text(&lie, "claims")), bytes(text(&truth, "claims")));
        let differing: Vec<usize> =
            (0..lie.len() / 32).filter(|at| lie[32 * at..][..32] != truth[32 * at..][..32]).collect();
        assert_eq!(differing, [word], "{fault:?}");
        assert_eq!(locked(&mut lying), "10000");
    }
}

#[test]
fn a_lying_signature_proves_nothing() {
    let (mut sandbox, payer) = with_fault(Fault::LyingSignature);
    let certificate = settlement(&buy(&mut sandbox, &payer, SHOP, 1, NOW_S))["certificate"].clone();
    assert!(verdict(&mut sandbox, &certificate).is_err());
    let certificate = settlement(&buy(&mut sandbox, &payer, SHOP, 2, NOW_S))["certificate"].clone();
    assert_eq!(verdict(&mut sandbox, &certificate), Ok(()));
}

#[test]
fn a_lie_waits_for_a_request_that_is_granted() {
    let (mut sandbox, payer) = with_fault(Fault::LyingSignature);
    let poor = Payer::new(9);
    assert_eq!(buy(&mut sandbox, &poor, SHOP, 1, NOW_S).status, 402);
    let certificate = settlement(&buy(&mut sandbox, &payer, SHOP, 1, NOW_S))["certificate"].clone();
    assert!(verdict(&mut sandbox, &certificate).is_err());
}
