//! Guarantees from the seller's side: asked of the core itself, or of a facilitator. What comes back is no judgement of the
//! certificate, and where nothing comes back it says whether the guarantee may exist.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::task::Outside;
use super::{Doing, Failure, Task};
use crate::core4mica::facilitator::{self, Settled, Supported, Verified};
use crate::core4mica::{Exists, Issued, Refusal, issue_request, read_issued};
use crate::error::Code;
use crate::json::{self, Node, Writer};
use crate::primitives::{Url, hex};

/// Has the core issue the guarantee of a payment to this account, or to whom its login speaks for.
pub(super) async fn issue(doing: &Doing, payload: &str) -> Result<String, Failure> {
    let answer = doing.ask(issue_request(doing.core(), payload)).await?;
    Ok(issuance(read_issued(&answer.answer())))
}

/// A facilitator at a configured URL. It takes no login.
#[derive(Clone, Debug)]
pub struct Facilitator {
    url: String,
}

impl Facilitator {
    /// Names one. Asks nobody anything.
    ///
    /// # Errors
    /// [`Code::Options`]: not an absolute http or https URL.
    pub fn at(url: &str) -> Result<Self, Failure> {
        let trimmed = url.trim_end_matches('/');
        match Url::parse(trimmed) {
            Some(_) => Ok(Facilitator { url: String::from(trimmed) }),
            None => Err(Failure::with(Code::Options, String::from("facilitator"))),
        }
    }

    /// Begins a task: `{"do": "supported"}`, or `{"do": "verify" | "settle", "x402Version", "payload", "requirements"}`
    /// with the payment and its requirements as JSON texts, sent as they are.
    ///
    /// # Errors
    /// [`Code::Options`] names the field that makes no sense.
    pub fn task(&self, order: &[u8]) -> Result<Task, Failure> {
        let malformed = |field: &'static str| Failure::with(Code::Options, String::from(field));
        let root = json::read_own(order).map_err(|_| malformed("order"))?;
        let text = |name: &'static str| root.member(name).and_then(Node::text);
        let deed = text("do").ok_or_else(|| malformed("do"))?;
        let url = self.url.clone();
        if deed == "supported" {
            return Ok(Task::new(|outside| async move { supported(&outside, &url).await }));
        }
        let version = root.member("x402Version").and_then(Node::integer).ok_or_else(|| malformed("x402Version"))?;
        let payload = String::from(text("payload").ok_or_else(|| malformed("payload"))?);
        let terms = String::from(text("requirements").ok_or_else(|| malformed("requirements"))?);
        match deed {
            "verify" => Ok(Task::new(move |outside| async move {
                let request = facilitator::verify_request(&url, version, &payload, &terms);
                let answer = outside.fetch(request, None).await?;
                Ok(match Verified::read(&answer.answer()) {
                    Ok(_) => Writer::object().raw("valid", "true").finish(),
                    Err(refusal) => refused(Writer::object().raw("valid", "false"), &refusal),
                })
            })),
            "settle" => Ok(Task::new(move |outside| async move {
                let request = facilitator::settle_request(&url, version, &payload, &terms);
                let answer = outside.fetch(request, None).await?;
                Ok(issuance(Settled::read(&answer.answer()).map(|settled| settled.certificate)))
            })),
            _ => Err(malformed("do")),
        }
    }
}

async fn supported(outside: &Outside, url: &str) -> Result<String, Failure> {
    let answer = outside.fetch(facilitator::supported_request(url), None).await?;
    let supported = Supported::read(&answer.answer())?;
    let kinds: Vec<String> = supported
        .kinds
        .iter()
        .map(|kind| {
            Writer::object()
                .text("scheme", &kind.scheme)
                .text("network", &kind.network.to_string())
                .integer("x402Version", kind.x402_version)
                .finish()
        })
        .collect();
    Ok(format!("[{}]", kinds.join(",")))
}

/// `{"issued": true, "certificate": {…}}` or `{"issued": false, "code", "exists", "status", "said"?}`
fn issuance(issued: Result<Issued, Refusal>) -> String {
    match issued {
        Err(refusal) => refused(Writer::object().raw("issued", "false"), &refusal),
        Ok(issued) => {
            let (name, bytes, signature) = match &issued {
                Issued::Certificate { claims, signature } => ("claims", claims, signature),
                Issued::Receipt { receipt, signature } => ("receipt", receipt, signature),
            };
            let certificate =
                Writer::object().text(name, &hex::encode(bytes)).text("signature", &hex::encode(signature));
            Writer::object().raw("issued", "true").raw("certificate", &certificate.finish()).finish()
        }
    }
}

fn refused(object: Writer, refusal: &Refusal) -> String {
    let exists = match refusal.exists {
        Exists::No => "no",
        Exists::Maybe => "maybe",
        Exists::Yes => "yes",
    };
    object
        .text("code", refusal.code.as_str())
        .text("exists", exists)
        .integer("status", u64::from(refusal.facts.status))
        .text_if("said", refusal.facts.said.as_deref())
        .finish()
}
