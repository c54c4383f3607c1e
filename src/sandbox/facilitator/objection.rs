//! A payment held against requirements, structurally: signatures, time, replays and collateral are core's affair.
//!
//! # Source
//! Texts and order recorded in `4mica/facilitator.json`; protocol notes F1 to F4.

use alloc::format;
use alloc::string::{String, ToString};

use super::payment::Payment;
use crate::json::{Node, Value};
use crate::primitives::{Amount, hex};
use crate::sandbox::core::Policy;

/// What the facilitator objects to, if anything.
pub(super) fn to(payment: &Payment<'_, '_>, network: &str) -> Option<String> {
    check(payment, network).err()
}

fn check(payment: &Payment<'_, '_>, network: &str) -> Result<(), String> {
    let terms = &payment.terms;
    if payment.stated.is_some_and(|stated| stated != payment.version) {
        return Err(String::from("x402Version does not match paymentPayload"));
    }
    let required = |name: &str| payment.requirements.member(name).and_then(|node| node.text()).unwrap_or_default();
    for (scheme, stated) in [(payment.scheme, payment.network), (required("scheme"), required("network"))] {
        if scheme != "4mica-credit" {
            return Err(format!("unsupported scheme {scheme}"));
        }
        if stated != network {
            return Err(format!("unsupported network {stated}"));
        }
    }
    let name = if payment.version == 1 { "maxAmountRequired" } else { "amount" };
    if required(name).is_empty() {
        return Err(format!("{name} cannot be empty"));
    }
    let amount = decimal(required(name))?;
    if !terms.has_signature {
        return Err(String::from("signature cannot be empty"));
    }
    if !terms.recipient.eq_ignore_ascii_case(required("payTo")) {
        return Err(format!("claim recipient {} does not match payTo {}", terms.recipient, required("payTo")));
    }
    if !terms.asset.eq_ignore_ascii_case(required("asset")) {
        return Err(format!("claim asset {} does not match asset {}", terms.asset, required("asset")));
    }
    if terms.amount != amount {
        return Err(format!("claim amount {} does not match {name} {amount}", terms.amount));
    }
    if amount.is_zero() {
        return Err(String::from("claim amount is zero"));
    }
    match (&terms.policy, payment.requirements.member("extra")) {
        (Some(policy), Some(extra)) => check_policy(policy, extra),
        _ => Ok(()),
    }
}

fn decimal(text: &str) -> Result<Amount, String> {
    if let Some(amount) = Amount::from_hex_quantity(text) {
        return Ok(amount);
    }
    if let Some(stranger) = text.chars().find(|character| !character.is_ascii_digit()) {
        return Err(format!("invalid decimal amount: invalid digit: {stranger}"));
    }
    let significant = text.trim_start_matches('0');
    let canonical = if significant.is_empty() { "0" } else { significant };
    Amount::from_decimal(canonical).map_err(|_| String::from("invalid decimal amount: number too large"))
}

/// A policy in the requirements is compared where it is given; claims without one meet any (notes F4).
fn check_policy(policy: &Policy, extra: &Node<'_>) -> Result<(), String> {
    let plain = |label: &str, ours: &str, wanted: &str| format!("{label} {ours} does not match requirement {wanted}");
    let quoted =
        |label: &str, ours: &str, wanted: &str| format!("{label} '{ours}' does not match requirement '{wanted}'");
    let same_case = |ours: &str, wanted: &str| ours.eq_ignore_ascii_case(wanted);
    let exactly = |ours: &str, wanted: &str| ours == wanted;
    type Words<'f> = &'f dyn Fn(&str, &str, &str) -> String;
    type Same<'f> = &'f dyn Fn(&str, &str) -> bool;
    let rules: [(&str, &str, String, &str, Words<'_>, Same<'_>); 6] = [
        (
            "validationRegistryAddress",
            "validation_registry_address",
            policy.registry.checksummed(),
            "validation registry",
            &plain,
            &same_case,
        ),
        (
            "validatorAddress",
            "validator_address",
            policy.validator.checksummed(),
            "validator address",
            &plain,
            &same_case,
        ),
        (
            "validatorAgentId",
            "validator_agent_id",
            policy.agent_id.to_string(),
            "validator agent id",
            &plain,
            &same_number,
        ),
        (
            "minValidationScore",
            "min_validation_score",
            policy.min_score.to_string(),
            "min validation score",
            &plain,
            &same_number,
        ),
        ("jobHash", "job_hash", hex::encode(&policy.job_hash), "job hash", &quoted, &same_case),
        (
            "requiredValidationTag",
            "required_validation_tag",
            policy.tag.clone(),
            "required validation tag",
            &quoted,
            &exactly,
        ),
    ];
    for (camel, snake, ours, label, words, is_same) in rules {
        let wanted = extra.member(camel).or_else(|| extra.member(snake)).and_then(spelled);
        if let Some(wanted) = wanted.filter(|wanted| !is_same(&ours, wanted)) {
            return Err(words(label, &ours, wanted));
        }
    }
    Ok(())
}

fn same_number(ours: &str, wanted: &str) -> bool {
    ours == wanted || Amount::from_hex_quantity(wanted).is_some_and(|wanted| wanted.to_string() == ours)
}

fn spelled<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Number(digits) => Some(digits),
        _ => node.text(),
    }
}
