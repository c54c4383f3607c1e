//! The host program's request, reduced to what a payment is bound to.

use alloc::string::{String, ToString};

use crate::primitives::{Hash, Url, keccak256_of};
use crate::record::RequestFacts;

/// What the host program asked for. Built by the driver from the real request, never from a challenge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The caller's purchase id, when it gave one.
    pub purchase_id: Option<String>,
    /// Upper-case HTTP method.
    pub method: String,
    /// Normalised absolute URL without fragment.
    pub url: String,
    /// Hash of the body; zero for none.
    pub body_hash: Hash,
    /// Task this belongs to.
    pub task: Option<String>,
    /// Why it is bought.
    pub reason: Option<String>,
}

// Texts of the host program that end up in every record.
const MAX_TEXT_BYTES: usize = 1024;
const MAX_ID_BYTES: usize = 128;

impl Request {
    /// Splits the URL. `None` when it is not an absolute http(s) URL in normal form.
    pub(super) fn parse_url(&self) -> Option<Url> {
        Url::parse(&self.url)
    }

    /// True when ids and texts are within their limits: an id is 1 to 128 letters, digits, `_`, `-`, `.`, `:`.
    pub(super) fn is_well_formed(&self) -> bool {
        let id = |text: &str| {
            (1..=MAX_ID_BYTES).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
        };
        let short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT_BYTES);
        self.purchase_id.as_deref().is_none_or(id) && short(&self.task) && short(&self.reason)
    }

    /// Hash over everything that makes it this purchase and no other.
    pub(super) fn hash(&self) -> Hash {
        let task = self.task.as_deref().unwrap_or_default();
        keccak256_of(&[self.method.as_bytes(), &[0], self.url.as_bytes(), &[0], &self.body_hash, task.as_bytes()])
    }

    /// The part that goes into the record.
    pub(super) fn facts(&self, url: &Url) -> RequestFacts {
        RequestFacts {
            hash: self.hash(),
            method: self.method.clone(),
            seller: url.origin.to_string(),
            path: url.path.clone(),
            task: self.task.clone(),
            reason: self.reason.clone(),
        }
    }

    /// True for a method that carries no body and may be repeated at a redirect's target.
    pub(super) fn is_bodiless(&self) -> bool {
        self.method == "GET" || self.method == "HEAD"
    }
}
