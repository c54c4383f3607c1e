//! A facilitator as sellers and payers call it: what it serves, verifying and settling, and transactions it pays gas for.
//!
//! Its URL is configured, never a seller's. It answers HTTP 200 whatever happened, so `true` is only what is literally
//! `true`, and everything else is a [`Refusal`] or unknown. Knows no key and no clock.

mod sponsor;
#[cfg(test)]
mod tests;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use sponsor::{
    Authorization3009, Sponsor, Sponsored, SponsoredFacts, WithdrawalPermit, clearing_claim_request,
    clearing_pay_request, deposit_request, withdraw_cancel_request, withdraw_finalize_request, withdraw_request,
};

use super::http::{Answer, Request};
use super::issue::Issued;
use super::refusal::{Exists, Facts, Refusal, document};
use crate::error::Code;
use crate::json::{self, Node};
use crate::primitives::Network;
use crate::x402::facilitator::request_body;

const MAX_KINDS: usize = 256;
const MAX_SCHEME_BYTES: usize = 64;

/// One way to pay that a facilitator settles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kind {
    /// Scheme, for example `4mica-credit`.
    pub scheme: String,
    /// Network.
    pub network: Network,
    /// x402 version.
    pub x402_version: u64,
}

/// What a facilitator serves, as far as we can read it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Supported {
    /// Kinds on networks we know how to name.
    pub kinds: Vec<Kind>,
}

/// Asks what the facilitator serves.
pub fn supported_request(url: &str) -> Request {
    Request::get(route(url, "supported"), false)
}

impl Supported {
    /// Reads the answer to [`supported_request`]: at most 256 kinds. Kinds of other network families are left out.
    ///
    /// # Errors
    /// `guarantee/core-answer`: not this document. Else as [`Refusal::of_question`].
    ///
    /// # Source
    /// x402 v2 section 7.3; vectors `4mica/facilitator.json`, `supported`. Extensions and signers are ignored.
    pub fn read(answer: &Answer<'_>) -> Result<Self, Refusal> {
        let root = document(answer)?;
        let fields = || -> Option<Self> {
            let nodes = root.member("kinds")?.elements()?;
            if nodes.len() > MAX_KINDS {
                return None;
            }
            let kinds = nodes.iter().map(Kind::read).collect::<Option<Vec<_>>>()?;
            Some(Supported { kinds: kinds.into_iter().flatten().collect() })
        };
        fields().ok_or(Refusal::found(Code::CoreAnswer))
    }

    /// True when exactly this is settled.
    pub fn serves(&self, scheme: &str, network: Network, x402_version: u64) -> bool {
        self.kinds
            .iter()
            .any(|kind| kind.scheme == scheme && kind.network == network && kind.x402_version == x402_version)
    }
}

impl Kind {
    // `Some(None)`: of a network family that is not ours.
    fn read(node: &Node<'_>) -> Option<Option<Self>> {
        let text = |name: &str| node.member(name)?.text();
        let (scheme, network) = (text("scheme")?, text("network")?);
        let x402_version = node.member("x402Version")?.integer()?;
        let short = scheme.len() <= MAX_SCHEME_BYTES;
        let kind = Network::parse(network).map(|network| Kind { scheme: String::from(scheme), network, x402_version });
        short.then_some(kind)
    }
}

/// Asks whether a payment fits its requirements. The payment and the requirements are JSON texts and are sent as they
/// are. The recorded facilitator checks form only: no signature, clock, replay or collateral (notes F1).
pub fn verify_request(url: &str, x402_version: u64, payload: &str, requirements: &str) -> Request {
    Request::post(route(url, "verify"), request_body(x402_version, payload, requirements), false)
}

/// Asks to have the guarantee of a payment issued. Arguments as of [`verify_request`]; again only with identical bytes.
pub fn settle_request(url: &str, x402_version: u64, payload: &str, requirements: &str) -> Request {
    Request::post(route(url, "settle"), request_body(x402_version, payload, requirements), false)
}

/// The facilitator found the payment well-formed and fit for its requirements. It proves nothing else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Verified {
    _private: (),
}

impl Verified {
    /// Reads the answer to [`verify_request`].
    ///
    /// # Errors
    /// As [`Refusal::of_verification`], unless `isValid` is literally `true`.
    ///
    /// # Source
    /// vectors `4mica/facilitator.json`.
    pub fn read(answer: &Answer<'_>) -> Result<Self, Refusal> {
        let valid = json::read(answer.body).is_ok_and(|root| answer.status == 200 && is_true(&root, "isValid"));
        if valid { Ok(Verified { _private: () }) } else { Err(Refusal::of_verification(answer)) }
    }
}

/// The facilitator says that the guarantee was issued, and shows it. Its bytes are unchecked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settled {
    /// What the operator signed.
    pub certificate: Issued,
}

impl Settled {
    /// Reads the answer to [`settle_request`].
    ///
    /// # Errors
    /// As [`Refusal::of_settlement`]. `core/failed` with [`Exists::Yes`]: `success` is literally `true`, and the
    /// certificate is missing or unreadable.
    ///
    /// # Source
    /// vectors `4mica/facilitator.json`.
    pub fn read(answer: &Answer<'_>) -> Result<Self, Refusal> {
        // Certificates can be longer than a stranger's texts may be.
        let root = json::read_own(answer.body).ok().filter(|root| answer.status == 200 && is_true(root, "success"));
        let Some(root) = root else { return Err(Refusal::of_settlement(answer)) };
        let certificate = root.member("certificate").and_then(Issued::read);
        certificate.map(|certificate| Settled { certificate }).ok_or(Refusal {
            code: Code::CoreFailed,
            exists: Exists::Yes,
            facts: Facts { status: answer.status, ..Facts::default() },
        })
    }
}

fn route(url: &str, path: &str) -> String {
    format!("{}/{path}", url.trim_end_matches('/'))
}

fn is_true(root: &Node<'_>, name: &str) -> bool {
    root.member(name).is_some_and(|node| node.raw == "true")
}
