//! Payment identifiers and signing in, as official clients of x402 do them.

use alloy_primitives::eip191_hash_message;
use farthing::sale::{Request, SignedIn};
use farthing::x402::Version;
use serde_json::{Value, json};

use super::shop::{Shop, asked, encoded, options, request};
use crate::driver::core::{hex, signed};
use crate::driver::scene::{Flow, URL};
use crate::driver::{NOW_S, payer_key};

const ID: &str = "pay_7d5d747be160e280";

fn shop_with(flow: Flow, field: &str, value: Value) -> Shop {
    let mut options = options(flow);
    options[field] = value;
    Shop::with(flow, &options, &asked(flow))
}

fn identified(payment: &Value, id: Value) -> Value {
    let mut payment = payment.clone();
    payment["extensions"]["payment-identifier"] = json!({ "info": { "required": true, "id": id } });
    payment
}

#[test]
fn a_payment_identifier_is_read_where_the_seller_has_use_for_one() {
    for rule in ["optional", "required"] {
        let shop = shop_with(Flow::ExactV2, "paymentIdentifier", json!(rule));
        let stated = &shop.challenge().0["extensions"]["payment-identifier"];
        assert_eq!(stated["info"], json!({ "required": rule == "required" }));
        assert_eq!(stated["schema"]["properties"]["id"]["pattern"], "^[a-zA-Z0-9_-]+$");
        let payment = shop.payment();
        for id in [ID.to_owned(), "a".repeat(128), "-_-_-_-_-_-_-_-_".into()] {
            let presented = shop.present(&identified(&payment, json!(id))).unwrap();
            assert_eq!(presented.identifier(), Some(id.as_str()));
        }
        for id in
            [json!("short"), json!("a".repeat(129)), json!("a b c d e f g h i j"), json!(7), json!(["x"]), json!("")]
        {
            let verdict = shop.refusal(&identified(&payment, id));
            assert_eq!(verdict, ("sale/malformed", "extensions.payment-identifier.info.id".to_owned()));
        }
        let mut silent = payment.clone();
        silent["extensions"] = json!({});
        for absent in [silent, identified(&payment, json!(null))] {
            match rule {
                "optional" => assert_eq!(shop.present(&absent).unwrap().identifier(), None),
                _ => assert_eq!(shop.refusal(&absent), ("sale/identifier-missing", String::new())),
            }
        }
    }
    // A seller that does not ask does not listen.
    let shop = Shop::new(Flow::ExactV2);
    let payment = identified(&shop.payment(), json!(7));
    assert_eq!(shop.present(&payment).unwrap().identifier(), None);
}

#[test]
fn our_own_payer_names_its_payments_for_a_seller_that_insists() {
    for flow in [Flow::ExactV2, Flow::CycleV2, Flow::House] {
        let shop = shop_with(flow, "paymentIdentifier", json!("required"));
        let payment = shop.payment();
        let presented = shop.present(&payment).unwrap();
        let id = payment["extensions"]["payment-identifier"]["info"]["id"].as_str();
        assert!(id.is_some() && presented.identifier() == id, "{flow:?} {id:?}");
    }
}

#[test]
fn version_1_has_no_place_for_a_required_identifier() {
    let shop = shop_with(Flow::ExactV2, "paymentIdentifier", json!("required"));
    assert_eq!(shop.challenge().1, json!({ "error": "Payment required" }));
    let v1 = shop_with(Flow::ExactV1, "paymentIdentifier", json!("required"));
    assert_eq!(v1.refusal(&Shop::new(Flow::ExactV1).payment()).0, "sale/identifier-missing");
    // The page brings its own.
    let place = shop.terms.place(URL).unwrap();
    let unsigned = shop.terms.unsigned(&place, &payer_key().address(), &[5; 32], NOW_S).unwrap();
    let unsigned: Value = serde_json::from_str(&unsigned).unwrap();
    let mut payment = shop.payment();
    payment["extensions"] = unsigned["payment"]["extensions"].clone();
    assert!(shop.present(&payment).unwrap().identifier().unwrap().starts_with("page_"));
}

/// What an official client makes of the challenge, signed by the payer's key.
fn signed_in(shop: &Shop, change: impl Fn(&mut Value)) -> Value {
    let extension = &shop.challenge().0["extensions"]["sign-in-with-x"];
    let mut proof = extension["info"].clone();
    proof["address"] = json!(payer_key().address().checksummed());
    proof["chainId"] = extension["supportedChains"][0]["chainId"].clone();
    proof["type"] = extension["supportedChains"][0]["type"].clone();
    change(&mut proof);
    let text = |name: &str| proof[name].as_str().unwrap_or_default().to_owned();
    let message = format!(
        "{} wants you to sign in with your Ethereum account:\n{}\n\n{}\n\nURI: {}\nVersion: {}\nChain ID: {}\nNonce: {}\n\
         Issued At: {}\nExpiration Time: {}",
        text("domain"),
        text("address"),
        text("statement"),
        text("uri"),
        text("version"),
        text("chainId").rsplit(':').next().unwrap(),
        text("nonce"),
        text("issuedAt"),
        text("expirationTime"),
    );
    let key = k256::ecdsa::SigningKey::from_slice(&[0x11; 32]).unwrap();
    proof["signature"] = json!(hex(&signed(&eip191_hash_message(message).0, &key)));
    proof
}

fn present(shop: &Shop, proof: &Value) -> Result<Option<SignedIn>, (&'static str, String)> {
    present_at(shop, &encoded(proof), NOW_S)
}

fn present_at(shop: &Shop, proof: &str, now_s: u64) -> Result<Option<SignedIn>, (&'static str, String)> {
    let value = encoded(&shop.payment());
    let request = Request { sign_in: Some(proof), ..request(Version::V2, &value, URL) };
    match shop.terms.present(&request, now_s).and_then(|unverified| unverified.verify(&[0; 32], None)) {
        Ok(presented) => Ok(presented.signed_in().cloned()),
        Err(refusal) => Err((refusal.code.as_str(), refusal.facts)),
    }
}

#[test]
fn a_buyer_signs_in_with_the_message_of_the_challenge() {
    let shop = shop_with(Flow::ExactV2, "signIn", json!({ "statement": "Sign in to the weather." }));
    let stated = &shop.challenge().0["extensions"]["sign-in-with-x"];
    let info = json!({
        "domain": "api.example.com", "uri": "https://api.example.com/weather", "statement": "Sign in to the weather.",
        "version": "1", "nonce": "07".repeat(16), "issuedAt": "2026-11-21T02:17:47Z",
        "expirationTime": "2026-11-21T02:22:47Z",
    });
    assert_eq!(stated["info"], info);
    assert_eq!(stated["supportedChains"], json!([{ "chainId": "eip155:8453", "type": "eip191" }]));
    let found = present(&shop, &signed_in(&shop, |_| ())).unwrap().unwrap();
    assert_eq!((found.address, found.expires_s), (payer_key().address(), NOW_S + 300));
    assert!(present(&shop, &signed_in(&shop, |proof| proof["signatureScheme"] = json!("eip191"))).is_ok());
    // Without a header nobody is signed in, and without the option nobody looks.
    let value = encoded(&shop.payment());
    assert_eq!(shop.present_value(&value).unwrap().signed_in(), None);
    let proof = encoded(&signed_in(&shop, |_| ()));
    assert_eq!(present_at(&Shop::new(Flow::ExactV2), &proof, NOW_S), Ok(None));
}

#[test]
fn a_sign_in_for_another_place_chain_time_or_by_somebody_else_is_refused() {
    let shop = shop_with(Flow::ExactV2, "signIn", json!(true));
    for (field, other) in [
        ("domain", json!("bank.example")),
        ("domain", json!("api.example.com:8443")),
        ("uri", json!("https://bank.example/weather")),
        ("uri", json!("http://api.example.com/weather")),
        ("statement", json!("Give me your house.")),
        ("version", json!("2")),
        ("chainId", json!("eip155:1")),
        ("chainId", json!("8453")),
        ("type", json!("ed25519")),
        ("signatureScheme", json!("eip1271")),
        ("address", json!("alice.eth")),
    ] {
        let proof = signed_in(&shop, |proof| proof[field] = other.clone());
        assert_eq!(present(&shop, &proof), Err(("sale/sign-in", field.to_owned())), "{other}");
    }
    for (field, other) in [
        ("nonce", json!("short")),
        ("nonce", json!("07070707\nIssued At: never")),
        ("issuedAt", json!("2026-11-21T02:12:46Z")),
        ("issuedAt", json!("2026-11-21T02:22:48Z")),
        ("issuedAt", json!("yesterday")),
        ("expirationTime", json!("2026-11-21T02:17:47Z")),
        ("expirationTime", json!("2026-11-21T02:27:48Z")),
    ] {
        let proof = signed_in(&shop, |proof| proof[field] = other.clone());
        assert_eq!(present(&shop, &proof), Err(("sale/sign-in", "nonce or time".to_owned())), "{other}");
    }
    let honest = signed_in(&shop, |_| ());
    let mut other = honest.clone();
    other["address"] = json!("0x209693Bc6afc0C5328bA36FaF03C514EF312287C");
    let mut malleable = honest.clone();
    malleable["signature"] = json!(format!("{}00", &honest["signature"].as_str().unwrap()[..130]));
    for proof in [other, malleable] {
        assert_eq!(present(&shop, &proof), Err(("sale/sign-in", "signature".to_owned())));
    }
    let mut more = honest.clone();
    more["resources"] = json!(["https://bank.example"]);
    assert_eq!(present(&shop, &more), Err(("sale/sign-in", "a field that was not asked for".to_owned())));
    for (value, facts) in
        [("!", "base64"), ("e30", "base64"), ("bnVsbA==", "a field that was not asked for"), ("ew==", "json")]
    {
        assert_eq!(present_at(&shop, value, NOW_S), Err(("sale/sign-in", facts.to_owned())), "{value}");
    }
    let proof = encoded(&honest);
    assert!(present_at(&shop, &proof, NOW_S + 299).is_ok());
    for now_s in [0, NOW_S + 300, NOW_S + 301, u64::MAX] {
        assert!(present_at(&shop, &proof, now_s).is_err(), "{now_s}");
    }
}
