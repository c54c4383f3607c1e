//! Buying from the sandbox's sellers in both versions of x402, and what 4Mica's own server package answered.

use farthing::scheme::guarantee::bls::{OperatorKey, verify};
use farthing::x402::header;
use serde_json::{Value, json};

use crate::payer::*;
use crate::recording::*;
use crate::support::files::{bytes, fixed, text, vector};

const SHOP: &str = "https://seller-1.sandbox.test/report?day=1";

#[test]
fn a_paid_answer_carries_a_certificate_that_verifies_under_the_pinned_key() {
    for version in [1, 2] {
        let payer = Payer::new(1);
        let mut sandbox = funded(json!({ "sellers": [{ "price": "250", "x402Version": version }] }), &[&payer]);
        let key = bytes(text(&description(&mut sandbox)["cores"][0], "operatorKey"));
        let answer = buy(&mut sandbox, &payer, SHOP, 7, NOW_S);
        assert_eq!(body_of(&answer), r#"{"paid":true,"seller":1,"path":"/report"}"#);
        let certificate = settlement(&answer)["certificate"].clone();
        let (claims, signature) = (bytes(text(&certificate, "claims")), fixed::<96>(text(&certificate, "signature")));
        assert_eq!(verify(&OperatorKey::from_slice(&key).unwrap(), &claims, &signature), Ok(()));
        // Amount: the sixth word of the nine, after version, offset and length.
        assert_eq!(claims[8 * 32..9 * 32], alloy_primitives::U256::from(250).to_be_bytes::<32>());

        let url = format!("https://core.sandbox.test/core/users/{}/assets/{USDC_SEPOLIA}", payer.text());
        let token = bearer(&mut sandbox, &payer.text(), NOW_S);
        let balance = json_of(&get(&mut sandbox, &url, &[("authorization", &token)], NOW_S));
        assert_eq!((text(&balance, "total"), text(&balance, "locked")), ("0xf4240", "0xfa"));
    }
}

const USDC_SEPOLIA: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";

#[test]
fn every_seller_has_its_own_host_price_and_recipient_and_a_free_path() {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({ "sellers": [{ "price": "1" }, { "price": "2" }, { "price": "3" }] }), &[&payer]);
    for seller in 1..=3 {
        let url = format!("https://seller-{seller}.sandbox.test/");
        let (entry, _) = challenge(&get(&mut sandbox, &url, &[], NOW_S));
        assert_eq!(entry["amount"], seller.to_string());
        assert_eq!(entry["payTo"], description(&mut sandbox)["sellers"][seller - 1]["payTo"]);
        assert_eq!(json_of(&buy(&mut sandbox, &payer, &url, 1, NOW_S))["seller"], seller);
        assert_eq!(body_of(&get(&mut sandbox, &format!("{url}free"), &[], NOW_S)), r#"{"free":true}"#);
    }
    for absent in ["https://seller-4.sandbox.test/", "https://sandbox.test/", "https://seller-1.sandbox.test.evil/"] {
        assert_eq!(get(&mut sandbox, absent, &[], NOW_S).status, 404, "{absent}");
    }
}

#[test]
fn a_payment_that_is_not_the_price_is_asked_for_again() {
    let payer = Payer::new(1);
    let mut sandbox = funded(json!({}), &[&payer]);
    let (entry, version) = challenge(&get(&mut sandbox, SHOP, &[], NOW_S));
    let cheap = Order { amount: 1, ..order(&entry, 1, NOW_S) };
    let mut lowered = entry.clone();
    lowered["amount"] = json!("1");
    let mut extended = entry.clone();
    extended["memo"] = json!("x");
    let mut shortened = entry.clone();
    shortened.as_object_mut().unwrap().remove("maxTimeoutSeconds");
    for (accepted, error) in [
        (&entry, "claim amount 1 does not match amount 10000"),
        (&lowered, "No matching payment requirements"),
        (&extended, "No matching payment requirements"),
        (&shortened, "No matching payment requirements"),
    ] {
        let (name, value) = payment(accepted, version, payer.claims(cheap));
        let answer = get(&mut sandbox, SHOP, &[(name, &value)], NOW_S);
        assert_eq!(challenge(&answer).0, entry);
        let required = header::decode(header_of(&answer, "payment-required").unwrap()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&required).unwrap()["error"], error);
    }
    for value in ["", "not base64", "bm8ganNvbg=="] {
        assert_eq!(get(&mut sandbox, SHOP, &[("payment-signature", value)], NOW_S).status, 402, "{value}");
    }
}

#[test]
fn sellers_answer_as_the_server_package_of_4mica_was_recorded_to() {
    let extra = json!({ "tabEndpoint": "http://127.0.0.1:14000/payment/tab" });
    let seller = json!({ "price": "1000", "payTo": RECIPIENT, "asset": USDC, "extra": extra });
    let mut sandbox = recorded(json!({ "cycleSeconds": 3600, "sellers": [seller] }));
    let recording = vector("4mica/server-packages.json");
    for name in [
        "express_402_json",
        "express_paid_handmade_random_req_id_ok",
        "express_replayed_header",
        "express_x_payment_header_v2_envelope",
        "express_wrong_amount",
        "express_wrong_signer_verify_passes_settle_fails",
    ] {
        let (request, expected) = (&recording[name]["request"], &recording[name]["response"]);
        let headers: Vec<(&str, &str)> = request["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let answer = get(&mut sandbox, "https://seller-1.sandbox.test/premium", &headers, 1795227841);
        assert_eq!(u64::from(answer.status), expected["status"].as_u64().unwrap(), "{name}");
        let recorded = |header: &str| expected["headers"][header].as_str();
        assert_eq!(header_of(&answer, "payment-response"), recorded("payment-response"), "{name}");
        if answer.status == 402 {
            assert_eq!(json_of(&answer), expected["body"], "{name}");
        }
        let terms = |value: Option<&str>| -> Option<Value> {
            let mut terms: Value = serde_json::from_slice(&header::decode(value?).unwrap()).unwrap();
            // Where the seller is, and how it describes its content.
            terms["resource"].take().as_object().unwrap();
            Some(terms)
        };
        let ours = terms(header_of(&answer, "payment-required"));
        assert_eq!(ours, terms(recorded("payment-required")), "{name}");
    }
}
