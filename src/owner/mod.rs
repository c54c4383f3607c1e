//! What the owner does beside payments: rows of a store in, writes, calls and reports out.
//!
//! Like the machine that pays it has no network, clock, randomness or store. A row is not believed until its version
//! and its chain fit; what cannot be proven leaves everything as it is.

mod answer;
pub(crate) mod calendar;
mod export;
mod reconcile;
mod revoke;
mod simulate;
mod tally;
mod verify;

use alloc::string::String;

pub use answer::{AnswerError, Reply, answer};
pub use export::{csv_header, csv_row};
pub use reconcile::{Finding, Reconciliation, Report, Step, Unproven};
pub use revoke::{Cancellation, Revocation, RevokeError, Transaction};
pub use simulate::{Outcome, Simulation};
pub use tally::{Tally, prices};
pub use verify::{VerifyError, verify_record};

use crate::ledger::{Entry, Write};
use crate::policy::asset_text;
use crate::primitives::Secret;
use crate::primitives::{Address, Network};
use crate::record::{Record, State, TermsFacts};
use crate::registry::{Asset, Registry};

/// A row as it lies in a store: texts, read and checked by whoever takes them.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The record.
    pub record: &'a str,
    /// What is sealed with it.
    pub sealed: Option<&'a str>,
}

impl Row<'_> {
    fn read(self) -> Option<(Record, Option<Secret>)> {
        let record = Record::read(self.record.as_bytes())?;
        Some((record, self.sealed.map(|text| Secret::new(String::from(text)))))
    }
}

/// Moves a record on, in place of the state it was read in.
fn advance(mut record: Record, sealed: Option<Secret>, state: State, now_s: u64) -> Write {
    let from = record.state();
    // Another process's clock may be ahead of ours: history only goes forward (threats P54).
    let at_s = record.history().last().map_or(now_s, |step| step.at_s.max(now_s));
    record.enter(state, at_s);
    Write { from: Some(from), entry: Entry { record, sealed } }
}

/// The token that terms are about, when it is pinned: what a record says is no source for a contract's address or domain.
pub(crate) fn pinned_asset(terms: &TermsFacts, registry: &Registry) -> Option<Asset> {
    let network = Network::parse(&terms.network)?;
    let (_, reference) = terms.asset.rsplit_once(':')?;
    // No address: native ether.
    let address = Address::parse(reference).unwrap_or(Address::ZERO);
    (asset_text(&(network, address)) == terms.asset).then(|| registry.asset(network, &address))?
}

#[cfg(test)]
mod sample;
