//! Every challenge of `hostile-402.json` through the whole purchase: signed or refused, and for the stated reason.

mod support;

use alloy_primitives::{B256, FixedBytes, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, sol};
use farthing::primitives::Amount;
use farthing::purchase::Command;
use farthing::signer::Signature;
use farthing::x402::{Challenge, MAX_BODY_BYTES, MAX_HEADER_BYTES, header};
use serde_json::{Value, json};
use support::driver::{Buyer, Run};
use support::files::{report, text, vector};

sol! {
    struct TransferWithAuthorization {
        address from;
        address to;
        uint256 value;
        uint256 validAfter;
        uint256 validBefore;
        bytes32 nonce;
    }
}

/// Reasons that differ from the file's, with why. Where the header limit speaks first, the file's own reason is then
/// checked on the decoded text.
const ALIASES: [(&str, &str, &str); 4] = [
    ("amt-1e6-digits", "too_large", "the header limit comes before the field's"),
    ("acc-10000", "too_large", "the header limit comes before the number of entries"),
    ("deep-100k", "too_large", "the header limit comes before the depth"),
    (
        "asset-badsum",
        "address_checksum",
        "mistyped or altered is said before unknown: nobody shall pin such an address",
    ),
];

#[test]
fn every_hostile_challenge_gets_its_verdict_and_its_reason() {
    let file = vector("hostile-402.json");
    let buyer = buyer(&file);
    let (mut signed, mut refused) = (0, 0);
    for case in file["cases"].as_array().unwrap() {
        let id = text(case, "id");
        let value = header_of(case, &file);
        let run = buyer.pay(text(&file["policy"], "requested_url"), Some(&value), b"");
        match text(case, "expect") {
            "sign" | "sign_with_pinned_domain" => {
                assert_signed(&buyer, &run, &value, id);
                signed += 1;
            }
            "refuse" | "refuse_siwx" => {
                assert_refused(&run, id, &reason_of(case));
                refused += 1;
            }
            other => panic!("{id}: unknown verdict {other}"),
        }
    }
    report(&format!("hostile-402.json: {signed} signed, {refused} refused"));
    assert_eq!((signed, refused), (4, 71));
}

#[test]
fn every_hostile_header_value_gets_its_verdict_and_its_reason() {
    let file = vector("hostile-402.json");
    let buyer = buyer(&file);
    let honest = text(&file["cases"][0], "header_b64");
    for case in file["header_cases"].as_array().unwrap() {
        let (id, value) = (text(case, "id"), text(case, "header_value"));
        let run = buyer.pay(text(&file["policy"], "requested_url"), Some(value), b"");
        if value == honest {
            // Nothing is wrong with these two: 354 bytes need neither padding nor unused bits.
            assert!(["b64-no-pad", "b64-noncanonical-tail"].contains(&id), "{id}");
            assert_signed(&buyer, &run, value, id);
        } else {
            assert_refused(&run, id, &reason_of(case));
        }
    }
}

#[test]
fn a_header_without_padding_or_with_unused_bits_is_refused() {
    let file = vector("hostile-402.json");
    let buyer = buyer(&file);
    let honest = header::decode(text(&file["cases"][0], "header_b64")).unwrap();
    // One space more, so that the encoding ends in padding.
    let padded = header::encode(&[&honest[..], b" "].concat());
    let (body, padding) = padded.split_at(padded.trim_end_matches('=').len());
    assert!(!padding.is_empty());
    let pay = |value: &str| buyer.pay(text(&file["policy"], "requested_url"), Some(value), b"");
    assert_signed(&buyer, &pay(&padded), &padded, "padded");
    assert_refused(&pay(body), "without padding", "base64");
    let last = body.as_bytes()[body.len() - 1];
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let position = ALPHABET.iter().position(|letter| *letter == last).unwrap();
    let unused = if padding.len() == 2 { 16 } else { 4 };
    assert_eq!(position % unused, 0);
    for bits in 1..unused {
        let value = format!("{}{}{padding}", &body[..body.len() - 1], char::from(ALPHABET[position + bits]));
        assert_refused(&pay(&value), "unused bits", "base64_trailing_bits");
    }
}

#[test]
fn what_the_header_limit_hides_is_refused_past_it_for_its_own_reason() {
    let file = vector("hostile-402.json");
    for case in file["cases"].as_array().unwrap().iter().filter(|case| case.get("generator").is_some()) {
        let (id, json) = (text(case, "id"), generated(case, &file));
        assert!(header::encode(&json).len() > MAX_HEADER_BYTES, "{id}");
        let error = Challenge::read_v2(&json).unwrap_err();
        // A text of 5 MB is too large for the header and too long for a field; the file names the first.
        let expected = if id == "ext-5mb" { "field_too_long" } else { text(case, "reason") };
        assert_eq!(suffix(error.code().as_str()), expected, "{id}");
    }
}

/// A change to the honest challenge.
type Change = fn(&mut Value);

#[test]
fn what_the_file_leaves_out_is_refused_too() {
    let file = vector("hostile-402.json");
    let buyer = buyer(&file);
    let honest = header::decode(text(&file["cases"][0], "header_b64")).unwrap();
    let cases: [(&str, &str, Change); 16] = [
        ("P8: prototype key inside extra", "forbidden_key", |c| c["accepts"][0]["extra"]["prototype"] = json!(1)),
        ("P9: other case at the top", "unknown_key", |c| c["Accepts"] = json!([])),
        ("P9: other letters", "unknown_key", |c| c["accepts"][0]["p\u{430}yTo"] = json!("")),
        ("P9: separators in the resource", "unknown_key", |c| c["resource"]["u_r_l"] = json!("")),
        ("P12: echo above 4 KiB", "echo_too_large", |c| {
            c["accepts"][0]["extra"]["note"] = json!(vec!["x".repeat(2000); 3]);
        }),
        ("P12: text above 2 KiB", "field_too_long", |c| c["error"] = json!("x".repeat(2049))),
        ("P16: line break in the resource", "resource_origin", |c| {
            c["resource"]["url"] = json!("https://api.example.com/x\r\nX: y");
        }),
        ("P35: other path", "resource_origin", |c| c["resource"]["url"] = json!("https://api.example.com/y")),
        ("P35: other port", "resource_origin", |c| c["resource"]["url"] = json!("https://api.example.com:8443/x")),
        ("P35: user information", "resource_origin", |c| {
            c["resource"]["url"] = json!("https://api.example.com@evil.example/x");
        }),
        ("P35: no resource", "resource_origin", |c| drop(c.as_object_mut().unwrap().remove("resource"))),
        ("P36: to the payer", "payto_forbidden", |c| {
            c["accepts"][0]["payTo"] = json!("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A");
        }),
        ("P36: to nobody", "payto_forbidden", |c| c["accepts"][0]["payTo"] = json!(format!("0x{}", "0".repeat(40)))),
        ("P39: the token of another chain", "asset_not_allowed", |c| {
            c["accepts"][0]["asset"] = json!("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");
        }),
        ("P43: unknown method", "transfer_method", |c| c["accepts"][0]["extra"]["assetTransferMethod"] = json!("foo")),
        ("P42: v1 name in v2", "network", |c| c["accepts"][0]["network"] = json!("base")),
    ];
    for (id, reason, change) in cases {
        let mut challenge: Value = serde_json::from_slice(&honest).unwrap();
        change(&mut challenge);
        let value = header::encode(challenge.to_string().as_bytes());
        assert_refused(&buyer.pay(text(&file["policy"], "requested_url"), Some(&value), b""), id, reason);
    }
}

#[test]
fn a_body_that_asks_for_other_money_than_the_header_is_refused() {
    let file = vector("hostile-402.json");
    let buyer = buyer(&file);
    let value = text(&file["cases"][0], "header_b64");
    let pay = |body: &[u8]| buyer.pay(text(&file["policy"], "requested_url"), Some(value), body);
    let offered: Value = serde_json::from_slice(&header::decode(value).unwrap()).unwrap();
    let mut v1 = json!({ "x402Version": 1, "accepts": offered["accepts"] });
    v1["accepts"][0]["network"] = json!("base");
    v1["accepts"][0]["maxAmountRequired"] = v1["accepts"][0].as_object_mut().unwrap().remove("amount").unwrap();
    for agreeing in [json!({}), json!({ "accepts": [] }), offered, v1.clone()] {
        assert_signed(&buyer, &pay(agreeing.to_string().as_bytes()), value, "agreeing body");
    }
    for (field, other) in [
        ("maxAmountRequired", json!("10001")),
        ("payTo", json!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")),
        ("network", json!("base-sepolia")),
        ("asset", json!("0x036CbD53842c5426634e7929541eC2318f3dCF7e")),
        ("scheme", json!("4mica-credit")),
    ] {
        let mut body = v1.clone();
        body["accepts"][0][field] = other;
        assert_refused(&pay(body.to_string().as_bytes()), field, "version_conflict");
    }
    let long = [v1.to_string().as_bytes(), &[b' '; MAX_BODY_BYTES]].concat();
    assert_refused(&pay(&long), "long body", "too_large");
    assert_refused(&pay(&v1.to_string().as_bytes()[1..]), "broken body", "json");
}

#[test]
fn a_price_beyond_every_currency_still_counts_against_the_budget() {
    let file = vector("hostile-402.json");
    let mut challenge: Value =
        serde_json::from_slice(&header::decode(text(&file["cases"][0], "header_b64")).unwrap()).unwrap();
    let most = Amount::from_word(&[0xff; 32]).to_string();
    challenge["accepts"][0]["amount"] = json!(most);
    let asset = "eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
    let policy = json!({ "perAsset": { asset: most }, "budgets": [{ "limit": "1 USD", "every": "day" }] });
    let value = header::encode(challenge.to_string().as_bytes());
    let options = |store: &str| json!({ "policy": policy, "store": store }).to_string();
    let pay = |store| Buyer::new(0x11, &options(store)).pay("https://api.example.com/x", Some(&value), b"");
    assert_refused(&pay("ephemeral"), "a budget that is forgotten with the process", "store_ephemeral");
    let run = pay("durable");
    assert!(run.holds.len() == 1 && run.holds[0].amount > run.holds[0].limit, "{:?}", run.holds);
}

/// The file's policy in our words, plus a budget, so that a reservation would have something to hold.
fn buyer(file: &Value) -> Buyer {
    let policy = &file["policy"];
    let asset = format!("{}/erc20:{}", policy["networks"][0].as_str().unwrap(), policy["assets"][0].as_str().unwrap());
    assert_eq!(policy["methods"], json!(["eip3009"]));
    let options = json!({ "policy": {
        "perAsset": { asset.clone(): policy["maxPerPayment"] },
        "assets": [asset],
        "networks": policy["networks"],
        "schemes": ["exact"],
        "sellers": ["api.example.com"],
        "maxWindowSeconds": policy["maxWindowSeconds"],
        "budgets": [{ "limit": "100 USD", "every": "day" }],
    }});
    let buyer = Buyer::new(0x11, &options.to_string());
    assert_eq!(buyer.key.address().checksummed(), text(file, "payer"));
    buyer
}

fn header_of(case: &Value, file: &Value) -> String {
    match case.get("generator") {
        Some(_) => header::encode(&generated(case, file)),
        None => text(case, "header_b64").to_owned(),
    }
}

/// The challenges that are described because they are too large to store.
fn generated(case: &Value, file: &Value) -> Vec<u8> {
    let honest = header::decode(text(&file["cases"][0], "header_b64")).unwrap();
    let mut challenge: Value = serde_json::from_slice(&honest).unwrap();
    match text(case, "generator") {
        "amount = '9'*1000000" => challenge["accepts"][0]["amount"] = "9".repeat(1_000_000).into(),
        "accepts = 10000 copies" => challenge["accepts"] = vec![challenge["accepts"][0].clone(); 10_000].into(),
        "extensions.x.info.a = 'A'*5e6" => {
            challenge["extensions"] = json!({ "x": { "info": { "a": "A".repeat(5_000_000) } } });
        }
        "100000 nested arrays" => return ["[".repeat(100_000), "]".repeat(100_000)].concat().into_bytes(),
        other => panic!("unknown generator {other}"),
    }
    challenge.to_string().into_bytes()
}

fn reason_of(case: &Value) -> String {
    let alias = ALIASES.iter().find(|(id, ..)| *id == text(case, "id"));
    alias.map_or_else(|| text(case, "reason").to_owned(), |(_, reason, _)| (*reason).to_owned())
}

fn suffix(code: &str) -> String {
    code.split_once('/').unwrap().1.replace('-', "_")
}

fn assert_refused(run: &Run, id: &str, reason: &str) {
    let Some(failure) = run.failure() else { panic!("{id}: not refused but {:?}", run.last) };
    assert_eq!(suffix(failure.code.as_str()), reason, "{id}");
    assert_eq!((run.reserved, run.holds.len(), run.typed_data.len()), (0, 0, 0), "{id}: reserved or signed");
}

/// The payment is the seller's cheapest entry, signed under the pinned domain, by the payer, inside the window.
fn assert_signed(buyer: &Buyer, run: &Run, challenge: &str, id: &str) {
    let Some(("PAYMENT-SIGNATURE", value)) = run.sent() else { panic!("{id}: not signed but {:?}", run.last) };
    assert_eq!((run.reserved, run.typed_data.len()), (1, 1), "{id}");
    assert!(matches!(run.last, Command::Send { ref url, .. } if url == "https://api.example.com/x"), "{id}");
    let offered: Value = serde_json::from_slice(&header::decode(challenge).unwrap()).unwrap();
    let payment: Value = serde_json::from_slice(&header::decode(value).unwrap()).unwrap();
    let price = |entry: &&Value| text(entry, "amount").parse::<u64>().unwrap();
    let cheapest = offered["accepts"].as_array().unwrap().iter().min_by_key(price).unwrap();
    assert_eq!(payment["x402Version"], 2, "{id}");
    assert_eq!(&payment["accepted"], cheapest, "{id}");
    assert_eq!(payment["resource"], offered["resource"], "{id}");

    let signed = &payment["payload"]["authorization"];
    let payer = buyer.key.address();
    assert_eq!(text(signed, "from"), payer.checksummed(), "{id}");
    assert_eq!(text(signed, "to"), text(cheapest, "payTo"), "{id}");
    assert_eq!(signed["value"], cheapest["amount"], "{id}");
    let second = |name: &str| text(signed, name).parse::<u64>().unwrap();
    let window_s = cheapest["maxTimeoutSeconds"].as_u64().unwrap();
    assert_eq!((second("validBefore"), second("validAfter") < buyer.now_s), (buyer.now_s + window_s, true), "{id}");

    let usdc = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913".parse().unwrap();
    let domain = Eip712Domain::new(Some("USD Coin".into()), Some("2".into()), Some(U256::from(8453)), Some(usdc), None);
    let transfer = TransferWithAuthorization {
        from: text(signed, "from").parse().unwrap(),
        to: text(signed, "to").parse().unwrap(),
        value: text(signed, "value").parse().unwrap(),
        validAfter: U256::from(second("validAfter")),
        validBefore: U256::from(second("validBefore")),
        nonce: text(signed, "nonce").parse::<B256>().unwrap(),
    };
    let FixedBytes(digest) = transfer.eip712_signing_hash(&domain);
    let signature = Signature::parse(text(&payment["payload"], "signature")).unwrap();
    assert_eq!(signature.recover(&digest), Ok(payer), "{id}");
}
