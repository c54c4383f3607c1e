//! The hash chain of a history: a state, a time, a term or an evidence that was changed afterwards no longer fits.
//!
//! It shows that a record was altered or damaged, not who did it: whoever can write the whole row can compute new
//! hashes. Keep the last hash elsewhere to notice that as well.

use super::{Record, State, Step};
use crate::json::Writer;
use crate::primitives::{Hash, keccak256_of};

/// Hash of a step: over the step before, the state, its time, the evidence, and the facts as they were.
pub(super) fn hash(record: &Record, before: Option<Hash>, step: &Step) -> Hash {
    let head = Writer::object().text("state", step.state.as_str()).integer("at", step.at_s).finish();
    let facts = facts_at(record, step.state);
    link(b"farthing/step/1", before, [&head, &step.evidence.to_json(), &facts])
}

/// Hash of a step: over what kind of history it is of, the step before, and texts that say everything about it.
pub(crate) fn link(kind: &[u8], before: Option<Hash>, [head, evidence, facts]: [&str; 3]) -> Hash {
    let before = before.filter(|_| !seeded_bug!(14)).unwrap_or_default();
    keccak256_of(&[kind, &before, head.as_bytes(), evidence.as_bytes(), facts.as_bytes()])
}

/// Position of the first step whose hash does not fit; `None` when all do.
pub(super) fn broken_at(record: &Record) -> Option<usize> {
    let mut before = None;
    record.history.iter().position(|step| {
        let fits = hash(record, before, step) == step.hash;
        before = Some(step.hash);
        !fits
    })
}

// What a step is bound to. A fact that comes later in the life of a purchase takes no part in earlier hashes, so that a
// finished record says enough to compute them all.
fn facts_at(record: &Record, state: State) -> alloc::string::String {
    let mut facts = Writer::object().text("purchaseId", &record.purchase_id).raw("request", &record.request.to_json());
    // Another price may have been asked about before these terms were.
    if matches!(state, State::Asked | State::Approved) {
        return facts.finish();
    }
    if let Some(terms) = &record.terms {
        facts = facts.raw("terms", &terms.to_json());
    }
    if let Some(decision) = &record.decision {
        facts = facts.raw("decision", &decision.to_json());
    }
    if let Some(approval) = &record.approval {
        facts = facts.raw("approval", &approval.to_json());
    }
    if let Some(attempt) = &record.attempt {
        let mut attempt = attempt.clone();
        if state == State::Reserved {
            attempt.authorisation = None;
        }
        facts = facts.raw("attempt", &attempt.to_json());
    }
    facts.finish()
}
