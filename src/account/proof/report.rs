//! What an examination found, check by check, as JSON. Its TypeScript types are written from tests/core/generated.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::certificate::GuaranteeFacts;
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::hex;
use crate::record::{Record, State};

/// What a check is about, in the order they are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Topic {
    /// The record: layout, chain, order, times.
    Record,
    /// The entry of the challenge that was accepted.
    Challenge,
    /// The payment header that left.
    Payment,
    /// The core's public parameters (guarantees only).
    Core,
    /// What the payment says, against what the record says.
    Authorisation,
    /// Who signed it.
    Payer,
    /// The seller's or facilitator's word.
    Settlement,
    /// The core's certificate or receipt (guarantees only).
    Certificate,
    /// The content that was paid for.
    Response,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 9] = [
        Topic::Record,
        Topic::Challenge,
        Topic::Payment,
        Topic::Core,
        Topic::Authorisation,
        Topic::Payer,
        Topic::Settlement,
        Topic::Certificate,
        Topic::Response,
    ];

    /// The word in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Record => "record",
            Topic::Challenge => "challenge",
            Topic::Payment => "payment",
            Topic::Core => "core",
            Topic::Authorisation => "authorisation",
            Topic::Payer => "payer",
            Topic::Settlement => "settlement",
            Topic::Certificate => "certificate",
            Topic::Response => "response",
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    Holds,
    Fails,
    /// The record tells of the part, and it is not here: as bad as wrong.
    Missing,
    /// The part is not here, and nothing that the record tells of rests on it.
    Absent,
}

/// One check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// What it is about.
    pub topic: Topic,
    standing: Standing,
    /// The finding, for people.
    pub says: String,
    /// The stable code of what is wrong, where there is one.
    pub code: Option<Code>,
}

impl Check {
    pub(super) fn new(topic: Topic, standing: Standing, says: &str) -> Self {
        Check { topic, standing, says: String::from(says), code: None }
    }

    pub(super) fn holds(topic: Topic, says: &str) -> Self {
        Check::new(topic, Standing::Holds, says)
    }

    pub(super) fn fails(topic: Topic, says: &str) -> Self {
        Check::new(topic, Standing::Fails, says)
    }

    pub(super) fn with(self, code: Code) -> Self {
        Check { code: Some(code), ..self }
    }

    /// Whether it was made and everything was as it must be.
    pub fn is_ok(&self) -> bool {
        self.standing == Standing::Holds
    }

    /// Whether there was nothing to check.
    pub fn is_absent(&self) -> bool {
        matches!(self.standing, Standing::Missing | Standing::Absent)
    }

    fn is_sound(&self) -> bool {
        matches!(self.standing, Standing::Holds | Standing::Absent)
    }

    fn to_json(&self) -> String {
        let object =
            Writer::object().text("check", self.topic.as_str()).raw("ok", if self.is_ok() { "true" } else { "false" });
        let object = if self.is_absent() { object.raw("absent", "true") } else { object };
        object.text("says", &self.says).text_if("code", self.code.map(Code::as_str)).finish()
    }
}

/// What evidence proves.
#[derive(Clone, Debug)]
pub struct Report {
    /// Every check, in the order of [`Topic::ALL`].
    pub checks: Vec<Check>,
    /// The record, where it can be relied on.
    pub record: Option<Record>,
    /// What the core guarantees, where that is proven.
    pub certificate: Option<GuaranteeFacts>,
    /// The transaction that the settlement states, where it is the record's. Whether it happened only the chain says.
    pub transaction: Option<String>,
}

impl Report {
    /// True when no check fails and no part is missing that the record tells of.
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(Check::is_sound)
    }

    /// True when every check was made and holds.
    pub fn is_complete(&self) -> bool {
        self.checks.iter().all(Check::is_ok)
    }

    /// `{"sound", "complete", "checks", "purchase"?, "certificate"?, "transaction"?}`
    pub fn to_json(&self) -> String {
        let flag = |is: bool| if is { "true" } else { "false" };
        let checks: Vec<_> = self.checks.iter().map(Check::to_json).collect();
        let mut object = Writer::object()
            .raw("sound", flag(self.is_sound()))
            .raw("complete", flag(self.is_complete()))
            .raw("checks", &["[", &checks.join(","), "]"].concat());
        if let Some(record) = &self.record {
            object = object.raw("purchase", &purchase(record));
        }
        if let Some(certificate) = &self.certificate {
            object = object.raw("certificate", &certificate.to_json());
        }
        object.text_if("transaction", self.transaction.as_deref()).finish()
    }
}

fn purchase(record: &Record) -> String {
    let request = &record.request;
    let mut object = Writer::object()
        .text("purchaseId", &record.purchase_id)
        .text("state", record.state().as_str())
        .text("seller", &request.seller)
        .text("method", &request.method)
        .text("path", &request.path);
    if let Some(terms) = &record.terms {
        object = object
            .text("scheme", &terms.scheme)
            .text("network", &terms.network)
            .text("asset", &terms.asset)
            .text("amount", &terms.amount.to_string())
            .text("payTo", &terms.pay_to.checksummed());
    }
    if let Some(decision) = &record.decision {
        object = object.text("rule", &decision.rule);
    }
    if let Some(attempt) = &record.attempt {
        object = object
            .text("payer", &attempt.payer.checksummed())
            .text("kind", &attempt.kind)
            .text("nonce", &hex::encode(&attempt.nonce))
            .text("digest", &hex::encode(&attempt.digest));
    }
    match record.history().iter().find(|step| step.state == State::Signed) {
        Some(step) => object.integer("signed", step.at_s).finish(),
        None => object.finish(),
    }
}
