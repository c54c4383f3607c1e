//! Evidence of one purchase: a row of a store in, one JSON text out that leaves nothing to look up.
//!
//! It contains the signed payment, word for word: a bearer document. A transfer of `exact` can be sent once, before its
//! time is over. A guarantee has no such end: whoever may issue at the core (the recipient, a facilitator) could present
//! it again in another cycle. Evidence is for people who may see the signature.

use alloc::string::String;

use crate::account::Failure;
use crate::error::Code;
use crate::json::{self, Node, Writer};
use crate::owner::{Row, verify_record};

/// Layout of evidence. Another one is refused, not guessed at.
pub const EVIDENCE_VERSION: u64 = 1;
/// Largest evidence read, in bytes: a record, a payment header, a core's parameters and a settlement, each escaped.
const MAX_BYTES: usize = 512 * 1024;
const MEMBERS: [&str; 6] = ["version", "record", "challenge", "payment", "core", "settlement"];

/// The evidence of a row: `{"version", "record", "challenge"?, "payment"?: {"header", "value"}, "core"?, "settlement"?}`.
/// `challenge` is the accepted entry, `core` the parameters and `settlement` the header's value, each as received. What
/// the row does not keep is left out: rows of earlier versions have no `challenge` and `settlement`.
///
/// # Errors
/// [`Code::RecordUnreadable`]: the record cannot be relied on, or what is sealed with it cannot be read.
pub fn evidence(row: Row<'_>) -> Result<String, Failure> {
    let unreadable = || Failure::new(Code::RecordUnreadable);
    verify_record(row.record.as_bytes())
        .map_err(|error| Failure::with(Code::RecordUnreadable, String::from(error.as_str())))?;
    let evidence = Writer::object().integer("version", EVIDENCE_VERSION).raw("record", row.record.trim());
    let Some(sealed) = row.sealed else { return Ok(evidence.finish()) };
    let root = json::read_own(sealed.as_bytes()).map_err(|_| unreadable())?;
    let text = |name: &str| root.member(name).and_then(Node::text);
    let evidence = evidence.text_if("challenge", text("accepted"));
    let evidence = match (text("header"), text("value")) {
        (Some(header), Some(value)) => {
            evidence.raw("payment", &Writer::object().text("header", header).text("value", value).finish())
        }
        _ => evidence,
    };
    Ok(evidence.text_if("core", text("core")).text_if("settlement", text("settlement")).finish())
}

/// The parts of an evidence, read and not yet believed. Not printable: they hold a signed payment.
pub(super) struct Parts {
    pub(super) record: String,
    pub(super) challenge: Option<String>,
    /// Name and value of the header.
    pub(super) payment: Option<(String, String)>,
    pub(super) core: Option<String>,
    pub(super) settlement: Option<String>,
}

impl Parts {
    /// Reads the layout.
    ///
    /// # Errors
    /// [`Code::Options`], with the name of the member that makes no sense.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let malformed = |name: &str| Failure::with(Code::Options, String::from(name));
        let root = (bytes.len() <= MAX_BYTES).then(|| json::read_own(bytes).ok()).flatten();
        let root = root.filter(|root| root.members().is_some()).ok_or_else(|| malformed("evidence"))?;
        if root.member("version").and_then(Node::integer) != Some(EVIDENCE_VERSION) {
            return Err(malformed("version"));
        }
        // What nobody checks would look as if it had been.
        if root.members().unwrap_or_default().iter().any(|(key, _)| !MEMBERS.contains(&key.as_ref())) {
            return Err(malformed("evidence"));
        }
        let text = |name: &'static str| match root.member(name) {
            None => Ok(None),
            Some(node) => node.text().map(|text| Some(String::from(text))).ok_or_else(|| malformed(name)),
        };
        let payment = match root.member("payment") {
            None => None,
            Some(node) => {
                let text = |name: &str| node.member(name)?.text().map(String::from);
                let only = node.members().is_some_and(|members| members.len() == 2);
                let both = text("header").zip(text("value")).filter(|_| only);
                Some(both.ok_or_else(|| malformed("payment"))?)
            }
        };
        Ok(Parts {
            record: String::from(root.member("record").ok_or_else(|| malformed("record"))?.raw),
            challenge: text("challenge")?,
            payment,
            core: text("core")?,
            settlement: text("settlement")?,
        })
    }
}
