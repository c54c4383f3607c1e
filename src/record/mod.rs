//! The durable history of one purchase: who, what, why, how much, and what became of it.
//!
//! Nothing secret enters: no key, signature, payment header, query string, prompt or body. What is needed to
//! present a payment again is kept beside the record by the store (`sealed`), never in it.

mod chain;
mod facts;
mod state;

use alloc::string::String;
use alloc::vec::Vec;

pub use facts::{ApprovalFacts, AttemptFacts, DecisionFacts, EvidenceFacts, RequestFacts, TermsFacts};
pub use state::State;

#[cfg(feature = "seller")]
pub(crate) use chain::link;
pub(crate) use facts::optional;

use crate::json::{self, Node, Writer};
use crate::primitives::{Hash, hex};

/// Layout of the record. A newer one is refused, not guessed at.
pub const RECORD_VERSION: u64 = 2;

/// A purchase's record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Purchase id.
    pub purchase_id: String,
    /// The request.
    pub request: RequestFacts,
    /// The terms, once accepted or refused.
    pub terms: Option<TermsFacts>,
    /// The decision, once made.
    pub decision: Option<DecisionFacts>,
    /// The yes that was asked for, and who gave it.
    pub approval: Option<ApprovalFacts>,
    /// The authorisation, once planned.
    pub attempt: Option<AttemptFacts>,
    /// What is known of the outcome; becomes part of the history with the next state.
    pub evidence: EvidenceFacts,
    /// Every state entered, oldest first; the last is the present one. Only [`Record::enter`] adds to it.
    history: Vec<Step>,
}

/// One state of the history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// State.
    pub state: State,
    /// Unix second it was entered in.
    pub at_s: u64,
    /// What was known then.
    pub evidence: EvidenceFacts,
    /// Hash over the step before and everything this one says.
    pub hash: Hash,
}

/// Why a text is not a record that can be relied on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RecordError {
    /// Not JSON, a field is missing or malformed, or the state is not that of the last step.
    Text,
    /// Another layout than [`RECORD_VERSION`].
    Version(u64),
    /// The hash of the step at this position does not fit what the record says.
    Chain(usize),
}

impl Record {
    /// A record without a history.
    pub fn new(purchase_id: String, request: RequestFacts) -> Self {
        Record {
            purchase_id,
            request,
            terms: None,
            decision: None,
            approval: None,
            attempt: None,
            evidence: EvidenceFacts::default(),
            history: Vec::new(),
        }
    }

    /// Present state.
    pub fn state(&self) -> State {
        self.history.last().map_or(State::Planned, |step| step.state)
    }

    /// Every state entered, oldest first.
    pub fn history(&self) -> &[Step] {
        &self.history
    }

    /// Adds a state with what is known now, chained to the one before.
    pub fn enter(&mut self, state: State, at_s: u64) {
        let step = Step { state, at_s, evidence: self.evidence.clone(), hash: [0; 32] };
        let hash = chain::hash(self, self.history.last().map(|step| step.hash), &step);
        self.history.push(Step { hash, ..step });
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
        if let Some(approval) = &self.approval {
            object = object.raw("approval", &approval.to_json());
        }
        if let Some(attempt) = &self.attempt {
            object = object.raw("attempt", &attempt.to_json());
        }
        let mut history = String::from("[");
        for (index, step) in self.history.iter().enumerate() {
            if index > 0 {
                history.push(',');
            }
            // The last step's evidence is the record's.
            history.push_str(&step.to_json(index + 1 < self.history.len()));
        }
        history.push(']');
        object.raw("evidence", &self.evidence.to_json()).raw("history", &history).finish()
    }

    /// Reads a record back from a store. `None` for another version, a damaged text, or a history whose hashes do not
    /// fit what it says.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Record::parse(bytes).ok()
    }

    /// As [`Record::read`], saying what is wrong.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        // Ours, with a path that may be as long as a URL.
        let root = json::read_own(bytes).map_err(|_| RecordError::Text)?;
        let version = root.member("version").and_then(Node::integer).ok_or(RecordError::Text)?;
        if version != RECORD_VERSION {
            return Err(RecordError::Version(version));
        }
        let (record, state) = Record::from_node(&root).ok_or(RecordError::Text)?;
        match chain::broken_at(&record) {
            Some(step) => Err(RecordError::Chain(step)),
            None if state != record.state() => Err(RecordError::Text),
            None => Ok(record),
        }
    }

    // With the state it claims to be in.
    fn from_node(root: &Node<'_>) -> Option<(Self, State)> {
        let mut record = Record {
            purchase_id: String::from(root.member("purchaseId")?.text()?),
            request: RequestFacts::read(root.member("request")?)?,
            terms: optional(root.member("terms"), TermsFacts::read)?,
            decision: optional(root.member("decision"), DecisionFacts::read)?,
            approval: optional(root.member("approval"), ApprovalFacts::read)?,
            attempt: optional(root.member("attempt"), AttemptFacts::read)?,
            evidence: EvidenceFacts::read(root.member("evidence")?)?,
            history: root.member("history")?.elements()?.iter().map(Step::read).collect::<Option<_>>()?,
        };
        if let Some(last) = record.history.last_mut() {
            last.evidence.clone_from(&record.evidence);
        }
        Some((record, State::parse(root.member("state")?.text()?)?))
    }
}

impl Step {
    fn to_json(&self, with_evidence: bool) -> String {
        let object = Writer::object().text("state", self.state.as_str()).integer("at", self.at_s);
        let object = match with_evidence && self.evidence != EvidenceFacts::default() {
            true => object.raw("evidence", &self.evidence.to_json()),
            false => object,
        };
        object.text("hash", &hex::encode(&self.hash)).finish()
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        Some(Step {
            state: State::parse(node.member("state")?.text()?)?,
            at_s: node.member("at")?.integer()?,
            evidence: optional(node.member("evidence"), EvidenceFacts::read)?.unwrap_or_default(),
            hash: hex::decode_fixed(node.member("hash")?.text()?)?,
        })
    }
}
