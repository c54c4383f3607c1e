//! Every field of a payment, altered one by one: nothing is taken but what was asked, by whoever signed it.

use serde_json::{Value, json};

use super::shop::{Shop, places};
use crate::driver::scene::{FLOWS, Flow, SELLER, USDC_SEPOLIA};
use crate::driver::{NOW_S, core, payer_key};
use farthing::core4mica::Parameters;

/// A value of the same kind that means something else, so that it gets as far as it can.
fn another(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) if text.starts_with("0x") => {
            let last = if text.ends_with('1') { '2' } else { '1' };
            let changed = format!("{}{last}", &text[..text.len() - 1]).to_lowercase();
            vec![json!(changed), json!(format!("{text}00")), json!(text.to_uppercase()), json!("")]
        }
        Value::String(text) if text.parse::<u64>().is_ok() => {
            let number: u64 = text.parse().unwrap();
            let numbers = [json!((number + 1).to_string()), json!("0"), json!(format!("0{text}")), json!(number)];
            numbers.into_iter().filter(|other| other != value).collect()
        }
        Value::String(text) => vec![json!(format!("{text}x")), json!(""), json!([text])],
        Value::Number(number) => vec![json!(number.as_u64().unwrap() + 1), json!(0.5), json!(number.to_string())],
        _ => vec![json!(null), json!([]), json!("x")],
    }
}

// Spellings of the same value that are read as such: checked apart, in `spellings`.
fn is_spelling(at: &str, original: &Value, altered: &Value) -> bool {
    let same_hex = |one: &str, other: &str| {
        let digits = |text: &str| text.strip_prefix("0x").map(str::to_lowercase);
        digits(one).is_some() && digits(one) == digits(other)
    };
    match (original, altered) {
        (Value::String(one), Value::String(other)) => same_hex(one, other),
        // Core takes numbers as numbers, too.
        (Value::String(one), Value::Number(other)) => at.contains("req_id") && *one == other.to_string(),
        _ => false,
    }
}

#[test]
fn no_field_of_a_payment_can_be_altered_or_left_out() {
    // What no signature covers, and what we say ourselves to facilitators.
    let free = [
        "/resource",
        // It may be left out. Another one is refused, see below.
        "/resource/url",
        "/resource/description",
        "/resource/mimeType",
        "/payload/scheme",
        "/payload/claims/version",
        "/payload/payload/version",
        "/payload/claims/validation_chain_id",
        "/payload/claims/validation_request_hash",
        "/payload/claims/validation_subject_hash",
    ];
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        for at in places(&payment, "") {
            let original = payment.pointer(&at).unwrap();
            let mut altered: Vec<Value> = Vec::new();
            for other in another(original).into_iter().filter(|other| !is_spelling(&at, original, other)) {
                let mut changed = payment.clone();
                *changed.pointer_mut(&at).unwrap() = other;
                altered.push(changed);
            }
            let (parent, key) = at.rsplit_once('/').unwrap();
            let mut without = payment.clone();
            without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
            altered.push(without);
            for changed in altered {
                match shop.present(&changed) {
                    Err(refusal) => assert!(matches!(refusal.code.status(), 400 | 402), "{refusal:?}"),
                    Ok(taken) => {
                        assert!(free.contains(&at.as_str()), "{flow:?} {at}: {changed} was taken");
                        // And what goes on from here is as if nobody had altered anything.
                        let honest = shop.present(&payment).unwrap();
                        assert_eq!(taken.claim(), honest.claim(), "{flow:?} {at}");
                        assert_eq!(*taken.payload_json(), *honest.payload_json(), "{flow:?} {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_payment_for_less_for_somebody_else_or_in_another_token_is_named_for_what_it_is() {
    // Signed in earnest, for another seller's route: every field of what was signed is held against this one.
    for flow in FLOWS {
        let shop = Shop::new(flow);
        for (name, other, field) in [
            ("price", json!("0.001 USD"), "amount"),
            ("payTo", json!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"), "recipient"),
        ] {
            let mut asked = super::shop::asked(flow);
            asked[name] = other;
            let mut payment = Shop::with(flow, &super::shop::options(flow), &asked).payment();
            let wire = if field == "amount" { "amount" } else { "payTo" };
            match flow {
                Flow::ExactV1 => assert_eq!(shop.refusal(&payment), ("sale/mismatch", field.to_owned())),
                _ => {
                    assert_eq!(shop.refusal(&payment), ("sale/no-match", wire.to_owned()), "{flow:?}");
                    // With our own words around it, it is what was signed that differs.
                    payment["accepted"] = shop.challenge().0["accepts"][0].clone();
                    assert_eq!(shop.refusal(&payment), ("sale/mismatch", field.to_owned()), "{flow:?}");
                }
            }
        }
    }
    let shop = Shop::new(Flow::ExactV2);
    let mut payment = shop.payment();
    payment["accepted"]["asset"] = json!(USDC_SEPOLIA);
    assert_eq!(shop.refusal(&payment), ("sale/no-match", "asset".to_owned()));
    payment["accepted"]["network"] = json!("eip155:84532");
    assert_eq!(shop.refusal(&payment), ("sale/no-match", "scheme and network".to_owned()));
}

#[test]
fn a_field_more_in_what_was_accepted_is_none_of_our_offers() {
    let shop = Shop::new(Flow::ExactV2);
    for (at, field) in [("/accepted", "note"), ("/accepted/extra", "decimals"), ("/accepted", "Amount")] {
        let mut payment = shop.payment();
        payment.pointer_mut(at).unwrap()[field] = json!("1");
        assert_eq!(shop.refusal(&payment).0, "sale/no-match", "{at}/{field}");
    }
}

#[test]
fn another_resource_is_refused_wherever_the_payment_names_one() {
    let shop = Shop::new(Flow::ExactV2);
    for url in [
        json!("https://api.example.com/cheap"),
        json!("https://evil.example/weather"),
        json!("http://api.example.com/weather"),
        json!("https://api.example.com:8443/weather"),
        json!("javascript:alert(1)"),
        json!("https://api.example.com/weather/"),
        json!(7),
    ] {
        let mut payment = shop.payment();
        payment["resource"]["url"] = url.clone();
        assert_eq!(shop.refusal(&payment), ("sale/mismatch", "resource.url".to_owned()), "{url}");
    }
    let mut payment = shop.payment();
    for resource in [json!(null), json!({}), json!({ "url": "https://api.example.com/weather?other=query" })] {
        payment["resource"] = resource;
        assert!(shop.present(&payment).is_ok());
    }
}

#[test]
fn in_version_1_the_offer_is_found_by_what_was_signed() {
    // Two tokens and two prices on one network: version 1 names neither.
    let asked = json!({ "accepts": [
        { "network": "eip155:42220", "payTo": SELLER, "price": "0.02 USD" },
        { "network": "eip155:8453", "payTo": SELLER, "price": "0.02 USD" },
        { "network": "eip155:8453", "payTo": SELLER, "price": "0.01 USD", "maxTimeoutSeconds": 60 },
    ] });
    let payment = Shop::new(Flow::ExactV1).payment();
    let shop = Shop::with(Flow::ExactV1, &super::shop::options(Flow::ExactV1), &asked);
    let presented = shop.present(&payment).unwrap();
    assert_eq!(presented.offer().amount.to_string(), "10000");
    let mut altered = payment.clone();
    altered["payload"]["authorization"]["value"] = json!("20000");
    assert_eq!(shop.refusal(&altered).0, "sale/signature");
    altered["payload"]["authorization"]["value"] = json!("30000");
    assert_eq!(shop.refusal(&altered), ("sale/mismatch", "amount".to_owned()));
    for (network, verdict) in [("eip155:8453", true), ("base-sepolia", false), ("eip155:42220", false), ("BASE", false)]
    {
        let mut renamed = payment.clone();
        renamed["network"] = json!(network);
        assert_eq!(shop.present(&renamed).is_ok(), verdict, "{network}");
    }
}

#[test]
fn a_guarantee_of_another_generation_or_without_its_validation_is_refused() {
    let flows = [Flow::CycleV1, Flow::CycleV2, Flow::House, Flow::Tab, Flow::Sdk2];
    for flow in flows {
        let shop = Shop::new(flow);
        for other in flows.into_iter().filter(|other| *other != flow) {
            let mut payment = Shop::new(other).payment();
            payment["accepted"] = shop.challenge().0["accepts"][0].clone();
            let (code, facts) = shop.refusal(&payment);
            assert!(
                ["sale/mismatch", "sale/malformed", "sale/signature"].contains(&code),
                "{flow:?} {other:?} {facts}"
            );
        }
        // Nobody is believed without the core's own parameters.
        let value = super::shop::encoded(&shop.payment());
        let unverified =
            shop.terms.present(&super::shop::request(shop.version(), &value, crate::driver::scene::URL), NOW_S);
        assert_eq!(super::shop::refused(unverified.unwrap().verify(&[0; 32], None)).0, "sale/mismatch");
    }
    // A core whose generation is not pinned takes both of the first two, which publish the same document.
    for flow in [Flow::CycleV1, Flow::Tab] {
        let pinned = Shop::new(flow);
        let mut options = super::shop::options(flow);
        options["cores"][0].as_object_mut().unwrap().remove("generation");
        let open = Shop::with(flow, &options, &super::shop::asked(flow));
        let presented = open.present(&pinned.payment()).unwrap();
        assert_eq!(presented.payer(), payer_key().address());
    }
    let shop = Shop::new(Flow::Tab);
    let mut core = shop.terms.paywall().registry().core(shop.terms.offers()[0].network).unwrap();
    core.generation = None;
    let document = core::parameters(Flow::Tab).to_string();
    assert!(Parameters::read(document.as_bytes(), &core).is_ok());
}

#[test]
fn a_guarantee_signed_as_text_is_refused() {
    let shop = Shop::new(Flow::CycleV1);
    let mut payment = shop.payment();
    payment["payload"]["scheme"] = json!("eip191");
    assert_eq!(shop.refusal(&payment), ("sale/signature-form", "EIP-191".to_owned()));
}
