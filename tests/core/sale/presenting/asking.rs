//! What a route asks for: options and terms that are refused by name, and the challenge that is made of the others.

use std::rc::Rc;

use farthing::error::SaleCode;
use farthing::sale::{Paywall, Refusal, Release, Terms};
use farthing::x402::{Challenge, header};
use serde_json::{Value, json};

use super::shop::{Shop, asked, options, terms};
use crate::driver::scene::{Flow, RESOURCE, SELLER, URL, USDC, USDC_SEPOLIA, decoded};
use crate::driver::{NOW_S, core};

fn problem(options: &Value, asked: &Value) -> String {
    let paywall = match Paywall::parse(options.to_string().as_bytes()) {
        Ok(paywall) => Rc::new(paywall),
        Err(error) => return error.field,
    };
    Terms::parse(&paywall, asked.to_string().as_bytes()).map(|_| String::new()).unwrap_or_else(|error| error.field)
}

#[test]
fn an_option_that_cannot_be_meant_is_named() {
    let with = |field: &str, value: Value| {
        let mut options = options(Flow::ExactV2);
        options[field] = value;
        options
    };
    let asked = asked(Flow::ExactV2);
    assert_eq!(problem(&options(Flow::ExactV2), &asked), "");
    for (options, field) in [
        (json!([]), "options"),
        (with("facilitator", json!("https://x.example")), "facilitator"),
        (with("facilitators", json!("https://x.example")), "facilitators"),
        (with("facilitators", json!({ "upto": {} })), "upto"),
        (with("facilitators", json!({ "exact": {} })), "facilitators.exact.url"),
        (with("facilitators", json!({ "exact": { "url": "http://x.example" } })), "facilitators.exact.url"),
        (with("facilitators", json!({ "exact": { "url": "https://x.example/?key=1" } })), "facilitators.exact.url"),
        (with("facilitators", json!({ "exact": { "url": "https://u:p@x.example" } })), "facilitators.exact.url"),
        (
            with("facilitators", json!({ "exact": { "url": "https://x.example", "x402Version": 3 } })),
            "facilitators.exact.x402Version",
        ),
        (with("facilitators", json!({ "exact": { "url": "https://x.example", "key": "" } })), "facilitators.exact.key"),
        (with("facilitators", json!({})), "scheme"),
        (with("assets", json!([{}])), "assets"),
        (with("cores", json!([{}])), "cores"),
        (with("rpc", json!(["base"])), "rpc"),
        (with("rpc", json!({})), "rpc"),
        (with("release", json!("later")), "release"),
        (with("release", json!({ "optimistic": {} })), "release"),
        (with("release", json!({ "optimistic": { "cap": "1" } })), "release"),
        (with("release", json!({ "optimistic": { "cap": "1 EUR" } })), "release"),
        (with("evidenceAbove", json!(10)), "evidenceAbove"),
        (with("handlerTimeoutMs", json!(0)), "handlerTimeoutMs"),
        (with("timeoutMs", json!(1.5)), "timeoutMs"),
        (with("signIn", json!("yes")), "signIn"),
        (with("signIn", json!({ "statement": "two\nlines" })), "signIn"),
        (with("paymentIdentifier", json!(true)), "paymentIdentifier"),
        (with("origin", json!("api.example.com")), "origin"),
        (with("origin", json!("https://api.example.com/base")), "origin"),
        (with("policy", json!({})), "policy"),
    ] {
        assert_eq!(problem(&options, &asked), field, "{options}");
    }
    assert_eq!(problem(&with("facilitators", json!({ "exact": { "url": "http://localhost:4022" } })), &asked), "");
}

#[test]
fn terms_that_cannot_be_meant_paid_or_settled_are_named() {
    let with = |field: &str, value: Value| {
        let mut asked = asked(Flow::ExactV2);
        asked[field] = value;
        asked
    };
    let credit = |field: &str, value: Value| {
        let mut asked = asked(Flow::CycleV1);
        asked[field] = value;
        asked
    };
    let all = |field: &str, value: Value| {
        let mut terms = json!({ "accepts": asked(Flow::ExactV2) });
        terms[field] = value;
        terms
    };
    let own = json!({ "address": USDC, "decimals": 6 });
    for (asked, field) in [
        (json!([]), "accepts"),
        (json!("free"), "accepts"),
        (with("scheme", json!("upto")), "scheme"),
        (with("network", json!("base")), "network"),
        (with("network", json!(null)), "network"),
        (with("network", json!("eip155:56")), "asset"),
        (with("payTo", json!("0x0000000000000000000000000000000000000000")), "payTo"),
        (with("payTo", json!(USDC)), "payTo"),
        (with("payTo", json!("0x000000000022D473030F116dDEE9F6B43aC78BA3")), "payTo"),
        (with("payTo", json!("0x209693bc6afc0C5328bA36FaF03C514EF312287C")), "payTo"),
        (with("payTo", json!("merchant.eth")), "payTo"),
        (with("price", json!("$0.01")), "price"),
        (with("price", json!("0.01")), "price"),
        (with("price", json!(0.01)), "price"),
        (with("price", json!("0 USD")), "price"),
        (with("price", json!("0.00 USD")), "price"),
        (with("price", json!("-1 USD")), "price"),
        (with("price", json!("0.01 EUR")), "price"),
        (with("price", json!({ "amount": "0", "asset": USDC })), "price"),
        (with("price", json!({ "amount": 10000, "asset": USDC })), "price"),
        (with("price", json!({ "amount": "010000", "asset": USDC })), "price"),
        (with("price", json!({ "amount": "10000" })), "price"),
        (with("price", json!({ "amount": "10000", "asset": USDC_SEPOLIA })), "asset"),
        (with("asset", json!(USDC_SEPOLIA)), "asset"),
        (with("asset", own), "asset"),
        (with("maxTimeoutSeconds", json!(5)), "maxTimeoutSeconds"),
        (with("maxTimeoutSeconds", json!(3601)), "maxTimeoutSeconds"),
        (with("maxTimeoutSeconds", json!("60")), "maxTimeoutSeconds"),
        (with("extra", json!({})), "extra"),
        (with("description", json!("")), "description"),
        (credit("extra", json!([])), "extra"),
        (credit("extra", json!({ "verifyingContract": "me" })), "extra"),
        (credit("extra", json!({ "jobHash": "0x" })), "extra"),
        (credit("extra", json!({ "validation": {} })), "extra"),
        (
            credit("extra", {
                let mut extra = core::validation();
                extra["validationChainId"] = json!(1);
                extra
            }),
            "extra",
        ),
        (credit("network", json!("eip155:42161")), "network"),
        (json!({ "accepts": [] }), "accepts"),
        (json!({ "accepts": vec![asked(Flow::ExactV2); 17] }), "accepts"),
        (json!({ "accepts": vec![asked(Flow::ExactV2); 2] }), "accepts"),
        (json!({ "accepts": [asked(Flow::ExactV2), with("price", json!("0"))] }), "accepts[1].price"),
        (all("price", json!("1 USD")), "price"),
        (all("description", json!(1)), "description"),
        (all("tags", json!("weather")), "tags"),
        (all("extensions", json!([])), "extensions"),
        (all("extensions", json!({ "payment-identifier": {} })), "extensions"),
        (all("extensions", json!({ "sign-in-with-x": {} })), "extensions"),
        (all("extensions", json!({ "x": "y".repeat(2000), "z": "y".repeat(1200) })), "terms"),
        (all("description", json!("d".repeat(3000))), "terms"),
        (all("release", json!("whenever")), "release"),
        (all("floor", json!("0.02 USD")), "price"),
        (all("floor", json!("0.001 EUR")), "price"),
        (all("floor", json!("cheap")), "floor"),
    ] {
        assert_eq!(problem(&options(Flow::CycleV1), &asked), field, "{asked}");
    }
    let mut evidence = options(Flow::ExactV2);
    evidence["evidenceAbove"] = json!("0.01 USD");
    assert_eq!(problem(&evidence, &asked(Flow::ExactV2)), "");
    evidence["rpc"] = json!([]);
    assert_eq!(problem(&evidence, &asked(Flow::ExactV2)), "evidenceAbove");
    evidence["evidenceAbove"] = json!("0.02 USD");
    assert_eq!(problem(&evidence, &asked(Flow::ExactV2)), "");
    let mut old = options(Flow::ExactV2);
    old["facilitators"]["exact"]["x402Version"] = json!(1);
    let unnamed = json!({ "network": "eip155:42161", "payTo": SELLER, "price": "1 USD" });
    assert_eq!((problem(&old, &asked(Flow::ExactV2)), problem(&old, &unnamed)), (String::new(), "x402Version".into()));
}

#[test]
fn a_price_is_never_rounded_down_and_never_below_the_floor() {
    let amount = |price: Value, floor: &str| {
        let mut asked = json!({ "accepts": { "network": "eip155:8453", "payTo": SELLER }, "floor": floor });
        asked["accepts"]["price"] = price;
        terms(&options(Flow::ExactV2), &asked).offers()[0].amount.to_string()
    };
    assert_eq!(amount(json!("0.001 USD"), "0.001 USD"), "1000");
    assert_eq!(amount(json!("0.0010000001 USD"), "0.001 USD"), "1001");
    assert_eq!(amount(json!({ "amount": "1000", "asset": USDC }), "0.001 USD"), "1000");
    assert_eq!(amount(json!("0.000000000000000001 USD"), "0 USD"), "1");
}

#[test]
fn a_route_may_release_otherwise_than_the_shop() {
    let mut options = options(Flow::ExactV2);
    options["release"] = json!("settle-first");
    assert_eq!(*terms(&options, &asked(Flow::ExactV2)).release(), Release::SettleFirst);
    let own = json!({ "accepts": asked(Flow::ExactV2), "release": { "optimistic": { "cap": "1 USD" } } });
    let own = terms(&options, &own);
    let Release::Optimistic { cap } = own.release() else { panic!("{:?}", own.release()) };
    assert_eq!(cap.to_string(), "1.00 USD");
}

#[test]
fn a_challenge_says_the_same_in_both_versions_and_our_payer_reads_it() {
    let accepts = [
        asked(Flow::ExactV2),
        asked(Flow::CycleV1),
        json!({
            "network": "eip155:42161", "payTo": SELLER, "price": "0.01 USD",
        }),
    ];
    let asked = json!({
        "accepts": accepts, "description": "weather \u{202e}\r\n", "mimeType": "application/json", "serviceName": "W",
        "tags": ["a", "b"], "iconUrl": "https://api.example.com/i.png", "extensions": { "x": { "info": {} } },
    });
    let terms = terms(&options(Flow::CycleV1), &asked);
    let place = terms.place(URL).unwrap();
    let refusal = Refusal { code: SaleCode::Mismatch, facts: "amount".into() };
    let made = terms.challenge(&place, Some(&refusal), &[7; 32], NOW_S);
    assert_eq!(made, terms.challenge(&place, Some(&refusal), &[7; 32], NOW_S), "the same of the same");
    let bytes = header::decode(&made.header).unwrap();
    let challenge = Challenge::read_v2(&bytes).unwrap();
    assert_eq!((challenge.entries.len(), challenge.skipped.len()), (3, 0));
    let (v2, v1): (Value, Value) = (decoded(&made.header), serde_json::from_str(&made.body).unwrap());
    let error = "sale/mismatch: the payment differs from the price of this request (amount)";
    assert_eq!((v2["error"].as_str(), v1["error"].as_str()), (Some(error), Some(error)));
    assert_eq!(
        v2["resource"],
        json!({
            "url": RESOURCE, "description": "weather \u{202e}\r\n", "mimeType": "application/json", "serviceName": "W",
            "iconUrl": "https://api.example.com/i.png", "tags": ["a", "b"],
        })
    );
    assert_eq!(
        v2["accepts"][0],
        json!({
            "scheme": "exact", "network": "eip155:8453", "amount": "10000", "asset": USDC, "payTo": SELLER,
            "maxTimeoutSeconds": 60, "extra": { "name": "USD Coin", "version": "2" },
        })
    );
    assert_eq!(v2["accepts"][1]["extra"], json!({}));
    assert_eq!(v2["extensions"], json!({ "x": { "info": {} } }));
    // Only what the official client of version 1 can read.
    assert_eq!(v1["accepts"].as_array().unwrap().len(), 1);
    assert_eq!(
        v1["accepts"][0],
        json!({
            "scheme": "exact", "network": "base", "maxAmountRequired": "10000", "resource": RESOURCE,
            "description": "weather \u{202e}\r\n", "mimeType": "application/json", "payTo": SELLER, "maxTimeoutSeconds": 60,
            "asset": USDC, "extra": { "name": "USD Coin", "version": "2" },
        })
    );
    assert!(!made.body.contains('\u{202e}') && !made.body.contains('\n'), "{}", made.body);
}

#[test]
fn a_body_speaks_version_1_only_where_it_has_something_to_say() {
    let body = |asked: &Value| Shop::with(Flow::CycleV1, &options(Flow::CycleV1), asked).challenge().1;
    let unnamed = json!({ "network": "eip155:42161", "payTo": SELLER, "price": "0.01 USD" });
    assert_eq!(body(&unnamed), json!({ "error": "Payment required" }));
    let both = json!({ "accepts": [unnamed, asked(Flow::CycleV1)] });
    assert_eq!(body(&both), json!({ "error": "Payment required" }));
    let credit = body(&asked(Flow::CycleV1));
    assert_eq!((&credit["x402Version"], &credit["accepts"][0]["network"]), (&json!(1), &json!("eip155:84532")));
}

#[test]
fn the_page_says_what_it_costs_and_what_a_wallet_would_sign() {
    let shop = Shop::new(Flow::ExactV2);
    let place = shop.terms.place(URL).unwrap();
    let page: Value = serde_json::from_str(&shop.terms.page(&place)).unwrap();
    assert_eq!(
        page,
        json!({
            "price": "0.01 USD", "network": "eip155:8453", "networkName": "Base", "asset": USDC, "assetName": "USD Coin",
            "payTo": SELLER, "resource": RESOURCE, "payable": true,
        })
    );
    let payer = crate::driver::payer_key().address();
    let text = shop.terms.unsigned(&place, &payer, &[5; 32], NOW_S).unwrap();
    let unsigned: Value = serde_json::from_str(&text).unwrap();
    let digest = crate::support::typed_data::digest(&unsigned["typedData"]);
    let signature = crate::driver::core::signed(&digest, &k256::ecdsa::SigningKey::from_slice(&[0x11; 32]).unwrap());
    let mut payment = unsigned["payment"].clone();
    payment["payload"]["signature"] = json!(core::hex(&signature));
    let presented = shop.present(&payment).unwrap();
    assert_eq!((presented.payer(), presented.fits_clock(NOW_S)), (payer, Ok(())));
    assert_eq!(unsigned["header"], "PAYMENT-SIGNATURE");
    let again = shop.terms.unsigned(&place, &payer, &[6; 32], NOW_S).unwrap();
    assert_ne!(text, again, "a nonce is never drawn twice");
    let credit = Shop::new(Flow::Sdk2);
    assert_eq!(credit.terms.unsigned(&place, &payer, &[5; 32], NOW_S), None);
    let page: Value = serde_json::from_str(&credit.terms.page(&place)).unwrap();
    assert_eq!((&page["payable"], &page["networkName"]), (&json!(false), &json!("Base Sepolia")));
}
