//! Proof of what became of an authorisation: a row in, questions to a node out, its answers in, at last a report.
//!
//! Three values (threats P28, P30): paid, dead, or not determined, and only a proof changes the row.

mod report;

use alloc::boxed::Box;
use alloc::string::String;

pub use report::{Finding, Report, Step, Unproven};

use super::{Row, advance, pinned_asset};
use crate::contract::authorisation::{Fate, Inquiry, Look, MARGIN_S, Subject, Unsure};
use crate::primitives::{Secret, hex};
use crate::purchase::CLOCK_ALLOWANCE_S;
use crate::record::{Record, State};
use crate::registry::Registry;

/// Seconds for which a signed payment is taken to be under way.
const UNDER_WAY_S: u64 = 60;

/// A purchase being looked into.
#[derive(Debug)]
pub struct Reconciliation {
    record: Record,
    sealed: Option<Secret>,
    subject: Subject,
    now_s: u64,
    inquiry: Inquiry,
}

impl Reconciliation {
    /// Looks into a row. The machine is `None` when there is nothing to ask anybody: the step is the report.
    pub fn new(row: Row<'_>, registry: &Registry, now_s: u64) -> (Option<Self>, Step) {
        let Some((record, sealed)) = row.read() else {
            return (None, done(String::new(), Finding::undetermined(Unproven::Unreadable)));
        };
        match subject(&record, registry, now_s) {
            Err(finding) => (None, done(record.purchase_id, finding)),
            Ok(subject) => {
                let (inquiry, first) = Inquiry::new(subject.clone(), now_s);
                (Some(Reconciliation { record, sealed, subject, now_s, inquiry }), Step::Call(first))
            }
        }
    }

    /// The answer to the last call: HTTP status (0 for none) and body.
    pub fn on_answer(&mut self, status: u16, body: &[u8], now_s: u64) -> Step {
        self.now_s = self.now_s.max(now_s);
        match self.inquiry.on_answer(status, body, now_s) {
            Look::Call(call) => Step::Call(call),
            Look::Found(fate) => self.report(fate.into()),
        }
    }

    fn report(&mut self, finding: Finding) -> Step {
        let state = match finding {
            Finding::Settled { .. } => State::Settled,
            Finding::Dead { .. } => State::Dead,
            Finding::Undetermined { .. } => return done(self.record.purchase_id.clone(), finding),
        };
        let mut record = self.record.clone();
        if let Finding::Settled { block, .. } | Finding::Dead { block } = finding {
            record.evidence.proof = Some(alloc::format!("chain {} {block}", self.subject.network));
        }
        let mut sealed = None;
        if let Finding::Settled { transaction, .. } = finding {
            record.evidence.problem = None;
            if let Some(transaction) = transaction {
                record.evidence.transaction = Some(hex::encode(&transaction));
            }
            // The same payment, presented again, may still bring what was bought.
            sealed.clone_from(&self.sealed);
        }
        let write = Some(advance(record, sealed, state, self.now_s));
        Step::Done(Box::new(Report { purchase_id: self.record.purchase_id.clone(), finding, write }))
    }
}

// What there is to prove, or why there is nothing.
fn subject(record: &Record, registry: &Registry, now_s: u64) -> Result<Subject, Finding> {
    let waiting = |reason, again_s| Finding::Undetermined { reason, again_s: Some(again_s) };
    let entered_s = record.history().last().map_or(0, |step| step.at_s);
    match record.state() {
        State::Reserved | State::Unknown => {}
        State::Signed if now_s >= entered_s.saturating_add(UNDER_WAY_S) => {}
        State::Signed => return Err(waiting(Unproven::UnderWay, entered_s.saturating_add(UNDER_WAY_S))),
        State::Planned | State::Asked | State::Approved | State::Settled | State::Refused | State::Dead => {
            return Err(Finding::undetermined(Unproven::NotOpen));
        }
    }
    let attempt = record.attempt.as_ref().ok_or(Finding::undetermined(Unproven::Unreadable))?;
    if attempt.kind != "eip3009" {
        return Err(Finding::undetermined(Unproven::CoreRecordNeeded));
    }
    let reserved = record.history().iter().find(|step| step.state == State::Reserved);
    let (Some(valid_before_s), Some(reserved)) = (attempt.valid_before_s, reserved) else {
        return Err(Finding::undetermined(Unproven::Unreadable));
    };
    // The wallet was asked and may answer until then (threats P68).
    let over_s = valid_before_s.saturating_add(MARGIN_S);
    if record.state() == State::Reserved && now_s <= over_s {
        return Err(waiting(Unproven::UnderWay, over_s.saturating_add(1)));
    }
    let asset = record
        .terms
        .as_ref()
        .and_then(|terms| pinned_asset(terms, registry))
        .ok_or(Finding::undetermined(Unproven::NotPinned))?;
    Ok(Subject {
        network: asset.network,
        token: asset.address,
        payer: attempt.payer,
        nonce: attempt.nonce,
        valid_before_s,
        // Valid from the allowance before it was planned, and reserved at once.
        since_s: reserved.at_s.saturating_sub(CLOCK_ALLOWANCE_S + MARGIN_S),
        // Only the payer can cancel; that there was no cancellation of ours is known for the time before the row was read.
        uncancelled_s: record.evidence.revoking_s.is_none().then_some(now_s),
    })
}

fn done(purchase_id: String, finding: Finding) -> Step {
    Step::Done(Box::new(Report { purchase_id, finding, write: None }))
}

impl From<Fate> for Finding {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Used { transaction, block } => Finding::Settled { transaction, block },
            Fate::Dead { block } => Finding::Dead { block },
            Fate::Unsure { reason, again_s } => Finding::Undetermined { reason: reason.into(), again_s },
        }
    }
}

impl From<Unsure> for Unproven {
    fn from(reason: Unsure) -> Self {
        match reason {
            Unsure::StillValid => Unproven::StillValid,
            Unsure::Unanswered => Unproven::Unanswered,
            Unsure::Refused => Unproven::Refused,
            Unsure::Malformed => Unproven::Malformed,
            Unsure::OtherNetwork => Unproven::OtherNetwork,
            Unsure::Contradicts => Unproven::Contradicts,
            Unsure::UsedOrCancelled => Unproven::UsedOrCancelled,
        }
    }
}

#[cfg(test)]
mod tests;
