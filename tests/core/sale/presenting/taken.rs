//! Payments that are taken, our own payer's and recorded ones of others, and what is made of them. Of what 4Mica's
//! facilitator waved through, much is not.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use farthing::core4mica::Parameters;
use farthing::sale::{Presented, Refusal, Request, Terms};
use farthing::x402::Version;
use serde_json::{Value, json};

use super::shop::{PLACE, Shop, encoded, options, request, terms};
use crate::driver::scene::{FLOWS, Flow, SELLER, decoded};
use crate::driver::{NOW_S, payer_key};
use crate::support::files::{report, text, vector};

#[test]
fn what_our_own_payer_makes_of_a_challenge_is_taken_in_both_versions_and_all_four_generations() {
    let mut claims = BTreeSet::new();
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let presented = shop.present(&payment).unwrap_or_else(|refusal| panic!("{flow:?}: {refusal:?}"));
        assert_eq!(presented.payer(), payer_key().address(), "{flow:?}");
        assert_eq!(presented.version(), shop.version(), "{flow:?}");
        assert_eq!(presented.fits_clock(NOW_S), Ok(()), "{flow:?}");
        assert_eq!(presented.offer(), &*shop.terms.offers()[0], "{flow:?}");
        let id = presented.claim();
        assert!(id.len() == 69 && id.starts_with("sale-"), "{id}");
        claims.insert(id.to_owned());
    }
    // All share nonce and time here. Both versions of `exact` sign the same transfer, and the guarantees of generations 2
    // and 3 have one name, with a validation or without: whoever reuses a request id has one claim.
    assert_eq!(claims.len(), FLOWS.len() - 3);
}

#[test]
fn what_facilitators_are_sent_is_ours_but_for_what_was_signed() {
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let mut payment = shop.payment();
        let payload = payment["payload"].clone();
        let plain = shop.present(&payment).unwrap();
        // Whatever else a client writes stays here.
        payment["payload"]["permit2Authorization"] = json!({ "from": SELLER });
        payment["extensions"] = json!({ "x": { "info": "y".repeat(500) } });
        payment["note"] = json!("hello");
        let presented = shop.present(&payment).unwrap();
        for version in [Version::V1, Version::V2] {
            let (sent, requirements) = presented.facilitator_body(version);
            let (as_plain, requirements_of_plain) = plain.facilitator_body(version);
            assert_eq!((&*sent, &requirements), (&*as_plain, &requirements_of_plain), "{flow:?}");
            let [sent, requirements] =
                [&*sent, requirements.as_str()].map(|text| serde_json::from_str::<Value>(text).unwrap());
            assert_eq!(sent["payload"], payload, "{flow:?}");
            assert_eq!(sent["x402Version"], version.number(), "{flow:?}");
            let (header, body) = shop.challenge();
            match version {
                Version::V1 => {
                    let (scheme, network) = (&sent["scheme"], &sent["network"]);
                    assert_eq!((&requirements["scheme"], &requirements["network"]), (scheme, network), "{flow:?}");
                    assert_eq!(requirements, body["accepts"][0], "{flow:?}");
                    assert_eq!(requirements["resource"], PLACE);
                }
                Version::V2 => {
                    assert_eq!((&sent["accepted"], &requirements), (&requirements, &header["accepts"][0]), "{flow:?}");
                    assert_eq!(sent["resource"], header["resource"], "{flow:?}");
                    assert_eq!(sent.as_object().unwrap().len(), 4, "{flow:?}");
                }
            }
        }
    }
}

#[test]
fn records_are_told_what_was_sold_and_nothing_that_can_be_presented() {
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let presented = shop.present(&payment).unwrap();
        let (request, terms, attempt) = (presented.request_facts(), presented.terms_facts(), presented.attempt_facts());
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/weather"));
        assert_eq!((request.seller.as_str(), &request.hash), ("https://api.example.com", presented.binding()));
        let (network, price) = match flow {
            Flow::ExactV1 | Flow::ExactV2 => ("eip155:8453", "0.01 USD"),
            _ => ("eip155:84532", "0.02 USD"),
        };
        assert_eq!((terms.network.as_str(), terms.price.as_deref()), (network, Some(price)));
        assert_eq!((terms.pay_to.checksummed().as_str(), terms.version), (SELLER, shop.version().number()));
        assert_eq!(attempt.payer, payer_key().address());
        assert_eq!(attempt.valid_before_s, presented.valid_before_s());
        let said =
            format!("{request:?}{terms:?}{attempt:?}{presented:?}{:?}", presented.facilitator_body(Version::V2).0);
        let signature = text(&payment["payload"], "signature");
        assert!(!said.contains(&signature[2..20]) && !said.contains("topsecret"), "{said}");
    }
}

#[test]
fn recorded_payments_of_official_clients_are_taken() {
    let asked = json!({
        "network": "eip155:84532", "payTo": "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "price": "0.01 USD",
        "maxTimeoutSeconds": 120,
    });
    let terms = terms(&options(Flow::ExactV2), &asked);
    let mut taken = 0;
    for name in ["v1-express", "v1-hono", "v1-hono-v2client", "v2-express", "v2-hono"] {
        for entry in vector(&format!("transcripts/{name}.json")).as_array().unwrap() {
            let head = text(entry, "head");
            let Some((version, value)) = payment_of(head) else { continue };
            let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
            let url = format!("http://{host}{}", head.split(' ').nth(1).unwrap());
            taken += usize::from(check(&terms, version, value, &url, name));
        }
    }
    report(&format!("transcripts: {taken} payments taken"));
    assert_eq!(taken, 10);
}

// Whether a request was recorded with a payment that can be read; one of each recording is broken on purpose.
fn check(terms: &Rc<Terms>, version: Version, value: &str, url: &str, name: &str) -> bool {
    if value.starts_with('!') {
        return false;
    }
    let payment = decoded(value);
    let presented =
        terms.present(&request(version, value, url), NOW_S).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let presented = presented.verify(&[0; 32], None).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let before: u64 = text(&payment["payload"]["authorization"], "validBefore").parse().unwrap();
    // Signed for the two minutes that were offered.
    assert_eq!(presented.fits_clock(before - 120), Ok(()), "{name}");
    assert_eq!(presented.payer().checksummed(), payment["payload"]["authorization"]["from"], "{name}");
    // An official facilitator was sent the same.
    let sent: Value = serde_json::from_str(&presented.facilitator_body(version).0).unwrap();
    assert_eq!(sent["payload"], payment["payload"], "{name}");
    assert_eq!(encoded(&payment).len(), value.len(), "{name}");
    true
}

fn payment_of(head: &str) -> Option<(Version, &str)> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "x-payment" => Some((Version::V1, value)),
            "payment-signature" => Some((Version::V2, value)),
            _ => None,
        }
    })
}

const PREMIUM: &str = "http://127.0.0.1:14000/premium";
const TEST_TOKEN: &str = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const PAY_TO: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const RECORDED_S: u64 = 1_795_227_810;

/// Presents to a seller of that price, whose core is the recorded one.
fn present_guarantee(request: &Request<'_>, price: &str, window_s: u64, extra: &Value) -> Result<Presented, Refusal> {
    let options = json!({
        "facilitators": { "4mica-credit": { "url": "https://facilitator.example" } },
        "assets": [{ "network": "eip155:84532", "address": TEST_TOKEN, "name": "Test", "version": "1", "decimals": 6 }],
        "cores": [{ "network": "eip155:84532", "url": "https://core.example" }],
    });
    let asked = json!({
        "scheme": "4mica-credit", "network": "eip155:84532", "payTo": PAY_TO, "maxTimeoutSeconds": window_s,
        "price": { "amount": price, "asset": TEST_TOKEN }, "extra": extra,
    });
    let unverified = terms(&options, &asked).present(request, RECORDED_S)?;
    let document = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
    let parameters = Parameters::read(document.as_bytes(), &unverified.core().unwrap()).unwrap();
    unverified.verify(&[0; 32], Some(&parameters))
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
        let verdict = present_guarantee(&request(version, &encoded(payment), PREMIUM), "100", 60, &extra);
        let verdict = verdict.and_then(|presented| presented.fits_clock(RECORDED_S));
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
        present_guarantee(&request(version, value, PREMIUM), "1000", 300, &tab)
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
