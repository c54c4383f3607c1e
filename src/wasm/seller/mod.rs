//! The seller's half: options and terms in, challenges, pages and refusals out, all as JSON texts. Randomness is drawn here.

mod sale;
mod step;

use alloc::rc::Rc;
use alloc::string::{String, ToString};

use wasm_bindgen::prelude::*;

use super::thrown::{Thrown, seconds};
use crate::error::{Code, SaleCode};
use crate::json::Writer;
use crate::primitives::{Address, Hash};
use crate::sale::{OptionError, Paywall, Place, Refusal, Terms};

/// What a seller set up.
#[wasm_bindgen(js_name = Paywall)]
pub struct PaywallHandle {
    paywall: Rc<Paywall>,
}

#[wasm_bindgen(js_class = Paywall)]
impl PaywallHandle {
    /// Reads options, JSON.
    ///
    /// # Errors
    /// An `Error` with code `misuse/options` that names the field and what it must be.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8]) -> Result<PaywallHandle, JsValue> {
        match Paywall::parse(options) {
            Ok(paywall) => Ok(PaywallHandle { paywall: Rc::new(paywall) }),
            Err(error) => Err(misuse(&error)),
        }
    }

    /// Compiles the terms of a route, JSON.
    ///
    /// # Errors
    /// As the constructor.
    pub fn terms(&self, terms: &str) -> Result<TermsHandle, JsValue> {
        match Terms::parse(&self.paywall, terms.as_bytes()) {
            Ok(terms) => Ok(TermsHandle { terms: Rc::new(terms) }),
            Err(error) => Err(misuse(&error)),
        }
    }
}

/// The compiled terms of a route.
#[wasm_bindgen(js_name = Terms)]
pub struct TermsHandle {
    terms: Rc<Terms>,
}

#[wasm_bindgen(js_class = Terms)]
impl TermsHandle {
    /// What a request is asked, and why its payment was not taken: `{"header", "body"}`; `{"code", "facts"}` for a URL
    /// with more than one reading.
    pub fn challenge(
        &self,
        url: &str,
        code: Option<String>,
        facts: Option<String>,
        now_s: f64,
    ) -> Result<String, JsValue> {
        let place = match self.place(url) {
            Ok(place) => place,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let code = code.as_deref().and_then(SaleCode::parse);
        let refusal = code.map(|code| Refusal { code, facts: facts.unwrap_or_default() });
        // To draw it takes Node a third as long as all the rest.
        let entropy = if self.terms.has_nonce() { entropy()? } else { [0; 32] };
        let asked = self.terms.challenge(&place, refusal.as_ref(), &entropy, seconds(now_s));
        Ok(Writer::object().text("header", &asked.header).text("body", &asked.body).finish())
    }

    /// What the page for people shows; `{"code", "facts"}` for a URL with more than one reading.
    pub fn page(&self, url: &str) -> String {
        match self.place(url) {
            Ok(place) => self.terms.page(&place),
            Err(refusal) => refused(&refusal),
        }
    }

    /// What a wallet signs on that page, and the payment it belongs into; `{"code", "facts"}` for a URL with more than one
    /// reading, or where there is nothing a page can pay.
    ///
    /// # Errors
    /// An `Error` with code `misuse/options`: the payer is no address.
    pub fn unsigned(&self, url: &str, payer: &str, now_s: f64) -> Result<String, JsValue> {
        let payer = Address::parse(payer).map_err(|_| JsValue::from(Thrown::new(Code::Options, "payer")))?;
        let place = match self.place(url) {
            Ok(place) => place,
            Err(refusal) => return Ok(refused(&refusal)),
        };
        let unsigned = self.terms.unsigned(&place, &payer, &entropy()?, seconds(now_s));
        Ok(unsigned.unwrap_or_else(|| {
            refused(&Refusal { code: SaleCode::NoMatch, facts: String::from("nothing a page can pay") })
        }))
    }
}

impl TermsHandle {
    fn place(&self, url: &str) -> Result<Place, Refusal> {
        self.terms.place(url)
    }
}

fn refused(refusal: &Refusal) -> String {
    Writer::object().text("code", refusal.code.as_str()).text("facts", &refusal.facts).finish()
}

fn misuse(error: &OptionError) -> JsValue {
    Thrown::new(Code::Options, error.to_string()).into()
}

fn entropy() -> Result<Hash, JsValue> {
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).map_err(|_| JsValue::from(Thrown::new(Code::Entropy, "no random source")))?;
    Ok(drawn)
}
