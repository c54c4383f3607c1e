//! The payer: a compiled configuration, a key, and purchases in progress.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use js_sys::JsString;
use wasm_bindgen::prelude::*;

use super::command;
#[cfg(feature = "local-signer")]
use super::key::KeyHandle;
use super::thrown::{Thrown, seconds};
use crate::error::Code;
use crate::ledger::{Reservation, View};
use crate::primitives::{Amount, Url, hex, keccak256};
use crate::purchase::{
    Answer, Command, Config, ConfigError, Consent, Entropy, Mode, PaidAnswer, Purchase, Request, Time, Trouble,
};

/// Compiled options: policy, tokens, cores. Immutable.
#[wasm_bindgen(js_name = Payer)]
pub struct PayerHandle {
    config: Arc<Config>,
}

#[wasm_bindgen(js_class = Payer)]
impl PayerHandle {
    /// Reads `{"policy"?, "assets"?, "cores"?, "store"?}` as JSON bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8]) -> Result<PayerHandle, JsValue> {
        match Config::parse(options) {
            Ok(config) => Ok(PayerHandle { config: Arc::new(config) }),
            Err(ConfigError::Policy(error)) => Err(Thrown::new(error.code(), error.field).into()),
            Err(ConfigError::Field(field)) => Err(Thrown::new(Code::Options, field).into()),
        }
    }

    /// The policy in force as canonical JSON.
    #[wasm_bindgen(getter)]
    pub fn policy(&self) -> String {
        self.config.policy.canonical()
    }

    /// Version of the policy: the hash in every record.
    #[wasm_bindgen(getter, js_name = policyHash)]
    pub fn policy_hash(&self) -> String {
        hex::encode(self.config.policy.hash())
    }

    /// IANA names of the time zones that budgets count in, joined by spaces.
    #[wasm_bindgen(getter)]
    pub fn zones(&self) -> String {
        self.config.policy.zones().join(" ")
    }

    /// The budgets that a purchase of this `purpose` (as for `purchase`) from this seller's URL would count against before
    /// there are terms: a JSON array, to ask a store what remains.
    pub fn budgets(&self, purpose: &str, url: Option<String>, zones: Vec<i32>, now_s: f64) -> Result<String, JsValue> {
        let malformed = |field: &'static str| JsValue::from(Thrown::new(Code::Options, field));
        let request = Request::read(purpose.as_bytes(), String::new(), String::new(), [0; 32]).map_err(malformed)?;
        let seller = match url {
            None => None,
            Some(url) => Some(Url::parse(&url).ok_or_else(|| malformed("seller"))?.origin),
        };
        let policy = &self.config.policy;
        if zones.len() != policy.zones().len() {
            return Err(malformed("timeZone"));
        }
        let holds = policy.budgets_without_terms(seller.as_ref(), &request.purpose, seconds(now_s), &zones);
        Ok(command::budgets(&holds))
    }

    /// Starts a purchase. `mode` is `pay`, `quote` or `observe`; `purpose` is a JSON object of texts, as the caller wrote
    /// them: `purchaseId`, `task`, `reason`, `agent`, `session`, `category`, `atMost`, `quoted`; `body` is the whole
    /// request body; `zones` are minutes east of UTC now, for each of the policy's zones.
    /// JS numbers arrive as `f64` and are range-checked in `seconds`, nowhere else.
    #[allow(clippy::too_many_arguments, reason = "one crossing of the boundary instead of many")]
    pub fn purchase(
        &self,
        mode: &str,
        method: String,
        url: String,
        body: &[u8],
        purpose: &str,
        zones: Vec<i32>,
        now_s: f64,
    ) -> Result<PurchaseHandle, JsValue> {
        let mode = match mode {
            "pay" => Mode::Pay,
            "quote" => Mode::Quote,
            "observe" => Mode::Observe,
            _ => return Err(Thrown::new(Code::Options, "mode").into()),
        };
        let body_hash = if body.is_empty() { [0; 32] } else { keccak256(body) };
        let request = Request::read(purpose.as_bytes(), method, url, body_hash)
            .map_err(|field| JsValue::from(Thrown::new(Code::Options, field)))?;
        let time = Time { now_s: seconds(now_s), zones };
        let (purchase, first) = Purchase::new(Arc::clone(&self.config), mode, request, entropy()?, time);
        Ok(PurchaseHandle { purchase, first: Some(first) })
    }
}

fn entropy() -> Result<Entropy, JsValue> {
    let mut drawn = [0; 80];
    // Once for all three: each draw crosses into JavaScript.
    getrandom::fill(&mut drawn).map_err(|_| JsValue::from(Thrown::new(Code::Entropy, "no random source")))?;
    let mut entropy = Entropy { id: [0; 16], nonce: [0; 32], salt: [0; 32] };
    entropy.id.copy_from_slice(&drawn[..16]);
    entropy.nonce.copy_from_slice(&drawn[16..48]);
    entropy.salt.copy_from_slice(&drawn[48..]);
    Ok(entropy)
}

/// A purchase in progress. Every method takes one event and returns the next command as text (see `command`).
#[wasm_bindgen(js_name = Purchase)]
pub struct PurchaseHandle {
    purchase: Purchase,
    first: Option<Command>,
}

#[wasm_bindgen(js_class = Purchase)]
impl PurchaseHandle {
    /// The first command. Once.
    pub fn first(&mut self) -> Result<JsString, JsValue> {
        match self.first.take() {
            Some(command) => out(command),
            None => Err(Thrown::new(Code::OutOfOrder, "first").into()),
        }
    }

    /// What the store knows: records with what is sealed with each (empty for nothing), notes (absent for nothing), and
    /// sums as decimal texts.
    #[wasm_bindgen(js_name = onLoaded)]
    pub fn on_loaded(
        &mut self,
        records: Vec<String>,
        sealed: Vec<String>,
        notes: Vec<JsValue>,
        used: Vec<String>,
        now_s: f64,
    ) -> Result<JsString, JsValue> {
        let used: Option<Vec<Amount>> = used.iter().map(|text| Amount::from_decimal(text).ok()).collect();
        let odd = |note: &JsValue| !note.is_string() && !note.is_null() && !note.is_undefined();
        let Some(used) = used.filter(|_| records.len() == sealed.len() && !notes.iter().any(odd)) else {
            // A row without its twin must not vanish: it may be the payment that is still under way.
            return out(self.purchase.on_trouble(Trouble::Store, seconds(now_s)));
        };
        let sealed = sealed.into_iter().map(|text| Some(text).filter(|text| !text.is_empty()));
        let entries = records.into_iter().zip(sealed).collect();
        let notes = notes.iter().map(JsValue::as_string).collect();
        out(self.purchase.on_loaded(View { entries, notes, used }, seconds(now_s)))
    }

    /// The unpaid answer. `date_s` is NaN where there is no readable `Date`.
    #[wasm_bindgen(js_name = onAnswer)]
    pub fn on_answer(
        &mut self,
        status: u16,
        url: String,
        header: Option<String>,
        body: Vec<u8>,
        date_s: f64,
        now_s: f64,
    ) -> Result<JsString, JsValue> {
        let date_s = date_s.is_finite().then(|| seconds(date_s));
        let answer = Answer { status, url, header, body, date_s };
        out(self.purchase.on_answer(&answer, seconds(now_s)))
    }

    /// The wallet's account.
    #[wasm_bindgen(js_name = onAccount)]
    pub fn on_account(&mut self, address: &str, now_s: f64) -> Result<JsString, JsValue> {
        out(self.purchase.on_account(address, seconds(now_s)))
    }

    /// A core's document. Status 0 for no answer.
    #[wasm_bindgen(js_name = onFetched)]
    pub fn on_fetched(&mut self, status: u16, body: &[u8], now_s: f64) -> Result<JsString, JsValue> {
        out(self.purchase.on_fetched(status, body, seconds(now_s)))
    }

    /// The store's word: `held`, `exists`, `changed` with the key of the note, or `exceeds` with the key of the budget
    /// and what counts there.
    #[wasm_bindgen(js_name = onReserved)]
    pub fn on_reserved(
        &mut self,
        word: &str,
        key: Option<String>,
        used: Option<String>,
        now_s: f64,
    ) -> Result<JsString, JsValue> {
        let used = used.and_then(|used| Amount::from_decimal(&used).ok());
        let reservation = match (word, key, used) {
            ("held", None, None) => Reservation::Held,
            ("exists", None, None) => Reservation::Exists,
            ("changed", Some(key), None) => Reservation::Changed(key),
            ("exceeds", Some(key), Some(used)) => Reservation::Exceeds { key, used },
            // An answer we do not know is not a yes.
            _ => return out(self.purchase.on_trouble(Trouble::Store, seconds(now_s))),
        };
        out(self.purchase.on_reserved(&reservation, seconds(now_s)))
    }

    /// The parameter of `eth_signTypedData_v4` that belongs to `sign`, for a wallet.
    #[wasm_bindgen(js_name = typedData)]
    pub fn typed_data(&self) -> String {
        self.purchase.typed_data().map(|typed_data| typed_data.to_string()).unwrap_or_default()
    }

    /// The owner's answer: `yes` and who, `no`, or anything else for later.
    #[wasm_bindgen(js_name = onAnswered)]
    pub fn on_answered(&mut self, word: &str, by: String, now_s: f64) -> Result<JsString, JsValue> {
        let consent = match word {
            "yes" => Consent::Yes { by },
            "no" => Consent::No,
            _ => Consent::Later,
        };
        out(self.purchase.on_answered(consent, seconds(now_s)))
    }

    /// A wallet's signature, as hex text.
    #[wasm_bindgen(js_name = onSignature)]
    pub fn on_signature(&mut self, signature: &str, now_s: f64) -> Result<JsString, JsValue> {
        out(self.purchase.on_signature(signature, seconds(now_s)))
    }

    /// Signs with a local key instead of a wallet.
    #[cfg(feature = "local-signer")]
    #[wasm_bindgen(js_name = signLocally)]
    pub fn sign_locally(&mut self, key: &KeyHandle, now_s: f64) -> Result<JsString, JsValue> {
        out(self.purchase.sign_locally(&key.key, seconds(now_s)))
    }

    /// Whether the store found the row in the expected state and replaced it.
    #[wasm_bindgen(js_name = onAdvanced)]
    pub fn on_advanced(&mut self, confirmed: bool, now_s: f64) -> Result<JsString, JsValue> {
        out(self.purchase.on_advanced(confirmed, seconds(now_s)))
    }

    /// The paid answer. Status 0 for a hidden redirect; `content` where its hash is wanted; `refusal` and `challenge` are
    /// the body and the `PAYMENT-REQUIRED` of a 402 or a 5xx.
    #[allow(clippy::too_many_arguments, reason = "the parts of one answer")]
    #[wasm_bindgen(js_name = onSettlement)]
    pub fn on_settlement(
        &mut self,
        status: u16,
        header: Option<String>,
        content: Option<Vec<u8>>,
        refusal: Option<Vec<u8>>,
        challenge: Option<String>,
        now_s: f64,
    ) -> Result<JsString, JsValue> {
        let output = content.map(|content| keccak256(&content));
        let body = refusal.map(|body| PaidAnswer::refusal(body, challenge.as_deref())).unwrap_or_default();
        let answer = PaidAnswer { status, header, output, body };
        out(self.purchase.on_settlement(&answer, seconds(now_s)))
    }

    /// What was wrong with the certificate: a code, or nothing.
    #[wasm_bindgen(js_name = onCertificate)]
    pub fn on_certificate(&mut self, problem: Option<String>, now_s: f64) -> Result<JsString, JsValue> {
        // A problem we have no name for is still a problem.
        let code = problem.map(|problem| Code::parse(&problem).unwrap_or(Code::CertificateSignatureMismatch));
        out(self.purchase.on_certificate(code, seconds(now_s)))
    }

    /// Something failed outside.
    #[wasm_bindgen(js_name = onTrouble)]
    pub fn on_trouble(&mut self, word: &str, now_s: f64) -> Result<JsString, JsValue> {
        let trouble = match word {
            "network" => Trouble::Network,
            "aborted" => Trouble::Aborted,
            "stopped" => Trouble::Stopped,
            "killed" => Trouble::Killed,
            "store" => Trouble::Store,
            "wallet-rejected" => Trouble::WalletRejected,
            "wallet-account" => Trouble::WalletAccount,
            "wallet-chain" => Trouble::WalletChain,
            _ => Trouble::WalletFailed,
        };
        out(self.purchase.on_trouble(trouble, seconds(now_s)))
    }
}

fn out(next: Command) -> Result<JsString, JsValue> {
    Ok(JsString::from(command::command(&next)))
}
