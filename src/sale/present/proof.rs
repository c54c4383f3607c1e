//! The proof that a payment pays for a request: made only when the payer was recovered over our own digest.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

use super::{Place, Traced, Unverified};
use crate::error::SaleCode;
use crate::json::Writer;
use crate::payment::Message;
use crate::policy::asset_text;
use crate::primitives::{Address, Hash, Network, Secret, hex, keccak256, keccak256_of};
use crate::record::{AttemptFacts, RequestFacts, TermsFacts};
use crate::sale::sign_in::SignedIn;
use crate::sale::{Refusal, SaleOffer, Terms};
use crate::scheme::guarantee::{Form, Guarantee};
use crate::x402::{SchemeName, Version};

/// Seconds that must be left for a facilitator and a block: the same as the shortest window.
const LEAST_S: u64 = 6;
/// Clocks of buyers and time to send, in seconds.
const SLACK_S: u64 = 600;
const CEILING_S: u64 = 3_600;
/// Largest difference between a guarantee's time and ours, in seconds (threats S33).
const MAX_SKEW_S: u64 = 60;

/// Proof that a payment is for one of the offers made for a request, in every field, and signed by its payer. There is no
/// other way to make one than to check it. Whether it is in time is asked apart, of a new claim only.
pub struct Presented {
    version: Version,
    terms: Rc<Terms>,
    offer: Rc<SaleOffer>,
    message: Message,
    digest: Hash,
    payload: Secret,
    claim: String,
    binding: Hash,
    place: Place,
    method: String,
    identifier: Option<String>,
    signed_in: Option<SignedIn>,
}

impl Presented {
    pub(super) fn new(
        unverified: &Unverified,
        body: &Hash,
        offer: Rc<SaleOffer>,
        message: Message,
        digest: Hash,
    ) -> Self {
        let Unverified { terms, version, signature, place, method, identifier, signed_in, .. } = unverified;
        let payload = Secret::new(message.payload(&signature.to_hex()));
        Presented {
            version: *version,
            terms: Rc::clone(terms),
            claim: claim(&message, offer.network),
            offer,
            message,
            digest,
            payload,
            binding: binding(method, place, body),
            place: place.clone(),
            method: method.clone(),
            identifier: identifier.clone(),
            signed_in: signed_in.clone(),
        }
    }

    /// Name of what was signed, whatever its spelling: the id of its row (threats S3, S4).
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// Hash of what it was presented for: method, origin, path, query and body (threats S5, S6). What it pays stands in
    /// what was signed, see [`AttemptFacts::digest`]: an offer that says the same money otherwise is no other sale.
    pub fn binding(&self) -> &Hash {
        &self.binding
    }

    /// Who pays.
    pub fn payer(&self) -> Address {
        self.message().payer()
    }

    /// What it pays.
    pub fn offer(&self) -> &SaleOffer {
        &self.offer
    }

    /// The terms of the route.
    pub fn terms(&self) -> &Rc<Terms> {
        &self.terms
    }

    /// What was signed.
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// Version the buyer speaks, and is answered in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Where it was presented.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The buyer's own name for this purchase, where the seller has use for one.
    pub fn identifier(&self) -> Option<&str> {
        self.terms.identifier().and(self.identifier.as_deref())
    }

    /// What a repeat is known by.
    pub fn traced(&self) -> Traced {
        let (claim, identifier) = (self.claim.clone(), self.identifier.clone());
        Traced { claim, binding: self.binding, digest: self.digest, identifier }
    }

    /// Who signed in with the request.
    pub fn signed_in(&self) -> Option<&SignedIn> {
        self.signed_in.as_ref()
    }

    /// Unix second from which it can no longer be settled; `None` for guarantees.
    pub fn valid_before_s(&self) -> Option<u64> {
        self.message.valid_before_s()
    }

    /// Whether a claim can begin now: for a transfer from the second it is valid on, with six seconds left and an hour at
    /// most; for a guarantee within a minute of its time. What was claimed before is answered whatever the clock says.
    ///
    /// # Errors
    /// `sale/window` with the field.
    pub fn fits_clock(&self, now_s: u64) -> Result<(), Refusal> {
        let wrong = |field: &str| Err(Refusal::new(SaleCode::Window, field));
        match &self.message {
            Message::Transfer(transfer, _) => {
                let longest_s = (self.offer.window_s).min(CEILING_S) + SLACK_S;
                if transfer.valid_after_s > now_s {
                    wrong("validAfter")
                } else if transfer.valid_before_s < now_s.saturating_add(LEAST_S)
                    || transfer.valid_before_s > now_s.saturating_add(longest_s)
                {
                    wrong("validBefore")
                } else {
                    Ok(())
                }
            }
            Message::Guarantee(guarantee) => {
                let timestamp_s = match guarantee {
                    Guarantee::Cycle(claims) => claims.timestamp_s,
                    Guarantee::ClearingHouse(signed) => signed.timestamp_s,
                };
                if timestamp_s.abs_diff(now_s) <= MAX_SKEW_S { Ok(()) } else { wrong("timestamp") }
            }
        }
    }

    /// The scheme's `payload` in our own spelling: two spellings of one payment are settled with the same bytes.
    pub fn payload_json(&self) -> &Secret {
        &self.payload
    }

    /// `paymentPayload` and `paymentRequirements` in the version that a facilitator speaks: what the buyer signed and what
    /// we ask, nothing else of the buyer's.
    pub fn facilitator_body(&self, version: Version) -> (Secret, String) {
        let url = self.place.resource();
        let requirements = self.terms.requirements(&self.offer, version, &url);
        let object = Writer::object().integer("x402Version", version.number());
        let object = match version {
            Version::V1 => {
                let network = self.offer.v1_network().unwrap_or_else(|| self.offer.network.to_string());
                object.text("scheme", self.offer.scheme.as_str()).text("network", &network)
            }
            Version::V2 => {
                object.raw("resource", &self.terms.written_resource(&url)).raw("accepted", self.offer.entry())
            }
        };
        (Secret::new(object.raw("payload", &self.payload).finish()), requirements)
    }

    /// The request, for the record.
    pub fn request_facts(&self) -> RequestFacts {
        RequestFacts {
            hash: self.binding,
            method: self.method.clone(),
            seller: self.place.origin().to_string(),
            path: String::from(self.place.path()),
            task: None,
            reason: None,
            agent: None,
            session: None,
            category: None,
        }
    }

    /// The terms, for the record.
    pub fn terms_facts(&self) -> TermsFacts {
        TermsFacts {
            scheme: String::from(self.offer.scheme.as_str()),
            network: self.offer.network.to_string(),
            asset: asset_text(&(self.offer.network, self.offer.asset.address)),
            amount: self.offer.amount,
            price: self.offer.price_text().map(String::from),
            pay_to: self.offer.pay_to,
            version: self.version.number(),
            hash: self.offer.hash(),
            binding: keccak256_of(&[&self.binding, &self.offer.hash()]),
        }
    }

    /// The payment, for the record.
    pub fn attempt_facts(&self) -> AttemptFacts {
        AttemptFacts {
            payer: self.payer(),
            kind: String::from(self.message.kind()),
            nonce: self.message.nonce(),
            valid_before_s: self.valid_before_s(),
            digest: self.digest,
            authorisation: Some(keccak256(self.payload.as_bytes())),
        }
    }
}

pub(super) fn binding(method: &str, place: &Place, body: &Hash) -> Hash {
    // Texts are separated by a byte that neither methods nor URLs contain.
    keccak256_of(&[method.as_bytes(), &[0], place.whole().as_bytes(), &[0], body])
}

// What a token or a core accepts once, in the one spelling of every part.
pub(super) fn claim(message: &Message, network: Network) -> String {
    let asset = message.asset().lower();
    let payer = message.payer().lower();
    let nonce = hex::encode(&message.nonce());
    let identity = match message {
        Message::Transfer(..) => format!("{}|{network}|{asset}|{payer}|{nonce}", SchemeName::Exact.as_str()),
        Message::Guarantee(guarantee) => {
            let recipient = message.recipient().lower();
            let signed = match guarantee {
                Guarantee::ClearingHouse(signed) => format!("|{}", hex::encode(&signed.cycle_id)),
                Guarantee::Cycle(claims) => match &claims.form {
                    Form::Tab { tab_id, .. } => format!("|{tab_id}"),
                    Form::Cycle { .. } | Form::Sdk2 { .. } => String::new(),
                },
            };
            format!("4mica|{network}|{payer}|{recipient}|{asset}|{nonce}{signed}")
        }
    };
    let mut id = String::from("sale-");
    hex::push(&mut id, &keccak256(identity.as_bytes()));
    id
}

impl core::fmt::Debug for Presented {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Presented({})", self.claim)
    }
}
