//! A purchase as JavaScript starts and reads it, and what the world around it says.

use farthing::wasm::{PayerHandle, PurchaseHandle};
use farthing::x402::header;
use js_sys::{Array, Error, JSON, JsString, Object, Reflect};
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, WorkerGlobalScope};

pub const NOW_S: f64 = 1_795_227_467.0;
pub const URL: &str = "https://api.example.com/weather?key=topsecret";
pub const CHALLENGE: &str = r#"{"x402Version":2,"resource":{"url":"https://api.example.com/weather"},"accepts":[{
    "scheme":"exact","network":"eip155:8453","amount":"10000","asset":"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    "payTo":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C","maxTimeoutSeconds":60}]}"#;

pub fn payer() -> PayerHandle {
    PayerHandle::new(b"{}").unwrap()
}

pub fn purchase(payer: &PayerHandle, id: Option<&str>, now_s: f64) -> PurchaseHandle {
    let purpose = id.map(|id| format!(r#"{{"purchaseId":"{id}"}}"#)).unwrap_or("{}".into());
    start(payer, "pay", &purpose, now_s).unwrap()
}

pub fn start(payer: &PayerHandle, mode: &str, purpose: &str, now_s: f64) -> Result<PurchaseHandle, JsValue> {
    payer.purchase(mode, "GET".into(), URL.into(), b"", purpose, vec![], now_s)
}

/// Takes the first command and answers as a store does that knows nothing.
pub fn load_nothing(purchase: &mut PurchaseHandle, now_s: f64) -> Result<JsString, JsValue> {
    let load = expect(purchase.first(), "load");
    know_nothing(purchase, &load, now_s)
}

pub fn know_nothing(purchase: &mut PurchaseHandle, load: &JsValue, now_s: f64) -> Result<JsString, JsValue> {
    let keys = Array::from(&member(&member(load, "query"), "notes")).length();
    let notes = (0..keys).map(|_| JsValue::UNDEFINED).collect();
    purchase.on_loaded(vec![], vec![], notes, vec![], now_s)
}

pub fn challenge(purchase: &mut PurchaseHandle, now_s: f64) -> Result<JsString, JsValue> {
    let challenge = Some(header::encode(CHALLENGE.as_bytes()));
    purchase.on_answer(402, URL.into(), challenge, vec![], f64::NAN, now_s)
}

pub fn keys(object: &JsValue) -> Vec<String> {
    Object::keys(object.unchecked_ref::<Object>()).iter().map(|key| key.as_string().unwrap()).collect()
}

/// A member of a command; undefined when it is not there.
pub fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

pub fn text(object: &JsValue, name: &str) -> String {
    member(object, name).as_string().unwrap_or_else(|| panic!("{name} of {object:?}"))
}

/// The command, with the texts of its row in it, as the driver reads it.
pub fn expect(command: Result<JsString, JsValue>, name: &str) -> JsValue {
    let lines = String::from(command.unwrap());
    let mut lines = lines.split('\n');
    let command = JSON::parse(lines.next().unwrap()).unwrap();
    let within = [("intent", true), ("write", true), ("entry", false)];
    let of = within.iter().find(|(name, _)| !member(&command, name).is_undefined());
    for (name, line) in ["record", "sealed"].iter().zip(lines) {
        let (of, is_outer) = of.unwrap();
        let entry = if *is_outer { member(&member(&command, of), "entry") } else { member(&command, of) };
        Reflect::set(&entry, &(*name).into(), &line.into()).unwrap();
    }
    assert_eq!(text(&command, "do"), name, "{:?}", JSON::stringify(&command));
    command
}

pub fn expect_failure(command: Result<JsString, JsValue>, code: &str) -> JsValue {
    let command = expect(command, "fail");
    assert_eq!(text(&member(&command, "failure"), "code"), code);
    command
}

pub fn expect_thrown(thrown: JsValue, code: &str, message: &str) {
    let error = thrown.dyn_into::<Error>().expect("an Error, not a text or an object");
    assert_eq!((text(&error, "code"), String::from(error.message())), (code.to_owned(), message.to_owned()));
}

/// The parts of a budget's key.
pub fn words(key: &str) -> Vec<&str> {
    key.split([' ', '/']).collect()
}

pub fn crypto() -> Crypto {
    js_sys::global().unchecked_into::<WorkerGlobalScope>().crypto().unwrap()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Reserve {
    #[serde(rename = "do")]
    pub command: String,
    pub intent: Intent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Intent {
    pub from: Option<String>,
    pub entry: Entry,
    pub holds: Vec<Hold>,
    pub notes: Vec<Note>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entry {
    pub purchase_id: String,
    pub state: String,
    pub request: String,
    pub record: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Hold {
    pub key: String,
    pub amount: String,
    pub limit: String,
    pub bucket: u32,
    pub keep: u32,
    pub until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Note {
    pub key: String,
    pub was: Option<String>,
    pub value: Option<String>,
}
