//! A number of a tab that an earlier purchase holds: by which, and whether that ever signed.
//!
//! Whoever says no in the wallet leaves the number behind, and the seller names it again. It is taken over only from a
//! purchase whose row proves that nothing was signed; "don't know" keeps it taken.

use alloc::string::String;

use crate::error::Code;
use crate::ledger::{Query, View};
use crate::purchase::authorisation::Plan;
use crate::purchase::guarantee::Prepared;
use crate::purchase::{Command, Purchase, Stage};
use crate::record::{Record, State};

impl Purchase {
    /// Asks the store which purchase has the number.
    pub(super) fn who_has(&mut self, plan: Plan, prepared: Option<Prepared>) -> Command {
        let notes = plan.note().map(|note| note.key.clone()).into_iter().collect();
        self.stage = Stage::Taken { plan, prepared, holder: None };
        Command::Load { query: Query { notes, ..Query::default() } }
    }

    /// The store's two answers: the name of the purchase, then its row.
    pub(super) fn on_holder(
        &mut self,
        mut plan: Plan,
        prepared: Option<Prepared>,
        holder: Option<String>,
        view: View,
    ) -> Command {
        match (holder, view.notes.into_iter().next().flatten()) {
            (None, Some(named)) => {
                self.stage = Stage::Taken { plan, prepared, holder: Some(named.clone()) };
                Command::Load { query: Query { purchase_id: Some(named), ..Query::default() } }
            }
            (Some(holder), _) if view.entries.iter().any(|(json, _)| never_signed(json, &holder)) => {
                plan.take_over(holder);
                self.hold(plan, prepared)
            }
            _ => {
                self.record = None;
                self.refuse(Code::TabRequestId)
            }
        }
    }
}

fn never_signed(json: &str, holder: &str) -> bool {
    Record::read(json.as_bytes()).is_some_and(|record| {
        let unsigned = record.attempt.as_ref().is_some_and(|attempt| attempt.authorisation.is_none());
        record.purchase_id == holder && record.state() == State::Refused && unsigned
    })
}
