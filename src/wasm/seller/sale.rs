//! One sale: a request in, its body after it, steps out as JSON texts, reports in.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::step::step;
use super::{PaywallHandle, TermsHandle, Thrown, refused, seconds};
use crate::error::Code;
use crate::json::{self, Node};
use crate::ledger::Reservation;
use crate::primitives::{Amount, keccak256};
use crate::sale::{Agent, Request, Sale, Shown, Told};

#[wasm_bindgen(js_class = Terms)]
impl TermsHandle {
    /// The payment of a request: its URL, the payment's headers, and `{"method", "signIn"?, "userAgent"?, "signatureAgent"?}`.
    /// What a buyer sent never throws.
    ///
    /// # Errors
    /// An `Error` with code `misuse/options`: the driver's own text cannot be read.
    pub fn shown(
        &self,
        url: &str,
        v1: Option<String>,
        v2: Option<String>,
        rest: &str,
        now_s: f64,
    ) -> Result<ShownHandle, JsValue> {
        let malformed = || JsValue::from(Thrown::new(Code::Options, "request"));
        let root = json::read_kept(rest.as_bytes()).map_err(|_| malformed())?;
        let text = |name: &str| root.member(name).and_then(Node::text);
        let method = text("method").ok_or_else(malformed)?;
        let request = Request { method, url, v1: v1.as_deref(), v2: v2.as_deref(), sign_in: text("signIn") };
        let agent = Agent {
            user_agent: text("userAgent").map(String::from),
            signature_agent: text("signatureAgent").map(String::from),
        };
        Ok(ShownHandle { shown: Shown::read(&self.terms, &request, agent, seconds(now_s)) })
    }
}

/// A payment, read once.
#[wasm_bindgen(js_name = Shown)]
pub struct ShownHandle {
    shown: Shown,
}

#[wasm_bindgen(js_class = Shown)]
impl ShownHandle {
    /// What is wrong with it whatever its signature, the body and the time: `{"code", "facts"}`, or undefined.
    pub fn refusal(&self) -> Option<String> {
        self.shown.refusal().map(refused)
    }

    /// Its sale, with the whole body of the request. Uses it up.
    pub fn sale(self, body: &[u8]) -> SaleHandle {
        let hash = if body.is_empty() { [0; 32] } else { keccak256(body) };
        SaleHandle { sale: Sale::new(self.shown, hash) }
    }
}

#[wasm_bindgen(js_class = Paywall)]
impl PaywallHandle {
    /// A row of the store that may have been left behind, as JSON, to be finished.
    ///
    /// # Errors
    /// As [`TermsHandle::shown`].
    pub fn resumed(&self, entry: &str, _now_s: f64) -> Result<SaleHandle, JsValue> {
        let (record, sealed) = row(entry).ok_or_else(|| JsValue::from(Thrown::new(Code::Options, "entry")))?;
        Ok(SaleHandle { sale: Sale::resumed(Rc::clone(&self.paywall), record, sealed) })
    }
}

/// A sale under way. Every method takes one report and returns the next step.
#[wasm_bindgen(js_name = Sale)]
pub struct SaleHandle {
    sale: Sale,
}

#[wasm_bindgen(js_class = Sale)]
impl SaleHandle {
    /// The first step.
    pub fn first(&mut self, now_s: f64) -> String {
        step(&self.sale.first(seconds(now_s)))
    }

    /// Whether the seller serves the buyer.
    #[wasm_bindgen(js_name = onAdmitted)]
    pub fn on_admitted(&mut self, yes: bool, now_s: f64) -> String {
        self.tell(Told::Admitted(yes), now_s)
    }

    /// The row as JSON; undefined for none.
    #[wasm_bindgen(js_name = onLoaded)]
    pub fn on_loaded(&mut self, entry: Option<String>, now_s: f64) -> String {
        let told = match entry {
            None => Told::Loaded(None),
            // A row that cannot be read must not vanish: it may be the payment that is settled already.
            Some(entry) => row(&entry).map_or(Told::Trouble, |row| Told::Loaded(Some(row))),
        };
        self.tell(told, now_s)
    }

    /// The store's word: `held`, `exists`, `changed` with the key of the note, or `exceeds` with the key of the budget and
    /// what counts there.
    #[wasm_bindgen(js_name = onReserved)]
    pub fn on_reserved(&mut self, word: &str, key: Option<String>, used: Option<String>, now_s: f64) -> String {
        let used = used.and_then(|used| Amount::from_decimal(&used).ok());
        let told = match (word, key, used) {
            ("held", None, None) => Told::Reserved(Reservation::Held),
            ("exists", None, None) => Told::Reserved(Reservation::Exists),
            ("changed", Some(key), None) => Told::Reserved(Reservation::Changed(key)),
            ("exceeds", Some(key), Some(used)) => Told::Reserved(Reservation::Exceeds { key, used }),
            // An answer we do not know is not a yes.
            _ => Told::Trouble,
        };
        self.tell(told, now_s)
    }

    /// Whether the store found the row in its state and replaced it.
    #[wasm_bindgen(js_name = onAdvanced)]
    pub fn on_advanced(&mut self, confirmed: bool, now_s: f64) -> String {
        self.tell(Told::Advanced(confirmed), now_s)
    }

    /// An answer: HTTP status, 0 for none, and body.
    #[wasm_bindgen(js_name = onAnswer)]
    pub fn on_answer(&mut self, status: u16, body: Vec<u8>, now_s: f64) -> String {
        self.tell(Told::Answer(status, body), now_s)
    }

    /// What is wrong with the operator's signature: a code, or nothing.
    #[wasm_bindgen(js_name = onCertificate)]
    pub fn on_certificate(&mut self, problem: Option<String>, now_s: f64) -> String {
        // A problem we have no name for is still a problem.
        let code = problem.map(|problem| Code::parse(&problem).unwrap_or(Code::CertificateSignatureMismatch));
        self.tell(Told::Certificate(code), now_s)
    }

    /// The status of the handler's response, 0 when it threw; the response as JSON where it is short enough to keep.
    #[wasm_bindgen(js_name = onWorked)]
    pub fn on_worked(&mut self, status: u16, result: Option<String>, now_s: f64) -> String {
        self.tell(Told::Worked(status, result), now_s)
    }

    /// The response left.
    #[wasm_bindgen(js_name = onServed)]
    pub fn on_served(&mut self, now_s: f64) -> String {
        self.tell(Told::Served, now_s)
    }

    /// The store failed, or did not answer in time.
    #[wasm_bindgen(js_name = onTrouble)]
    pub fn on_trouble(&mut self, now_s: f64) -> String {
        self.tell(Told::Trouble, now_s)
    }

    fn tell(&mut self, told: Told, now_s: f64) -> String {
        step(&self.sale.tell(told, seconds(now_s)))
    }
}

// The texts of a row.
fn row(entry: &str) -> Option<(String, Option<String>)> {
    let root = json::read_kept(entry.as_bytes()).ok()?;
    let record = root.member("record")?.text()?;
    let sealed = match root.member("sealed") {
        None => None,
        Some(node) => Some(String::from(node.text()?)),
    };
    Some((String::from(record), sealed))
}
