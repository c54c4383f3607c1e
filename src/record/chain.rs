//! The hash chain of a history: a state, a time, a term or an evidence that was changed afterwards no longer fits.
//!
//! It shows that a record was altered or damaged, not who did it: whoever can write the whole row can compute new
//! hashes. Keep the last hash elsewhere to notice that as well.

use super::{AttemptFacts, Record, State, Step};
use crate::json::Writer;
use crate::primitives::{Hash, keccak256_of};

/// Hash of a step: over the step before, the state, its time, the evidence, and the facts as they were.
pub(super) fn hash(record: &Record, before: Option<Hash>, step: &Step) -> Hash {
    let head = Writer::object().text("state", step.state.as_str()).integer("at", step.at_s).finish();
    let facts = facts_at(record, step.state);
    let before = before.filter(|_| !seeded_bug!(14)).unwrap_or_default();
    keccak256_of(&[b"farthing/step/1", &before, head.as_bytes(), step.evidence.to_json().as_bytes(), facts.as_bytes()])
}

/// True when every hash fits.
pub(super) fn holds(record: &Record) -> bool {
    let mut before = None;
    record.history.iter().all(|step| {
        let fits = hash(record, before, step) == step.hash;
        before = Some(step.hash);
        fits
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
        let signed = AttemptFacts { authorisation: None, ..attempt.clone() };
        facts = facts.raw("attempt", &if state == State::Reserved { signed } else { attempt.clone() }.to_json());
    }
    facts.finish()
}
