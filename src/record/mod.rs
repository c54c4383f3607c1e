//! The durable history of one purchase: who, what, why, how much, and what became of it.
//!
//! Nothing secret enters: no key, signature, payment header, query string, prompt or body. What is needed to
//! present a payment again is kept beside the record by the store (`sealed`), never in it.

mod facts;
mod state;

use alloc::string::String;
use alloc::vec::Vec;

pub use facts::{AttemptFacts, DecisionFacts, EvidenceFacts, RequestFacts, TermsFacts};
pub use state::State;

use facts::optional;

use crate::json::{self, Writer};

/// Layout of the record. A newer one is refused, not guessed at.
pub const RECORD_VERSION: u64 = 1;

/// A purchase's record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Purchase id.
    pub purchase_id: String,
    /// The request.
    pub request: RequestFacts,
    /// The terms, once accepted.
    pub terms: Option<TermsFacts>,
    /// The decision, once made.
    pub decision: Option<DecisionFacts>,
    /// The authorisation, once planned.
    pub attempt: Option<AttemptFacts>,
    /// The answer to it.
    pub evidence: EvidenceFacts,
    /// Every state entered and when, in Unix seconds; the last is the present one.
    pub history: Vec<(State, u64)>,
}

impl Record {
    /// Present state.
    pub fn state(&self) -> State {
        self.history.last().map_or(State::Planned, |(state, _)| *state)
    }

    /// The record as JSON.
    pub fn to_json(&self) -> String {
        let mut object = Writer::object()
            .integer("version", RECORD_VERSION)
            .text("purchaseId", &self.purchase_id)
            .text("state", self.state().as_str())
            .raw("request", &self.request.to_json());
        if let Some(terms) = &self.terms {
            object = object.raw("terms", &terms.to_json());
        }
        if let Some(decision) = &self.decision {
            object = object.raw("decision", &decision.to_json());
        }
        if let Some(attempt) = &self.attempt {
            object = object.raw("attempt", &attempt.to_json());
        }
        let mut history = String::from("[");
        for (state, at_s) in &self.history {
            if history.len() > 1 {
                history.push(',');
            }
            history.push_str(&Writer::object().text("state", state.as_str()).integer("at", *at_s).finish());
        }
        history.push(']');
        object.raw("evidence", &self.evidence.to_json()).raw("history", &history).finish()
    }

    /// Reads a record back from a store. `None` for another version or a damaged text.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        // Ours, with a path that may be as long as a URL.
        let root = json::read_own(bytes).ok()?;
        if root.member("version")?.integer()? != RECORD_VERSION {
            return None;
        }
        let history = root.member("history")?.elements()?.iter();
        let record = Record {
            purchase_id: String::from(root.member("purchaseId")?.text()?),
            request: RequestFacts::read(root.member("request")?)?,
            terms: optional(root.member("terms"), TermsFacts::read)?,
            decision: optional(root.member("decision"), DecisionFacts::read)?,
            attempt: optional(root.member("attempt"), AttemptFacts::read)?,
            evidence: EvidenceFacts::read(root.member("evidence")?)?,
            history: history
                .map(|step| Some((State::parse(step.member("state")?.text()?)?, step.member("at")?.integer()?)))
                .collect::<Option<_>>()?,
        };
        (root.member("state")?.text()? == record.state().as_str()).then_some(record)
    }
}
