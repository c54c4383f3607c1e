//! A request with a payment: headers in, a proof out that this payment pays for this request.
//!
//! 1. `place`: the one reading of the URL.
//! 2. `envelope`: one header, strictly decoded.
//! 3. `matching`: which of the offers made for this request it takes.
//! 4. `fields`: every field of what was signed, compared with that offer.
//! 5. `proof`: the payer recovered; only here a [`Presented`] is made.
//! 6. `trace`: what fits nothing now may have fitted before.
//!
//! Knows no store and no clock but `now`; nothing a buyer wrote is used, only compared (invariant I27).

mod envelope;
mod fields;
mod matching;
mod place;
mod proof;
mod trace;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use envelope::reason;
pub use place::Place;
pub use proof::Presented;
pub use trace::{Trace, Traced};

use super::sign_in::SignedIn;
use super::{Refusal, SaleOffer, Terms};
use crate::core4mica::Parameters;
use crate::error::SaleCode;
use crate::payment::Message;
use crate::primitives::{Hash, Network, Secret};
use crate::registry::Core;
use crate::signer::Signature;
use crate::x402::{SchemeName, Version};

/// A request as the driver hands it over, all but its body. Header values are absent where the request has none.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// The URL as the platform parsed it.
    pub url: &'a str,
    /// `X-PAYMENT`.
    pub v1: Option<&'a str>,
    /// `PAYMENT-SIGNATURE`.
    pub v2: Option<&'a str>,
    /// `SIGN-IN-WITH-X`.
    pub sign_in: Option<&'a str>,
}

/// A payment for one of the offers whose fields agree, still without proof of who signed it.
pub struct Unverified {
    terms: Rc<Terms>,
    version: Version,
    /// Offers it may be for: one, but in version 1, which does not say which. With what was signed, where that can be told
    /// without a core's parameters.
    candidates: Vec<(Rc<SaleOffer>, Option<Message>)>,
    network: Network,
    /// The payment as JSON.
    json: Secret,
    signature: Signature,
    place: Place,
    method: String,
    identifier: Option<String>,
    signed_in: Option<SignedIn>,
}

impl Terms {
    /// Reads the payment of a request, matches it with the offers and compares its fields. No signature is recovered and
    /// no clock asked but for a sign-in: what this refuses costs microseconds.
    ///
    /// # Errors
    /// [`Refusal`]: `sale/url`, `sale/two-headers`, `sale/malformed`, `sale/no-match`, `sale/mismatch`,
    /// `sale/signature-form`, `sale/identifier-missing`, `sale/sign-in`.
    pub fn present(self: &Rc<Self>, request: &Request<'_>, now_s: u64) -> Result<Unverified, Refusal> {
        let place = self.place(request.url)?;
        let (version, json) = envelope::decode(request)?;
        let payment = envelope::read(&json, version)?;
        envelope::names_resource(&payment, &place)?;
        envelope::check_identifier(&payment, self.identifier())?;
        let identifier = envelope::identifier(&payment);
        let candidates = fields::agreeing(matching::candidates(self, &payment)?, |offer| match payment.scheme {
            SchemeName::Exact => fields::transfer(&payment, offer).map(Some),
            SchemeName::Credit => Ok(None),
        })?;
        let signature = payment.signature().and_then(|text| Signature::parse_canonical(text).ok());
        let signature = signature.ok_or_else(|| Refusal::new(SaleCode::SignatureForm, ""))?;
        let network = payment.network;
        let signed_in = match (self.sign_in(), request.sign_in) {
            (Some(offer), Some(value)) => Some(offer.verify(value, &place, &self.networks(), now_s)?),
            _ => None,
        };
        Ok(Unverified {
            terms: Rc::clone(self),
            version,
            candidates,
            network,
            json: Secret::new(json),
            signature,
            place,
            method: String::from(request.method),
            identifier,
            signed_in,
        })
    }
}

impl Unverified {
    /// The core whose public parameters [`Unverified::verify`] needs, for a guarantee.
    pub fn core(&self) -> Option<Core> {
        let credit = self.candidates.iter().any(|(offer, _)| offer.scheme == SchemeName::Credit);
        if credit { self.terms.paywall.registry.core(self.network) } else { None }
    }

    /// The terms it was presented under.
    pub fn terms(&self) -> &Rc<Terms> {
        &self.terms
    }

    /// Recovers the payer over our own digest, for a request with a body of this hash; zero for none. `parameters` are those
    /// of [`Unverified::core`], for a guarantee.
    ///
    /// # Errors
    /// [`Refusal`]: `sale/mismatch`, `sale/malformed`, `sale/signature`.
    pub fn verify(&self, body: &Hash, parameters: Option<&Parameters>) -> Result<Presented, Refusal> {
        let mut signed: Vec<(&Rc<SaleOffer>, Message)> = Vec::new();
        let mut objection = None;
        for (offer, message) in &self.candidates {
            let message = match (message, parameters) {
                (Some(message), _) => Ok(message.clone()),
                (None, Some(parameters)) => self.guarantee(offer, parameters),
                (None, None) => Err(Refusal::new(SaleCode::Mismatch, "network")),
            };
            match message {
                Ok(message) => signed.push((offer, message)),
                Err(refusal) => objection = objection.or(Some(refusal)),
            }
        }
        for (offer, message) in signed {
            let digest = message.digest();
            match self.signature.recover(&digest) {
                Ok(signer) if signer == message.payer() => {
                    return Ok(Presented::new(self, body, Rc::clone(offer), message, digest));
                }
                _ => objection = Some(Refusal::new(SaleCode::Signature, fields::payer(&message))),
            }
        }
        Err(objection.unwrap_or_else(|| Refusal::new(SaleCode::NoMatch, "")))
    }

    fn guarantee(&self, offer: &SaleOffer, parameters: &Parameters) -> Result<Message, Refusal> {
        // Read once before: it cannot fail.
        let payment = envelope::read(&self.json, self.version)?;
        fields::guarantee(&payment, offer, parameters, &self.terms.paywall)
    }
}

impl core::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Unverified(redacted)")
    }
}
