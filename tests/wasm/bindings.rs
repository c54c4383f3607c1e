//! The bindings as JavaScript meets them, inside a JavaScript engine (Node, by wasm-bindgen-test-runner).
//!
//! `TMPDIR=$PWD/target CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner cargo test \
//! --target wasm32-unknown-unknown --features wasm --test wasm`, with the runner of the wasm-bindgen version pinned in
//! Cargo.toml. TMPDIR because the runner writes CommonJS, which a package.json of type module above it would forbid.
#![cfg(target_arch = "wasm32")]

mod world;

use farthing::contract::message::{AccountMessage, WithdrawalCancellation};
use farthing::primitives::{Address, Network, hex, keccak256};
use farthing::wasm::{KeyHandle, PayerHandle, PurchaseHandle};
use js_sys::{Function, JSON, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use world::{
    Hold, Intent, NOW_S, Reserve, URL, challenge, crypto, expect, expect_failure, expect_thrown, keys, know_nothing,
    load_nothing, member, payer, purchase, start, text, words,
};

#[wasm_bindgen_test]
fn options_that_cannot_be_read_throw_an_error_with_code_and_field() {
    for (options, code, field) in [
        (&br#"{"policy":{"perRequest":"5"}}"#[..], "misuse/policy", "perRequest"),
        (br#"{"cores":[{}]}"#, "misuse/options", "cores"),
        (b"\xff", "misuse/options", "options"),
    ] {
        expect_thrown(PayerHandle::new(options).err().unwrap(), code, field);
    }
}

#[wasm_bindgen_test]
fn the_policy_in_force_is_told_with_its_hash() {
    let payer = payer();
    let policy = JSON::parse(&payer.policy()).unwrap();
    assert_eq!((text(&policy, "perRequest"), payer.policy_hash().len()), ("0.10 USD".into(), 66));
}

#[wasm_bindgen_test]
fn a_key_of_another_length_or_out_of_range_throws() {
    for bytes in [vec![], vec![1; 31], vec![1; 33], vec![0; 32], vec![0xff; 32]] {
        expect_thrown(KeyHandle::new(bytes).err().unwrap(), "sign/key", "");
    }
}

#[wasm_bindgen_test]
fn a_command_has_the_members_of_its_type_and_no_others() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    let mut purchase = purchase(&payer, Some("trip-43"), NOW_S);
    expect(load_nothing(&mut purchase, NOW_S), "probe");
    expect(challenge(&mut purchase, NOW_S), "account");
    let reserve = expect(purchase.on_account(&key.address(), NOW_S), "reserve");
    let reserve: Reserve = serde_wasm_bindgen::from_value(reserve).unwrap();
    let Reserve { command, intent: Intent { from, entry, holds, notes } } = reserve;
    assert_eq!(
        (command.as_str(), entry.purchase_id.as_str(), entry.state.as_str()),
        ("reserve", "trip-43", "reserved")
    );
    // While it is open, the row is found by its request as well.
    assert!(entry.record.contains("trip-43") && entry.record.contains(&entry.request), "{}", entry.record);
    assert_eq!(from, None, "a new row");
    let [Hold { key, amount, limit, bucket, keep, until }] = holds.as_slice() else { panic!("one budget") };
    assert_eq!((words(key).as_slice(), until.as_str()), (&["all", "USD", "day"][..], "proof"));
    // A rolling day in sixty parts and the one that is under way.
    assert!(f64::from(*bucket) <= NOW_S / 1_440.0 && *keep == 61, "{bucket} {keep}");
    assert_eq!((amount.as_str(), limit.as_str()), ("10000000000000000", "1000000000000000000"));
    let stop = notes.iter().find(|note| note.key == "stop").expect("whoever stops is heard");
    assert_eq!((&stop.was, &stop.value), (&None, &None), "compared only");
}

#[wasm_bindgen_test]
async fn a_key_from_web_crypto_is_the_account_that_ethers_derives() {
    let digest = crypto().subtle().digest_with_str_and_u8_array("SHA-256", b"farthing test key").unwrap();
    let bytes = Uint8Array::new(&JsFuture::from(digest).await.unwrap()).to_vec();
    // ethers 6.17: new Wallet(sha256("farthing test key")).address
    assert_eq!(KeyHandle::new(bytes).unwrap().address(), "0x5a9C7EB24fcAeb02933E752D87e9B27aeBE94Ee5");
}

#[wasm_bindgen_test]
fn a_purchase_runs_from_load_to_finish_with_a_local_key() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    let mut purchase = purchase(&payer, Some("trip-42"), NOW_S);
    let load = expect(purchase.first(), "load");
    assert_eq!(text(&member(&load, "query"), "purchaseId"), "trip-42");
    expect(know_nothing(&mut purchase, &load, NOW_S), "probe");
    expect(challenge(&mut purchase, NOW_S), "account");
    let reserve = expect(purchase.on_account(&key.address(), NOW_S), "reserve");
    let intent = member(&reserve, "intent");
    let hold = Reflect::get_u32(&member(&intent, "holds"), 0).unwrap();
    assert_eq!((text(&hold, "amount"), member(&hold, "keep").as_f64()), ("10000000000000000".into(), Some(61.0)));
    assert_eq!(text(&member(&intent, "entry"), "state"), "reserved");

    let sign = expect(purchase.on_reserved("held", None, None, NOW_S), "sign");
    assert_eq!((text(&sign, "payer"), text(&sign, "chainId")), (key.address(), "8453".into()));
    let typed_data = JSON::parse(&purchase.typed_data()).unwrap();
    assert_eq!(text(&typed_data, "primaryType"), "TransferWithAuthorization");

    let advance = expect(purchase.sign_locally(&key, NOW_S), "advance");
    assert_eq!(
        (text(&advance, "from"), text(&member(&advance, "entry"), "state")),
        ("reserved".into(), "signed".into())
    );
    let send = expect(purchase.on_advanced(true, NOW_S), "send");
    assert_eq!((text(&send, "url"), text(&send, "header")), (URL.into(), "PAYMENT-SIGNATURE".into()));
    let sealed = JSON::parse(&text(&member(&advance, "entry"), "sealed")).unwrap();
    assert_eq!(text(&sealed, "value"), text(&send, "value"));

    let finish = expect(purchase.on_settlement(200, None, Some(b"rain".to_vec()), None, None, NOW_S), "finish");
    let write = member(&finish, "write");
    assert_eq!((text(&write, "from"), text(&member(&write, "entry"), "state")), ("signed".into(), "unknown".into()));
    let record = JSON::parse(&text(&member(&member(&finish, "write"), "entry"), "record")).unwrap();
    assert_eq!(text(&member(&record, "evidence"), "output"), hex::encode(&keccak256(b"rain")));
}

#[wasm_bindgen_test]
fn what_is_absent_is_no_member_rather_than_null() {
    let payer = payer();
    let load = expect(purchase(&payer, None, NOW_S).first(), "load");
    assert_eq!(
        (keys(&load), keys(&member(&load, "query"))),
        (vec!["do".into(), "query".into()], vec!["request".into(), "notes".into(), "holds".into()],)
    );
    let load = expect(purchase(&payer, Some("trip-42"), NOW_S).first(), "load");
    assert_eq!(keys(&member(&load, "query")), ["purchaseId", "notes", "holds"]);
    let fail = expect_failure(purchase(&payer, Some("a b"), NOW_S).first(), "misuse/options");
    assert_eq!(keys(&fail), ["do", "failure"], "no write");
    assert_eq!(keys(&member(&fail, "failure")), ["code", "facts", "considered"], "no budget");
}

#[wasm_bindgen_test]
fn a_clock_that_is_no_number_starts_nothing() {
    for now_s in [f64::NAN, -1.0, 0.0, f64::INFINITY, f64::NEG_INFINITY, NOW_S * 1000.0] {
        expect_failure(purchase(&payer(), None, now_s).first(), "misuse/clock");
    }
}

#[wasm_bindgen_test]
fn a_clock_that_becomes_no_number_signs_no_longer_window() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    for later_s in [f64::NAN, f64::INFINITY, -5.0] {
        let mut purchase = purchase(&payer, None, NOW_S);
        load_nothing(&mut purchase, later_s).unwrap();
        challenge(&mut purchase, later_s).unwrap();
        let reserve = expect(purchase.on_account(&key.address(), later_s), "reserve");
        let record = JSON::parse(&text(&member(&member(&reserve, "intent"), "entry"), "record")).unwrap();
        let valid_before = member(&member(&record, "attempt"), "validBefore").as_f64();
        assert_eq!(valid_before, Some(NOW_S + 60.0), "{later_s}");
    }
}

#[wasm_bindgen_test]
fn an_event_out_of_order_fails_and_leaves_the_purchase_where_it_was() {
    let payer = payer();
    let mut purchase = purchase(&payer, None, NOW_S);
    let load = expect(purchase.first(), "load");
    expect_thrown(purchase.first().unwrap_err(), "misuse/out-of-order", "first");
    expect_failure(purchase.on_advanced(true, NOW_S), "misuse/out-of-order");
    expect_failure(purchase.on_signature("0x", NOW_S), "misuse/out-of-order");
    expect(know_nothing(&mut purchase, &load, NOW_S), "probe");
}

#[wasm_bindgen_test]
fn what_the_bindings_do_not_know_is_never_a_yes() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    for (word, key_of, used) in [
        ("", None, None),
        ("Held", None, None),
        ("held", Some("stop"), None),
        ("held", None, Some("1")),
        ("exists", Some("stop"), None),
        ("changed", None, None),
        ("changed", Some("stop"), Some("1")),
        ("exceeds", None, None),
        ("exceeds", None, Some("1")),
        ("exceeds", Some("all"), None),
        ("exceeds", Some("all"), Some("-1")),
    ] {
        let mut purchase = purchase(&payer, None, NOW_S);
        load_nothing(&mut purchase, NOW_S).unwrap();
        challenge(&mut purchase, NOW_S).unwrap();
        expect(purchase.on_account(&key.address(), NOW_S), "reserve");
        let (key_of, used) = (key_of.map(str::to_owned), used.map(str::to_owned));
        // An answer that is none may have written: the store is asked again.
        expect(purchase.on_reserved(word, key_of, used, NOW_S), "load");
        expect_failure(purchase.on_loaded(vec![], vec![], vec![], vec![], NOW_S), "store/failed");
    }
    for (sealed, used) in [(vec![], vec![]), (vec!["".into()], vec!["1.5".into()])] {
        let mut uneven = purchase(&payer, None, NOW_S);
        expect_failure(uneven.on_loaded(vec!["{}".into()], sealed, vec![], used, NOW_S), "store/failed");
    }
}

#[wasm_bindgen_test]
fn what_the_store_knows_of_others_reaches_the_failure() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    let reserving = || {
        let mut purchase = purchase(&payer, None, NOW_S);
        load_nothing(&mut purchase, NOW_S).unwrap();
        challenge(&mut purchase, NOW_S).unwrap();
        let reserve = expect(purchase.on_account(&key.address(), NOW_S), "reserve");
        let hold = Reflect::get_u32(&member(&member(&reserve, "intent"), "holds"), 0).unwrap();
        (purchase, text(&hold, "key"))
    };
    let (mut purchase, budget) = reserving();
    let used = Some("995000000000000000".to_owned());
    let fail = expect_failure(purchase.on_reserved("exceeds", Some(budget.clone()), used, NOW_S), "budget/exceeded");
    let full = member(&member(&fail, "failure"), "budget");
    assert_eq!((text(&full, "key"), text(&full, "remaining")), (budget, "5000000000000000".into()));
    let (mut purchase, _) = reserving();
    expect_failure(purchase.on_reserved("changed", Some("stop".into()), None, NOW_S), "policy/stopped");
    let (mut purchase, _) = reserving();
    expect_failure(purchase.on_reserved("changed", Some("seller".into()), None, NOW_S), "store/changed");
    let mut purchase = start(&payer, "pay", "{}", NOW_S).unwrap();
    let stopped = purchase.on_loaded(vec![], vec![], vec!["by hand".into(), JsValue::NULL], vec![], NOW_S);
    expect_failure(stopped, "policy/stopped");
}

#[wasm_bindgen_test]
fn a_mode_or_a_purpose_that_cannot_be_read_throws_with_its_name() {
    for (mode, purpose, field) in [
        ("Pay", "{}", "mode"),
        ("", "{}", "mode"),
        ("pay", "", "purpose"),
        ("pay", "trip-42", "purpose"),
        ("pay", r#"{"task":1}"#, "task"),
        ("pay", r#"{"purchaseId":null}"#, "purchaseId"),
        ("pay", r#"{"quoted":"0x12"}"#, "quoted"),
    ] {
        expect_thrown(start(&payer(), mode, purpose, NOW_S).err().unwrap(), "misuse/options", field);
    }
    expect_failure(start(&payer(), "pay", r#"{"atMost":"much"}"#, NOW_S).unwrap().first(), "misuse/options");
}

#[wasm_bindgen_test]
fn two_purchases_have_ids_of_their_own_and_a_frozen_random_source_has_none() {
    let payer = payer();
    let id = |mut purchase: PurchaseHandle| {
        load_nothing(&mut purchase, NOW_S).unwrap();
        // Refused, and recorded under its id.
        let fail = expect(purchase.on_answer(402, URL.into(), Some("%".into()), vec![], f64::NAN, NOW_S), "fail");
        text(&member(&member(&fail, "write"), "entry"), "purchaseId")
    };
    assert_ne!(id(purchase(&payer, None, NOW_S)), id(purchase(&payer, None, NOW_S)));

    let frozen = Function::new_with_args("bytes", "bytes.fill(7); return bytes");
    let name = JsValue::from("getRandomValues");
    assert!(Reflect::set(&crypto(), &name, &frozen).unwrap());
    let command = purchase(&payer, None, NOW_S).first();
    assert!(Reflect::delete_property(&crypto(), &name).unwrap(), "the real one is the prototype's");
    expect_failure(command, "misuse/entropy");
    expect(purchase(&payer, None, NOW_S).first(), "load");
}

#[wasm_bindgen_test]
fn the_checksum_of_an_address_survives_the_boundary() {
    let key = KeyHandle::new(vec![0x11; 32]).unwrap();
    assert!(Address::parse(&key.address()).is_ok_and(|address| address.checksummed() == key.address()));
    assert!(hex::decode_fixed::<20>(&key.address()).is_some());
}

#[wasm_bindgen_test]
fn a_key_signs_messages_of_its_own_account_that_are_spelled_as_ours_and_nothing_else() {
    let key = KeyHandle::new(vec![0x11; 32]).unwrap();
    let message = |user: &str| {
        AccountMessage::CancelWithdrawal(WithdrawalCancellation {
            network: Network::from_chain_id(84532).unwrap(),
            contract: Address::from_bytes([0xc0; 20]),
            user: Address::parse(user).unwrap(),
            asset: Address::ZERO,
            valid_after_s: 0,
            valid_before_s: 1_795_231_000,
            nonce: [7; 32],
        })
    };
    let own = message(&key.address());
    let signature = key.sign_account_message(&own.typed_data()).unwrap();
    assert!(own.signature(&signature).is_ok());
    let other = message("0x209693Bc6afc0C5328bA36FaF03C514EF312287C").typed_data();
    expect_thrown(key.sign_account_message(&other).unwrap_err(), "sign/signer", "");
    for text in ["", "{}", &format!("{} ", own.typed_data()), &own.typed_data().replace("Core4Mica", "Permit2")] {
        expect_thrown(key.sign_account_message(text).unwrap_err(), "misuse/options", "typedData");
    }
}
