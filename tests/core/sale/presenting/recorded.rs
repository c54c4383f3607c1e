//! Payments that were recorded of 4Mica's own clients, honest and broken ones: what the recorded facilitator waved through
//! meets every check here.

use std::collections::BTreeMap;

use farthing::core4mica::Parameters;
use farthing::sale::{Presented, Refusal, Request};
use farthing::x402::Version;
use serde_json::{Value, json};

use super::shop::{encoded, request, terms};
use crate::support::files::{report, text, vector};

const URL: &str = "http://127.0.0.1:14000/premium";
const ASSET: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const PAY_TO: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const NOW_S: u64 = 1_795_227_810;

/// Presents to a seller of that price, whose core is the recorded one.
fn present(request: &Request<'_>, price: &str, window_s: u64, extra: &Value) -> Result<Presented, Refusal> {
    let options = json!({
        "facilitators": { "4mica-credit": { "url": "https://facilitator.example" } },
        "assets": [{ "network": "eip155:84532", "address": ASSET, "name": "Test", "version": "1", "decimals": 6 }],
        "cores": [{ "network": "eip155:84532", "url": "https://core.example" }],
    });
    let asked = json!({
        "scheme": "4mica-credit", "network": "eip155:84532", "payTo": PAY_TO, "maxTimeoutSeconds": window_s,
        "price": { "amount": price, "asset": ASSET }, "extra": extra,
    });
    let unverified = terms(&options, &asked).present(request, NOW_S)?;
    let document = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
    let parameters = Parameters::read(document.as_bytes(), &unverified.core().unwrap()).unwrap();
    unverified.verify(Some(&parameters))
}

#[test]
fn what_the_recorded_facilitator_was_sent_gets_our_own_verdict() {
    let expected = BTreeMap::from([
        ("amount_hex_ok_format", "ok"),
        ("amount_missing_v1", "ok"),
        ("amount_not_numeric", "ok"),
        ("empty_signature", "sale/signature-form"),
        ("future_timestamp", "sale/window"),
        // What it asks is nothing like the price.
        ("insufficient_collateral", "sale/mismatch"),
        ("stale_timestamp", "sale/window"),
        ("ts_sdk_settlePayment_body_shape_ok", "ok"),
        // Core knows, later.
        ("unregistered_user", "ok"),
        ("version_3", "sale/malformed"),
        ("version_absent_in_request_ok", "ok"),
        ("wrong_network_envelope", "sale/no-match"),
        ("wrong_network_requirements", "ok"),
        ("wrong_network_shorthand", "ok"),
        ("wrong_scheme", "sale/no-match"),
        ("wrong_signer", "sale/signature"),
        ("x402v1_eip191_ok", "sale/signature-form"),
        ("x402v1_ok", "ok"),
        ("x402v1_replayed", "ok"),
        ("x402v1_with_v2_claims", "ok"),
        ("x402v2_accepted_amount_differs_from_requirements", "sale/no-match"),
        ("x402v2_policy_mismatch_agent", "sale/mismatch"),
        ("x402v2_policy_mismatch_job", "sale/mismatch"),
        ("x402v2_policy_mismatch_registry", "sale/mismatch"),
        ("x402v2_policy_mismatch_tag", "sale/mismatch"),
        ("x402v2_policy_mismatch_validator", "sale/mismatch"),
        ("x402v2_requirements_demand_policy_but_v1_claims", "sale/mismatch"),
        ("x402v2_with_v1_claims_ok", "ok"),
        ("x402v2_with_v2_claims_ok", "ok"),
        ("zero_amount", "sale/mismatch"),
    ]);
    let mut found = BTreeMap::new();
    for (name, exchange) in vector("4mica/facilitator.json").as_object().unwrap() {
        let body = &exchange["verify"]["request"]["body"];
        let payment = &body["paymentPayload"];
        if payment.is_null() {
            continue;
        }
        let version = if payment["x402Version"] == 2 { Version::V2 } else { Version::V1 };
        let extra = match &body["paymentRequirements"]["extra"] {
            Value::Null => json!({}),
            extra => extra.clone(),
        };
        let verdict = present(&request(version, &encoded(payment), URL), "100", 60, &extra);
        let verdict = verdict.and_then(|presented| presented.fits_clock(NOW_S));
        found.insert(name.clone(), verdict.map_or_else(|refusal| refusal.code.as_str(), |()| "ok"));
    }
    let found: BTreeMap<&str, &str> = found.iter().map(|(name, verdict)| (name.as_str(), *verdict)).collect();
    assert_eq!(found, expected);
    report(&format!("4mica/facilitator.json: {} payments judged", found.len()));
}

#[test]
fn what_the_recorded_sellers_were_sent_gets_our_own_verdict() {
    let tab = json!({ "tabEndpoint": "http://127.0.0.1:14000/payment/tab" });
    let exchanges = vector("4mica/server-packages.json");
    let judged = |name: &str| {
        let headers = &exchanges[name]["request"]["headers"];
        let (version, value) = match headers["payment-signature"].as_str() {
            Some(value) => (Version::V2, value),
            None => (Version::V1, text(headers, "x-payment")),
        };
        present(&request(version, value, URL), "1000", 300, &tab)
    };
    let code = |name: &str| judged(name).map(drop).map_err(|refusal| (refusal.code.as_str(), refusal.facts));
    let refused = |code: &'static str, facts: &str| Err((code, facts.to_owned()));
    assert_eq!(code("express_paid_handmade_random_req_id_ok"), Ok(()));
    let [first, again] = ["express_paid_handmade_random_req_id_ok", "express_replayed_header"].map(judged);
    assert_eq!(first.unwrap().claim(), again.unwrap().claim());
    let rewritten = code("express_paid_sdk_header_with_rewritten_tabEndpoint");
    assert_eq!(rewritten, refused("sale/no-match", "extra"));
    let envelope = code("express_x_payment_header_v2_envelope");
    assert_eq!(envelope, refused("sale/malformed", "x402Version, in X-PAYMENT"));
    assert_eq!(code("express_wrong_amount"), refused("sale/mismatch", "amount"));
    let signer = code("express_wrong_signer_verify_passes_settle_fails");
    assert_eq!(signer.unwrap_err().0, "sale/signature");
    // Names of the scheme that nobody published are no names of it.
    assert_eq!(code("mono_paywall_underpayment_1_unit"), refused("sale/no-match", "scheme"));
}
