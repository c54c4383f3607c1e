//! The host program's request, reduced to what a payment is bound to.

use alloc::string::{String, ToString};

use crate::json;
use crate::policy::{Money, Purpose};
use crate::primitives::{Hash, Url, hex, keccak256_of};
use crate::record::RequestFacts;

/// What the host program asked for. Built by the driver from the real request, never from a challenge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// The caller's purchase id, when it gave one.
    pub purchase_id: Option<String>,
    /// HTTP method, spelled as it is sent.
    pub method: String,
    /// Normalised absolute URL without fragment.
    pub url: String,
    /// Hash of the body; zero for none.
    pub body_hash: Hash,
    /// Task, reason and other labels.
    pub purpose: Purpose,
    /// Largest price of this call, as in a policy: `0.05 USD`.
    pub at_most: Option<String>,
    /// Binding of the quote that must be met.
    pub quoted: Option<Hash>,
}

// Texts of the host program that end up in every record.
const MAX_TEXT_BYTES: usize = 1024;
const MAX_ID_BYTES: usize = 128;
// The URL is kept with the sealed payment; servers and proxies take less.
const MAX_URL_BYTES: usize = 8192;
const MAX_METHOD_BYTES: usize = 32;

impl Request {
    /// Reads what the caller says of a purchase besides its request, a JSON object of texts: `purchaseId`, `task`,
    /// `reason`, `agent`, `session`, `category`, `atMost` and `quoted` (`0x` and 64 digits), all optional.
    ///
    /// # Errors
    /// Name of the field that is no text, or `purpose`.
    pub fn read(purpose: &[u8], method: String, url: String, body_hash: Hash) -> Result<Self, &'static str> {
        let root = json::read_own(purpose).map_err(|_| "purpose")?;
        let text = |name: &'static str| match root.member(name) {
            None => Ok(None),
            Some(node) => node.text().map(Some).ok_or(name),
        };
        let quoted = match text("quoted")? {
            None => None,
            Some(text) => Some(hex::decode_fixed(text).ok_or("quoted")?),
        };
        // Read before any is copied: what was copied would have to be dropped at every way out.
        let (task, reason, agent) = (text("task")?, text("reason")?, text("agent")?);
        let (session, category) = (text("session")?, text("category")?);
        let (purchase_id, at_most) = (text("purchaseId")?, text("atMost")?);
        let purpose = Purpose {
            task: task.map(String::from),
            reason: reason.map(String::from),
            agent: agent.map(String::from),
            session: session.map(String::from),
            category: category.map(String::from),
        };
        Ok(Request {
            purchase_id: purchase_id.map(String::from),
            method,
            url,
            body_hash,
            purpose,
            at_most: at_most.map(String::from),
            quoted,
        })
    }

    /// Splits the URL. `None` when it is not an absolute http(s) URL in normal form, without fragment, up to 8 KiB.
    pub(super) fn parse_url(&self) -> Option<Url> {
        let within = self.url.len() <= MAX_URL_BYTES && !self.url.contains('#');
        within.then(|| Url::parse(&self.url))?
    }

    /// The first option that is not within its limits: an id is 1 to 128 letters, digits, `_`, `-`, `.`, `:`.
    pub(super) fn malformed_field(&self) -> Option<&'static str> {
        let id = |text: &str| {
            (1..=MAX_ID_BYTES).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
        };
        let short = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= MAX_TEXT_BYTES);
        // A token, and no NUL: the hash below separates with it. Source: RFC 9110 §5.6.2.
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let method = (1..=MAX_METHOD_BYTES).contains(&self.method.len()) && self.method.bytes().all(token);
        let fields = [
            ("method", method),
            ("purchaseId", self.purchase_id.as_deref().is_none_or(id)),
            ("task", short(&self.purpose.task)),
            ("reason", short(&self.purpose.reason)),
            ("agent", short(&self.purpose.agent)),
            ("session", short(&self.purpose.session)),
            ("category", short(&self.purpose.category)),
            ("atMost", self.at_most.as_ref().is_none_or(|text| Money::parse(text).is_some())),
        ];
        fields.into_iter().find(|(_, fine)| !fine).map(|(name, _)| name)
    }

    /// Hash over everything that makes it this purchase and no other.
    pub(super) fn hash(&self) -> Hash {
        let task = self.purpose.task.as_deref().unwrap_or_default();
        keccak256_of(&[self.method.as_bytes(), &[0], self.url.as_bytes(), &[0], &self.body_hash, task.as_bytes()])
    }

    /// The part that goes into the record.
    pub(super) fn facts(&self, url: &Url) -> RequestFacts {
        RequestFacts {
            hash: self.hash(),
            method: self.method.clone(),
            seller: url.origin.to_string(),
            path: url.path.clone(),
            task: self.purpose.task.clone(),
            reason: self.purpose.reason.clone(),
            agent: self.purpose.agent.clone(),
            session: self.purpose.session.clone(),
            category: self.purpose.category.clone(),
        }
    }

    /// What a price is remembered for: method and path.
    pub(super) fn resource(&self, url: &Url) -> String {
        alloc::format!("{} {}", self.method, url.path)
    }

    /// True for a method that carries no body and may be repeated at a redirect's target.
    pub(super) fn is_bodiless(&self) -> bool {
        self.method == "GET" || self.method == "HEAD"
    }
}
