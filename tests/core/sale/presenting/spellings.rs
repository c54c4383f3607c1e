//! One payment in many spellings: one claim, or none. And what is no payment at all.

use farthing::primitives::Amount;
use farthing::sale::Request;
use farthing::x402::{MAX_HEADER_BYTES, Version, header};
use k256::ecdsa::Signature as Scalars;
use serde_json::{Value, json};

use super::shop::{Shop, encoded, refused, request};
use crate::driver::core::hex;
use crate::driver::scene::{FLOWS, Flow, URL, decoded};
use crate::support::files::bytes;

#[test]
fn every_spelling_of_one_payment_is_one_claim_and_settles_with_the_same_bytes() {
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let honest = shop.present(&payment).unwrap();
        let mut spellings = vec![
            serde_json::to_string_pretty(&payment).unwrap(),
            format!(" \n{payment}\t"),
            // serde_json sorts the members of a map that is read; the payer does not.
            decoded(&header::encode(payment.to_string().as_bytes())).to_string(),
            payment.to_string().replace("payload", "\\u0070ayload"),
            payment.to_string().replace('x', "\\u0078"),
        ];
        for at in super::shop::places(&payment["payload"], "/payload") {
            let Some(text) = payment.pointer(&at).and_then(Value::as_str).filter(|text| text.starts_with("0x")) else {
                continue;
            };
            for other in [text.to_lowercase(), format!("0x{}", text[2..].to_uppercase())] {
                spellings.push(with(&payment, &at, json!(other)));
            }
            if at.ends_with("req_id") || at.ends_with("amount") {
                let amount = Amount::from_hex_quantity(text).unwrap();
                spellings.push(with(&payment, &at, json!(amount.to_string())));
                spellings.push(with(&payment, &at, json!(format!("0x000{}", &text[2..]))).replace("0x0000x", "0x000"));
            }
        }
        for spelling in spellings {
            let value = header::encode(spelling.as_bytes());
            match shop.present_value(&value) {
                Err(refusal) => assert!(matches!(refusal.code.status(), 400 | 402), "{refusal:?}"),
                Ok(taken) => {
                    assert_eq!(taken.claim(), honest.claim(), "{flow:?}: {spelling}");
                    assert_eq!(taken.binding(), honest.binding(), "{flow:?}: {spelling}");
                    for version in [Version::V1, Version::V2] {
                        let (one, other) = (taken.facilitator_body(version), honest.facilitator_body(version));
                        assert_eq!((&*one.0, one.1), (&*other.0, other.1), "{flow:?}: {spelling}");
                    }
                }
            }
        }
    }
}

fn with(payment: &Value, at: &str, value: Value) -> String {
    let mut changed = payment.clone();
    *changed.pointer_mut(at).unwrap() = value;
    changed.to_string()
}

#[test]
fn lower_and_upper_case_are_taken_where_they_mean_the_same() {
    let shop = Shop::new(Flow::ExactV2);
    let payment = shop.payment();
    for at in ["/payload/signature", "/payload/authorization/nonce", "/payload/authorization/from"] {
        let text = payment.pointer(at).and_then(Value::as_str).unwrap();
        for other in [text.to_lowercase(), format!("0x{}", text[2..].to_uppercase())] {
            let value = header::encode(with(&payment, at, json!(other)).as_bytes());
            assert!(shop.present_value(&value).is_ok(), "{at} {other}");
        }
    }
}

#[test]
fn only_65_bytes_with_a_low_s_and_v_of_27_or_28_are_a_signature() {
    // The order of secp256k1. Source: SEC 2, section 2.4.1.
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    for flow in FLOWS {
        let shop = Shop::new(flow);
        let payment = shop.payment();
        let signature = bytes(payment["payload"]["signature"].as_str().unwrap());
        let (r, s, v) = (&signature[..32], &signature[32..64], signature[64]);
        let low = Scalars::from_slice(&signature[..64]).unwrap();
        let high = Scalars::from_scalars(low.r().to_bytes(), (-*low.s()).to_bytes()).unwrap();
        assert!(high.normalize_s().is_some());
        let (zero, order) = (vec![0; 32], bytes(ORDER));
        let mut compact = signature[..64].to_vec();
        compact[32] |= (v - 27) << 7;
        // The suffix that marks a signature of a contract that does not exist yet. Source: ERC-6492.
        let undeployed = [&signature[..], &[0x64, 0x92].repeat(16)].concat();
        let forms = [
            ("the high twin", [&high.to_bytes()[..], &[27 + 28 - v]].concat()),
            ("a high s", [&high.to_bytes()[..], &[v]].concat()),
            ("v of 0 or 1", [r, s, &[v - 27]].concat()),
            ("v of 29", [r, s, &[29]].concat()),
            ("v with a chain id", [r, s, &[v + 8]].concat()),
            ("v of 255", [r, s, &[255]].concat()),
            ("r of zero", [&zero, s, &[v]].concat()),
            ("s of zero", [r, &zero, &[v]].concat()),
            ("r of the order", [&order, s, &[v]].concat()),
            ("s of the order", [r, &order, &[v]].concat()),
            ("64 bytes", signature[..64].to_vec()),
            ("64 bytes, compact", compact),
            ("66 bytes", [&signature[..], &[0]].concat()),
            ("a contract's", [&signature[..], &signature[..]].concat()),
            ("an undeployed contract's", undeployed),
            ("DER", low.to_der().as_bytes().to_vec()),
            ("nothing", Vec::new()),
        ];
        let texts = forms.map(|(name, bytes)| (name, json!(hex(&bytes))));
        let others = [
            ("no prefix", json!(hex(&signature)[2..])),
            ("an upper prefix", json!(hex(&signature).replace("0x", "0X"))),
            ("an odd digit", json!(&hex(&signature)[..131])),
            ("no text", json!(7)),
            ("null", json!(null)),
        ];
        for (name, signature) in texts.into_iter().chain(others) {
            let mut altered = payment.clone();
            altered["payload"]["signature"] = signature;
            assert_eq!(shop.refusal(&altered), ("sale/signature-form", String::new()), "{flow:?}: {name}");
        }
        // Of the right form, and of somebody else.
        for other in [[s, r, &[v]].concat(), [r, s, &[27 + 28 - v]].concat()] {
            let mut altered = payment.clone();
            altered["payload"]["signature"] = json!(hex(&other));
            let (code, _) = shop.refusal(&altered);
            assert!(["sale/signature", "sale/signature-form"].contains(&code), "{flow:?} {code}");
        }
    }
}

#[test]
fn what_is_no_payment_is_named_and_goes_no_further() {
    let shop = Shop::new(Flow::ExactV2);
    let payment = shop.payment().to_string();
    let value = header::encode(payment.as_bytes());
    let json = |text: &str| header::encode(text.as_bytes());
    let name = "PAYMENT-SIGNATURE";
    for (value, facts) in [
        (String::new(), "json".to_owned()),
        ("!!!!".into(), format!("{name}: base64")),
        (format!("{value}="), format!("{name}: base64")),
        (format!(" {value}"), format!("{name}: base64")),
        (value[..value.len() - 4].to_owned(), "json".into()),
        ("Zm9=".into(), format!("{name}: base64-trailing-bits")),
        ("A".repeat(64 * 1024), format!("{name}: too-large")),
        ("A".repeat(MAX_HEADER_BYTES), "json".into()),
        (header::encode(b"\xff\xfe"), format!("{name}: utf8")),
        (json("null"), "x402Version, in PAYMENT-SIGNATURE".into()),
        (json("[]"), "x402Version, in PAYMENT-SIGNATURE".into()),
        (
            json(&payment.replace("\"x402Version\":2", "\"x402Version\":\"2\"")),
            "x402Version, in PAYMENT-SIGNATURE".into(),
        ),
        (json(&payment.replace("\"x402Version\":2", "\"x402Version\":1")), "x402Version, in PAYMENT-SIGNATURE".into()),
        (json(&payment.replace("\"x402Version\":2", "\"x402Version\":2,\"x402Version\":2")), "duplicate-key".into()),
        (json(&payment.replace("\"x402Version\"", "\"__proto__\":{},\"x402Version\"")), "forbidden-key".into()),
        (json(&format!("{payment}{payment}")), "json".into()),
        (json(&format!("\u{feff}{payment}")), "json".into()),
        (json(&"[".repeat(5000)), "depth".into()),
        (json(&payment.replacen('{', &format!("{{\"note\":\"{}\",", "d".repeat(3000)), 1)), "field-too-long".into()),
        (json(&payment.replace("\"payload\":", "\"pay_load\":")), "payload".into()),
        (json(&payment.replace("\"accepted\":", "\"acceptec\":")), "accepted".into()),
        (json(&payment.replace("\"authorization\":", "\"authorisation\":")), "payload.authorization".into()),
    ] {
        let verdict = refused(shop.present_value(&value));
        assert_eq!(verdict, ("sale/malformed", facts), "{}", &value[..value.len().min(80)]);
    }
    let v1 = Shop::new(Flow::ExactV1);
    let payment = v1.payment();
    for (field, facts) in [("scheme", "scheme and network"), ("network", "scheme and network"), ("payload", "payload")]
    {
        let mut altered = payment.clone();
        altered.as_object_mut().unwrap().remove(field);
        assert_eq!(v1.refusal(&altered), ("sale/malformed", facts.to_owned()));
    }
    for (field, other, facts) in [
        ("scheme", "exact-evil", "scheme"),
        ("scheme", "upto", "scheme"),
        ("network", "solana", "network"),
        ("network", "eip155:08453", "network"),
        ("network", "eip155:1", "scheme and network"),
        ("scheme", "4mica-credit", "scheme and network"),
    ] {
        let mut altered = payment.clone();
        altered[field] = json!(other);
        assert_eq!(v1.refusal(&altered), ("sale/no-match", facts.to_owned()), "{other}");
    }
}

#[test]
fn two_payments_in_one_request_are_refused_unread() {
    let shop = Shop::new(Flow::ExactV2);
    let value = encoded(&shop.payment());
    let both = Request { v1: Some("!"), ..request(Version::V2, &value, URL) };
    assert_eq!(refused(shop.request(&both)), ("sale/two-headers", "X-PAYMENT and PAYMENT-SIGNATURE".into()));
    for joined in [format!("{value}, {value}"), format!("{value},"), ",".to_owned()] {
        assert_eq!(refused(shop.present_value(&joined)), ("sale/two-headers", "PAYMENT-SIGNATURE".into()));
    }
    // Under the other version's name it is none of its payments.
    let wrong = request(Version::V1, &value, URL);
    assert_eq!(refused(shop.request(&wrong)), ("sale/malformed", "x402Version, in X-PAYMENT".into()));
    let none = Request { v2: None, ..request(Version::V2, &value, URL) };
    assert_eq!(refused(shop.request(&none)), ("sale/malformed", "no payment".into()));
}
