//! The bindings as JavaScript meets them, inside a JavaScript engine (Node, by wasm-bindgen-test-runner).
//!
//! `TMPDIR=$PWD/target CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner cargo test \
//! --target wasm32-unknown-unknown --features wasm --test wasm`, with the runner of the wasm-bindgen version pinned in
//! Cargo.toml. TMPDIR because the runner writes CommonJS, which a package.json of type module above it would forbid.
#![cfg(target_arch = "wasm32")]

use farthing::primitives::{Address, hex};
use farthing::wasm::{KeyHandle, PayerHandle, PurchaseHandle};
use farthing::x402::header;
use js_sys::{Error, Function, JSON, Object, Reflect, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Crypto, WorkerGlobalScope};

const NOW_S: f64 = 1_795_227_467.0;
const URL: &str = "https://api.example.com/weather?key=topsecret";
const CHALLENGE: &str = r#"{"x402Version":2,"resource":{"url":"https://api.example.com/weather"},"accepts":[{
    "scheme":"exact","network":"eip155:8453","amount":"10000","asset":"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "payTo":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C","maxTimeoutSeconds":60}]}"#;

fn payer() -> PayerHandle {
    PayerHandle::new(b"{}").unwrap()
}

fn purchase(payer: &PayerHandle, id: Option<&str>, now_s: f64) -> PurchaseHandle {
    let id = id.map(str::to_owned);
    payer.purchase(false, "GET".into(), URL.into(), b"", id, None, None, now_s).unwrap()
}

/// A member of a command; undefined when it is not there.
fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

fn text(object: &JsValue, name: &str) -> String {
    member(object, name).as_string().unwrap_or_else(|| panic!("{name} of {object:?}"))
}

fn expect(command: Result<JsValue, JsValue>, name: &str) -> JsValue {
    let command = command.unwrap();
    assert_eq!(text(&command, "do"), name, "{:?}", JSON::stringify(&command));
    command
}

fn expect_failure(command: Result<JsValue, JsValue>, code: &str) -> JsValue {
    let command = expect(command, "fail");
    assert_eq!(text(&member(&command, "failure"), "code"), code);
    command
}

fn expect_thrown(thrown: JsValue, code: &str, message: &str) {
    let error = thrown.dyn_into::<Error>().expect("an Error, not a text or an object");
    assert_eq!((text(&error, "code"), String::from(error.message())), (code.to_owned(), message.to_owned()));
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Reserve {
    #[serde(rename = "do")]
    command: String,
    entry: Entry,
    holds: Vec<Hold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entry {
    purchase_id: String,
    state: String,
    record: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Hold {
    key: String,
    amount: String,
    limit: String,
    window_s: u32,
}

#[wasm_bindgen_test]
fn a_command_has_the_members_of_its_type_and_no_others() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    let mut purchase = purchase(&payer, Some("trip-43"), NOW_S);
    expect(purchase.first(), "load");
    expect(purchase.on_loaded(vec![], vec![], NOW_S), "probe");
    let challenge = Some(header::encode(CHALLENGE.as_bytes()));
    expect(purchase.on_answer(402, URL.into(), challenge, vec![], f64::NAN, NOW_S), "account");
    let reserve: Reserve = serde_wasm_bindgen::from_value(purchase.on_account(&key.address(), NOW_S).unwrap()).unwrap();
    let Reserve { command, entry, holds } = reserve;
    assert_eq!(
        (command.as_str(), entry.purchase_id.as_str(), entry.state.as_str()),
        ("reserve", "trip-43", "reserved")
    );
    assert!(entry.record.contains("trip-43"));
    let [Hold { key, amount, limit, window_s }] = holds.as_slice() else { panic!("one budget") };
    assert_eq!((key.as_str(), *window_s), ("all/USD/day", 86_400));
    assert_eq!((amount.as_str(), limit.as_str()), ("10000000000000000", "1000000000000000000"));
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
    assert_eq!(text(&expect(purchase.first(), "load"), "purchaseId"), "trip-42");
    expect(purchase.on_loaded(vec![], vec![], NOW_S), "probe");
    let challenge = Some(header::encode(CHALLENGE.as_bytes()));
    expect(purchase.on_answer(402, URL.into(), challenge, vec![], f64::NAN, NOW_S), "account");
    let reserve = expect(purchase.on_account(&key.address(), NOW_S), "reserve");
    let hold = Reflect::get_u32(&member(&reserve, "holds"), 0).unwrap();
    assert_eq!((text(&hold, "key"), text(&hold, "amount")), ("all/USD/day".into(), "10000000000000000".into()));
    assert_eq!(member(&hold, "windowS").as_f64(), Some(86_400.0));
    assert_eq!(text(&member(&reserve, "entry"), "state"), "reserved");

    let sign = expect(purchase.on_reserved("held", None, NOW_S), "sign");
    assert_eq!((text(&sign, "payer"), text(&sign, "chainId")), (key.address(), "8453".into()));
    let typed_data = JSON::parse(&text(&sign, "typedData")).unwrap();
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

    let finish = expect(purchase.on_settlement(200, None, NOW_S), "finish");
    let write = member(&finish, "write");
    assert_eq!((text(&write, "from"), text(&member(&write, "entry"), "state")), ("signed".into(), "unknown".into()));
}

#[wasm_bindgen_test]
fn what_is_absent_is_no_member_rather_than_null() {
    let payer = payer();
    let load = expect(purchase(&payer, None, NOW_S).first(), "load");
    assert_eq!(Object::keys(load.unchecked_ref::<Object>()).to_vec(), [JsValue::from("do")]);
    let fail = expect_failure(purchase(&payer, Some("a b"), NOW_S).first(), "misuse/options");
    assert_eq!(Object::keys(fail.unchecked_ref::<Object>()).length(), 2, "do and failure, no write");
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
        purchase.on_loaded(vec![], vec![], later_s).unwrap();
        let challenge = Some(header::encode(CHALLENGE.as_bytes()));
        purchase.on_answer(402, URL.into(), challenge, vec![], f64::NAN, later_s).unwrap();
        let reserve = expect(purchase.on_account(&key.address(), later_s), "reserve");
        let record = JSON::parse(&text(&member(&reserve, "entry"), "record")).unwrap();
        let valid_before = member(&member(&record, "attempt"), "validBefore").as_f64();
        assert_eq!(valid_before, Some(NOW_S + 60.0), "{later_s}");
    }
}

#[wasm_bindgen_test]
fn an_event_out_of_order_fails_and_leaves_the_purchase_where_it_was() {
    let payer = payer();
    let mut purchase = purchase(&payer, None, NOW_S);
    expect(purchase.first(), "load");
    expect_thrown(purchase.first().unwrap_err(), "misuse/out-of-order", "first");
    expect_failure(purchase.on_advanced(true, NOW_S), "misuse/out-of-order");
    expect_failure(purchase.on_signature("0x", NOW_S), "misuse/out-of-order");
    expect(purchase.on_loaded(vec![], vec![], NOW_S), "probe");
}

#[wasm_bindgen_test]
fn what_the_bindings_do_not_know_is_never_a_yes() {
    let (payer, key) = (payer(), KeyHandle::new(vec![0x11; 32]).unwrap());
    for (word, budget) in [("Held", None), ("held", Some("all/USD/day")), ("exceeds", None), ("", None)] {
        let mut purchase = purchase(&payer, None, NOW_S);
        purchase.on_loaded(vec![], vec![], NOW_S).unwrap();
        let challenge = Some(header::encode(CHALLENGE.as_bytes()));
        purchase.on_answer(402, URL.into(), challenge, vec![], f64::NAN, NOW_S).unwrap();
        expect(purchase.on_account(&key.address(), NOW_S), "reserve");
        expect_failure(purchase.on_reserved(word, budget.map(str::to_owned), NOW_S), "store/failed");
    }
    let mut uneven = purchase(&payer, None, NOW_S);
    expect_failure(uneven.on_loaded(vec!["{}".into()], vec![], NOW_S), "store/failed");
}

#[wasm_bindgen_test]
fn two_purchases_have_ids_of_their_own_and_a_frozen_random_source_has_none() {
    let payer = payer();
    let id = |mut purchase: PurchaseHandle| {
        purchase.on_loaded(vec![], vec![], NOW_S).unwrap();
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

fn crypto() -> Crypto {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto().unwrap()
}
