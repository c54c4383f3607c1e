//! A wallet's answer is evidence, not truth.

use alloy_primitives::U256;
use farthing::purchase::Command;
use farthing::record::State;
use k256::ecdsa::SigningKey;
use serde_json::Value;

use crate::driver::core::{hex, signed};
use crate::driver::scene::{FLOWS, Flow, Scene, signature_of};
use crate::driver::{Event, Rig, name};
use crate::support::typed_data;

/// Order of the group. Source: SEC 2, §2.4.1.
const N: &str = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

fn key(byte: u8) -> SigningKey {
    SigningKey::from_slice(&[byte; 32]).unwrap()
}

/// What a wallet signs when it is shown `change`d typed data.
fn wallet(rig: &Rig, key: &SigningKey, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let Command::Sign { typed_data, .. } = &rig.pending else { panic!("{:?}", rig.pending) };
    let mut request: Value = serde_json::from_str(&typed_data.to_string()).unwrap();
    change(&mut request);
    signed(&typed_data::digest(&request), key)
}

fn refused(rig: &mut Rig, text: String, code: &str) {
    rig.give(Event::Signature(text.clone()));
    assert_eq!(rig.problem(), Some(code), "{text}");
    assert_eq!(rig.written(), Some((Some(State::Reserved), State::Dead)), "{text}");
    assert!(!rig.spent());
}

#[test]
fn a_wallet_and_a_local_key_give_the_same_payment() {
    for flow in FLOWS {
        let local = Rig::new(Scene::new(flow)).until("send");
        let mut rig = Rig::new(Scene::new(flow)).until("sign");
        let signature = wallet(&rig, &key(0x11), |_| {});
        rig.give(Event::Signature(hex(&signature)));
        let rig = rig.until("send");
        assert_eq!(rig.payment(), local.payment(), "{flow:?}");
    }
}

#[test]
fn every_honest_spelling_of_a_signature_becomes_one() {
    let rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
    let plain = wallet(&rig, &key(0x11), |_| {});
    let odd = plain[64] - 27;
    let s = U256::from_be_slice(&plain[32..64]);
    let with = |s: U256, v: u8| [&plain[..32], &s.to_be_bytes::<32>(), &[v]].concat();
    let high = N.parse::<U256>().unwrap() - s;
    let parity_and_s: U256 = s | U256::from(odd) << 255;
    let compact = [&plain[..32], &parity_and_s.to_be_bytes::<32>()[..]].concat();
    let spellings = [plain.clone(), with(s, odd), with(high, 28 - odd), with(high, 1 - odd), compact];
    for spelling in spellings {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
        rig.give(Event::Signature(hex(&spelling)));
        let rig = rig.until("send");
        assert_eq!(signature_of(&rig.payment()), hex(&plain), "{}", hex(&spelling));
    }
}

#[test]
fn a_text_that_is_no_signature_is_refused() {
    let rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
    let plain = wallet(&rig, &key(0x11), |_| {});
    let text = hex(&plain);
    let n = &N[2..];
    let zeros = "0".repeat(64);
    let mut texts = vec![
        String::new(),
        "0x".into(),
        text[2..].into(),
        text.replacen("0x", "0X", 1),
        text[..131].into(),
        format!("{text}00"),
        format!("{text}{}", "6492".repeat(16)),
        format!("0x{zeros}{}1b", &text[66..130]),
        format!("{}{zeros}1b", &text[..66]),
        format!("0x{n}{}1b", &text[66..130]),
        format!("{}{n}1b", &text[..66]),
        "{\"r\":1}".into(),
        "undefined".into(),
        "\u{202e}\n".into(),
    ];
    for v in [2, 26, 29, 35, 36, 37, 255] {
        texts.push(format!("{}{v:02x}", &text[..130]));
    }
    for text in texts {
        refused(&mut Rig::new(Scene::new(Flow::ExactV2)).until("sign"), text, "sign/format");
    }
}

#[test]
fn a_signature_by_another_key_is_refused_and_named() {
    for flow in FLOWS {
        let mut rig = Rig::new(Scene::new(flow)).until("sign");
        let signature = wallet(&rig, &key(0x22), |_| {});
        refused(&mut rig, hex(&signature), "sign/signer");
        let facts = &rig.failure().facts;
        assert!(facts.contains(&rig.key.address().checksummed()) && facts.matches("0x").count() == 2, "{facts}");
    }
}

#[test]
fn a_signature_over_any_other_field_is_refused() {
    for flow in FLOWS {
        let rig = Rig::new(Scene::new(flow)).until("sign");
        let Command::Sign { typed_data, .. } = &rig.pending else { unreachable!() };
        let request: Value = serde_json::from_str(&typed_data.to_string()).unwrap();
        for part in ["message", "domain"] {
            for field in fields(&request[part]) {
                let mut rig = Rig::new(Scene::new(flow)).until("sign");
                let signature = wallet(&rig, &key(0x11), |request| alter(request[part].pointer_mut(&field).unwrap()));
                refused(&mut rig, hex(&signature), "sign/signer");
            }
        }
    }
}

// JSON pointers to everything that is no object.
fn fields(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object() else { return vec![String::new()] };
    object.iter().flat_map(|(key, value)| fields(value).into_iter().map(move |rest| format!("/{key}{rest}"))).collect()
}

// Another value of the same type.
fn alter(value: &mut Value) {
    *value = match &*value {
        Value::Number(number) => (number.as_u64().unwrap() + 1).into(),
        Value::String(text) if text.ends_with('1') => format!("{}2", &text[..text.len() - 1]).into(),
        Value::String(text) => format!("{}1", &text[..text.len() - 1]).into(),
        other => panic!("{other}"),
    }
}

#[test]
fn an_account_that_is_none_is_refused() {
    let zero = "0x0000000000000000000000000000000000000000";
    for account in ["", "alice.eth", zero, "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2a"] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("account");
        rig.give(Event::Account(account.into()));
        assert_eq!((rig.problem(), rig.written()), (Some("sign/account"), None), "{account}");
    }
}

#[test]
fn a_key_of_another_account_signs_nothing() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("account");
    rig.give(Event::Account("0x90F79bf6EB2c4f870365E785982E1f101E93b906".into()));
    let mut rig = rig.until("sign");
    rig.give(Event::SignLocally);
    assert_eq!(rig.problem(), Some("sign/account"));
    assert_eq!(rig.written(), Some((Some(State::Reserved), State::Refused)));
}

#[test]
fn a_yes_after_the_window_is_not_sent() {
    for (late_s, end) in [(59, "advance"), (60, "fail"), (3600, "fail")] {
        let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
        rig.now_s += late_s;
        rig.give(Event::SignLocally);
        assert_eq!(name(&rig.pending), end, "{late_s}");
        if end == "fail" {
            assert_eq!(rig.problem(), Some("sign/expired"));
            assert_eq!(rig.written(), Some((Some(State::Reserved), State::Dead)));
        }
    }
}

#[test]
fn the_first_signature_counts_and_the_second_is_ignored() {
    let mut rig = Rig::new(Scene::new(Flow::ExactV2)).until("sign");
    let signature = wallet(&rig, &key(0x11), |_| {});
    rig.give(Event::Signature(hex(&signature)));
    rig.give(Event::Signature(hex(&[7; 65])));
    rig.run();
    assert_eq!((rig.problem(), rig.sent.len()), (None, 1));
}
