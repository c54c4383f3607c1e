//! Guarantees as the recordings spell them, read without the code under test.

use farthing::primitives::Amount;
use farthing::scheme::guarantee::{CycleClaims, Form, HouseValidation, PaymentAuthorization, Validation};
use serde_json::Value;

use super::files::{bytes, fixed, text};

/// Claims of generation 2 from their wire form; `None` where the recording misspells them on purpose.
pub fn cycle_claims(wire: &Value, domain: &Value) -> Option<CycleClaims> {
    let validation = match wire.get("validation_registry_address") {
        None => None,
        Some(_) => Some(Validation {
            registry: address(wire, "validation_registry_address")?,
            chain_id: wire["validation_chain_id"].as_u64(),
            validator: address(wire, "validator_address")?,
            agent_id: quantity(wire, "validator_agent_id")?,
            min_score: u8::try_from(wire["min_validation_score"].as_u64()?).ok()?,
            job_hash: fixed(text(wire, "job_hash")),
            tag: wire["required_validation_tag"].as_str().unwrap_or_default().to_owned(),
        }),
    };
    Some(CycleClaims {
        name: text(domain, "name").to_owned(),
        version: text(domain, "version").to_owned(),
        chain_id: domain["chainId"].as_u64()?,
        user: address(wire, "user_address")?,
        recipient: address(wire, "recipient_address")?,
        req_id: quantity(wire, "req_id")?,
        amount: quantity(wire, "amount")?,
        asset: address(wire, "asset_address")?,
        timestamp_s: wire["timestamp"].as_u64()?,
        form: Form::Cycle { validation },
    })
}

/// A payment authorisation of generation 4 from its wire form.
pub fn payment_authorization(wire: &Value, domain: &Value) -> PaymentAuthorization {
    let validation = wire.get("validation").map(|validation| HouseValidation {
        validator: text(validation, "validator").to_owned(),
        subject: fixed(text(validation, "subject")),
        deadline_s: validation["deadline"].as_u64().unwrap_or_default(),
        params: bytes(text(validation, "params")),
    });
    PaymentAuthorization {
        chain_id: domain["chain_id"].as_u64().unwrap(),
        clearing_house: address(domain, "verifying_contract").unwrap(),
        payer: address(wire, "user_address").unwrap(),
        recipient: address(wire, "recipient_address").unwrap(),
        cycle_id: fixed(text(wire, "cycle_id")),
        asset: address(wire, "asset_address").unwrap(),
        amount: quantity(wire, "amount").unwrap(),
        req_id: quantity(wire, "req_id").unwrap(),
        timestamp_s: wire["timestamp"].as_u64().unwrap(),
        salt: fixed(text(wire, "salt")),
        validation,
    }
}

// By its bytes alone: Core takes any case.
fn address(wire: &Value, key: &str) -> Option<farthing::primitives::Address> {
    let digits = wire[key].as_str()?;
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    (digits.len() == 40 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
        .then(|| farthing::primitives::Address::from_bytes(fixed(digits)))
}

// Core takes hexadecimal and decimal texts, and numbers.
fn quantity(wire: &Value, key: &str) -> Option<Amount> {
    match &wire[key] {
        Value::String(text) if text.starts_with("0x") => Amount::from_hex_quantity(text),
        Value::String(text) => Amount::from_decimal(text).ok(),
        Value::Number(number) => number.as_u64().map(Amount::from_u64),
        _ => None,
    }
}
