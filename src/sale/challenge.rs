//! The 402 answer: terms, the place of a request and why it is not served in; header and body out.

use alloc::format;
use alloc::string::String;

use super::config::IdentifierRule;
use super::present::Place;
use super::terms::{SIGN_IN, push_member};
use super::{Refusal, Terms};
use crate::json::Writer;
use crate::primitives::Hash;
use crate::x402::{Version, header};

const FIRST: &str = "Payment required";

/// What a buyer is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asked {
    /// Value of `PAYMENT-REQUIRED`.
    pub header: String,
    /// The body, JSON: the challenge of version 1 where it has one.
    pub body: String,
}

impl Terms {
    /// What is asked for a request to `place`, and why its payment was not taken. `entropy` makes the nonce of a sign-in, and is
    /// fresh for each where [`Terms::has_nonce`].
    ///
    /// # Source
    /// x402 v2 §5.1 and v1 "Payment Required Response".
    pub fn challenge(&self, place: &Place, refusal: Option<&Refusal>, entropy: &Hash, now_s: u64) -> Asked {
        let url = place.resource();
        let error = refusal.map_or_else(|| String::from(FIRST), said);
        let mut object = Writer::object()
            .integer("x402Version", Version::V2.number())
            .text("error", &error)
            .raw("resource", &self.written_resource(&url))
            .raw("accepts", &self.accepts);
        let mut extensions = self.extensions.clone();
        if let Some(offer) = self.sign_in() {
            push_member(&mut extensions, SIGN_IN, &offer.written(place, &self.networks(), entropy, now_s));
        }
        if !extensions.is_empty() {
            object = object.raw("extensions", &format!("{{{extensions}}}"));
        }
        Asked { header: header::encode(object.finish().as_bytes()), body: self.body(&url, &error) }
    }

    fn body(&self, url: &str, error: &str) -> String {
        // Version 1 has no place for an identifier.
        let entries = match self.identifier() {
            Some(IdentifierRule::Required) => String::new(),
            Some(IdentifierRule::Optional) | None => self.entries_v1(url),
        };
        if entries.is_empty() {
            return Writer::object().text("error", error).finish();
        }
        Writer::object()
            .integer("x402Version", Version::V1.number())
            .text("error", error)
            .raw("accepts", &format!("[{entries}]"))
            .finish()
    }
}

// The code first: programs read it.
fn said(refusal: &Refusal) -> String {
    let (code, meaning) = (refusal.code, refusal.code.meaning());
    match refusal.facts.as_str() {
        "" => format!("{code}: {meaning}"),
        facts => format!("{code}: {meaning} ({facts})"),
    }
}
