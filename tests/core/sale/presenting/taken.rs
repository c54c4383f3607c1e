//! Payments that are taken, and what is made of them.

use std::collections::BTreeSet;
use std::rc::Rc;

use farthing::sale::Terms;
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
    let presented = presented.verify(None).unwrap_or_else(|error| panic!("{name}: {error:?}"));
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
