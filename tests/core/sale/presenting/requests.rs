//! What a payment is bound to: the request it came with, and the time it came in.

use std::collections::BTreeSet;

use farthing::core4mica::Parameters;
use farthing::primitives::keccak256;
use farthing::sale::{Place, Request};
use farthing::x402::Version;
use serde_json::json;

use super::shop::{Shop, encoded, options, refused, request};
use crate::driver::NOW_S;
use crate::driver::scene::{FLOWS, Flow, RESOURCE, SELLER, URL};

#[test]
fn a_payment_is_bound_to_method_origin_path_query_and_body() {
    let shop = Shop::new(Flow::ExactV1);
    let value = encoded(&shop.payment());
    let plain = request(Version::V1, &value, URL);
    let mut bindings = BTreeSet::new();
    let mut claims = BTreeSet::new();
    let requests = [
        plain,
        Request { method: "POST", ..plain },
        Request { method: "get", ..plain },
        Request { url: "https://api.example.com/weather?key=other", ..plain },
        Request { url: RESOURCE, ..plain },
        Request { url: "https://api.example.com/weather/", ..plain },
        Request { url: "https://api.example.com/Weather", ..plain },
        Request { url: "https://api.example.com/we%61ther", ..plain },
        Request { url: "https://api.example.com./weather?key=topsecret", ..plain },
        Request { url: "http://api.example.com/weather?key=topsecret", ..plain },
        Request { url: "https://api.example.com:8443/weather?key=topsecret", ..plain },
    ];
    let count = requests.len() + 1;
    let bodiless = requests.map(|request| shop.request(&request).unwrap());
    let bodied = shop.with_body(&plain, &keccak256(b"{}")).unwrap();
    for presented in bodiless.into_iter().chain([bodied]) {
        bindings.insert(*presented.binding());
        claims.insert(presented.claim().to_owned());
    }
    // One payment, whatever it is presented for.
    assert_eq!((bindings.len(), claims.len()), (count, 1));
    let fragment = format!("{URL}#part");
    let same = shop.request(&Request { url: &fragment, ..plain }).unwrap();
    assert!(bindings.contains(same.binding()), "fragments are the browser's own");
}

#[test]
fn a_path_with_two_readings_is_refused_paid_or_not() {
    let shop = Shop::new(Flow::ExactV1);
    let value = encoded(&shop.payment());
    for path in [
        "/paid/%2e%2e/free",
        "/paid/%2E/",
        "/paid%2ffree",
        "/paid%2Ffree",
        "/paid%5cfree",
        "/paid\\free",
        "/paid%00",
        "/paid%0d%0aX-Original-URL:%20/free",
        "/paid%7f",
        "/paid%252e",
        "/paid%",
        "/paid%c",
        "/paid%zz",
        "/paid%c0",
        "/paid%c0%af",
        "/paid%ff",
        "/paid%ed%a0%80",
        "//paid",
        "/paid//",
        "/a//b",
        "/paid;a=b",
        "/paid%3Ba=b",
        "/pa id",
        "/p\u{e4}id",
    ] {
        let url = format!("https://api.example.com{path}");
        assert_eq!(shop.terms.place(&url).unwrap_err().code.as_str(), "sale/url", "{path}");
        assert_eq!(refused(shop.request(&request(Version::V1, &value, &url))).0, "sale/url", "{path}");
    }
    let long = format!("https://api.example.com/{}", "a".repeat(8192));
    for url in
        ["", "/paid", "ftp://api.example.com/", "https://u:p@api.example.com/", "HTTPS://api.example.com/", &long]
    {
        assert_eq!(shop.terms.place(url).unwrap_err().code.as_str(), "sale/url", "{url}");
    }
    for path in ["/", "/paid", "/a/b.c/", "/caf%C3%A9", "/a%20b", "/~a/..b/c...", "/a?b=//;%00%zz", "/a,b=c&d@e:f!"] {
        assert!(shop.terms.place(&format!("https://api.example.com{path}")).is_ok(), "{path}");
    }
}

#[test]
fn the_public_origin_takes_the_place_of_what_requests_say() {
    let mut options = options(Flow::ExactV2);
    options["origin"] = json!("https://api.example.com");
    let shop = Shop::with(Flow::ExactV2, &options, &super::shop::asked(Flow::ExactV2));
    let value = encoded(&shop.payment());
    let inside = "http://10.0.0.7:3000/weather?key=topsecret";
    let (direct, proxied) = (request(Version::V2, &value, URL), request(Version::V2, &value, inside));
    assert_eq!(shop.request(&direct).unwrap().binding(), shop.request(&proxied).unwrap().binding());
    assert_eq!(shop.terms.place(inside).unwrap().resource(), RESOURCE);
    // Without it the payment is for another place.
    let shop = Shop::new(Flow::ExactV2);
    assert_eq!(refused(shop.request(&proxied)), ("sale/mismatch", "resource.url".to_owned()));
    let origin = Place::parse(inside, None).unwrap().resource();
    assert_eq!(origin, "http://10.0.0.7:3000/weather");
}

#[test]
fn a_new_claim_has_time_left_and_not_too_much() {
    for flow in FLOWS {
        let presented = Shop::new(flow).present(&Shop::new(flow).payment()).unwrap();
        let at = |now_s: u64| presented.fits_clock(now_s).map_err(|refusal| (refusal.code.as_str(), refusal.facts));
        let late = |field: &str| Err(("sale/window", field.to_owned()));
        match presented.valid_before_s() {
            Some(before_s) => {
                assert_eq!(at(before_s - 6), Ok(()), "{flow:?}");
                assert_eq!(at(before_s - 5), late("validBefore"), "{flow:?}");
                assert_eq!(at(before_s + 1_000_000), late("validBefore"), "{flow:?}");
                assert_eq!(at(0), late("validAfter"), "{flow:?}");
            }
            None => {
                let signed_s = NOW_S - 2..=NOW_S;
                let (first, last) = (signed_s.start() - 58, signed_s.end() + 58);
                assert_eq!((at(first), at(last)), (Ok(()), Ok(())), "{flow:?}");
                for now_s in [0, NOW_S - 63, NOW_S + 61, u64::MAX] {
                    assert_eq!(at(now_s), late("timestamp"), "{flow:?} {now_s}");
                }
            }
        }
    }
}

#[test]
fn a_transfer_from_the_future_or_for_years_is_refused() {
    use farthing::primitives::{Address, Amount};
    use farthing::scheme::exact::TransferAuthorization;

    let shop = Shop::new(Flow::ExactV2);
    let offer = shop.terms.offers()[0].clone();
    let key = crate::driver::payer_key();
    let signed = |valid_after_s: u64, valid_before_s: u64| {
        let (from, to) = (key.address(), Address::parse(SELLER).unwrap());
        let value = Amount::from_u64(10_000);
        let transfer = TransferAuthorization { from, to, value, valid_after_s, valid_before_s, nonce: [9; 32] };
        let signature = crate::driver::core::signed(&transfer.digest(&offer.asset), &k256_key());
        let mut payment = shop.payment();
        payment["payload"] = serde_json::from_str(&transfer.payload(&crate::driver::core::hex(&signature))).unwrap();
        shop.present(&payment).unwrap().fits_clock(NOW_S).map_err(|refusal| refusal.facts)
    };
    let (after, before) = (Err("validAfter".to_owned()), Err("validBefore".to_owned()));
    for (valid_after_s, valid_before_s, verdict) in [
        (0, NOW_S + 6, Ok(())),
        (NOW_S, NOW_S + 6, Ok(())),
        (NOW_S + 1, NOW_S + 60, after.clone()),
        (u64::MAX, NOW_S + 60, after),
        (0, NOW_S + 1, before.clone()),
        (0, NOW_S + 5, before.clone()),
        (0, 0, before.clone()),
        // The minute that was offered, and ten for clocks.
        (0, NOW_S + 660, Ok(())),
        (0, NOW_S + 661, before.clone()),
        (0, NOW_S + 315_360_000, before.clone()),
        (0, u64::MAX, before),
    ] {
        assert_eq!(signed(valid_after_s, valid_before_s), verdict, "{valid_after_s} {valid_before_s}");
    }
}

fn k256_key() -> k256::ecdsa::SigningKey {
    k256::ecdsa::SigningKey::from_slice(&[0x11; 32]).unwrap()
}

#[test]
fn what_was_paid_before_terms_changed_is_found_again_and_nothing_else() {
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let honest = shop.present(&payment).unwrap();
        let mut dearer = super::shop::asked(flow);
        (dearer["price"], dearer["maxTimeoutSeconds"]) = (json!("0.05 USD"), json!(200));
        let dearer = Shop::with(flow, &options(flow), &dearer);
        let (code, _) = dearer.refusal(&payment);
        assert!(["sale/no-match", "sale/mismatch"].contains(&code), "{flow:?}: {code}");
        let trace = |payment: &serde_json::Value| {
            let value = encoded(payment);
            let trace = dearer.terms.trace(&request(shop.version(), &value, URL))?;
            let document = crate::driver::core::parameters(flow).to_string();
            let parameters = trace.core().map(|core| Parameters::read(document.as_bytes(), core).unwrap());
            trace.verify(&[0; 32], parameters.as_ref())
        };
        let found = trace(&payment).unwrap_or_else(|| panic!("{flow:?}"));
        assert_eq!((found.claim.as_str(), &found.binding), (honest.claim(), honest.binding()), "{flow:?}");
        assert_eq!(found.digest, honest.attempt_facts().digest, "{flow:?}");
        // Whatever was not signed by the payer it names leads nowhere.
        let mut signature = payment["payload"]["signature"].as_str().unwrap().to_owned();
        signature.replace_range(10..12, if &signature[10..12] == "00" { "01" } else { "00" });
        let mut forged = payment.clone();
        forged["payload"]["signature"] = json!(signature);
        assert_eq!(trace(&forged), None, "{flow:?}");
    }
}
