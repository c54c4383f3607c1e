//! From what can be planned to held budget: fix nonce and times, have the store hold, hear what it says.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::budget::{Hold, Note, Reserved};
use crate::error::Code;
use crate::ledger::{Entry, Intent, Reservation};
use crate::policy::Approved;
use crate::primitives::Address;
use crate::purchase::authorisation::{Clocks, Plan, Unsigned};
use crate::purchase::command::{Command, Failure};
use crate::purchase::guarantee::{Prepared, TAB_KEY};
use crate::purchase::{Purchase, STOP, Stage};
use crate::record::{AttemptFacts, State};

/// Longest time from challenge to signature, in seconds: beyond it the clock jumped, or the terms are stale.
const MAX_WAIT_S: u64 = 600;

impl Purchase {
    pub(super) fn plan(&mut self, approved: Approved, payer: Address, prepared: Option<Prepared>) -> Command {
        let waited_s = self.now_s - self.challenged_s;
        if waited_s > MAX_WAIT_S {
            // A window counted from a clock that jumped ahead would last as long as the jump (threats P54).
            let facts = alloc::format!("{waited_s} s since the challenge");
            return self.fail(Failure::with(Code::Clock, facts));
        }
        let purchase_id = self.record.as_ref().map(|record| record.purchase_id.clone()).unwrap_or_default();
        let clocks = Clocks { now_s: self.now_s, ahead_s: self.ahead_s };
        let plan = match Plan::new(approved, payer, &purchase_id, &self.entropy, clocks, prepared.as_ref()) {
            Ok(plan) => plan,
            Err(refusal) => return self.fail(Failure::with(refusal.code(), String::from(refusal.field))),
        };
        self.hold(plan, prepared)
    }

    /// Asks the store to hold what was planned.
    pub(super) fn hold(&mut self, plan: Plan, prepared: Option<Prepared>) -> Command {
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        record.evidence.problem = None;
        record.attempt = Some(AttemptFacts {
            payer: plan.payer(),
            kind: String::from(plan.kind()),
            nonce: plan.nonce(),
            valid_before_s: plan.valid_before_s(),
            digest: *plan.digest(),
            authorisation: None,
        });
        // The intent is written by the same operation that holds the budget, so it is durable before the signer is
        // asked; in memory it joins the history only when the store confirms.
        let from = self.stored_state();
        let Some(record) = self.propose(State::Reserved) else { return self.out_of_order(Stage::Over) };
        let holds: Vec<Hold> = plan.approved().holds().to_vec();
        let mut notes = Vec::from(plan.approved().notes());
        notes.extend(plan.note().cloned());
        // Whoever stopped payments since this one began is heard here, in the same step that would hold budget.
        notes.push(Note { key: String::from(STOP), was: self.not_stopped.clone(), value: None });
        self.stage = Stage::Reserving { plan, prepared };
        let entry = Entry { record, sealed: self.sealed.clone() };
        Command::Reserve { intent: Box::new(Intent { from, entry, holds, notes }) }
    }

    /// The store's answer to [`Command::Reserve`].
    pub fn on_reserved(&mut self, reservation: &Reservation, now_s: u64) -> Command {
        self.tick(now_s);
        let (plan, prepared) = match self.take_stage() {
            Stage::Reserving { plan, prepared } => (plan, prepared),
            Stage::Filing { pending, payer } => return self.on_filed(reservation, pending, payer),
            other => return self.out_of_order(other),
        };
        match reservation {
            Reservation::Held => {
                self.adopt();
                let unsigned = Unsigned::new(Reserved::held(plan));
                let command = Command::Sign {
                    payer: unsigned.payer(),
                    chain_id: unsigned.chain_id(),
                    typed_data: unsigned.typed_data(),
                };
                self.stage = Stage::Signing { unsigned, prepared };
                command
            }
            Reservation::Exceeds { key, used } => {
                let hold = plan.approved().holds().iter().find(|hold| hold.key == *key);
                let facts = hold.map(|Hold { shown: (price, limit), .. }| {
                    alloc::format!("price {price}, budget {limit} under {key}, the rest of which is taken")
                });
                let budget = hold.map(|hold| Box::new((hold.clone(), *used)));
                self.fail(Failure { budget, ..Failure::with(Code::BudgetExceeded, facts.unwrap_or_default()) })
            }
            Reservation::Changed(key) if plan.untried_note(key).is_some() => self.who_has(plan, prepared),
            other => self.unreserved(other),
        }
    }

    /// The row or a note is not what it was: somebody else's entry, over which nothing of ours may be written.
    pub(super) fn unreserved(&mut self, reservation: &Reservation) -> Command {
        self.record = None;
        self.refuse(match reservation {
            Reservation::Changed(key) if key == STOP => Code::Stopped,
            Reservation::Changed(key) if key.starts_with(TAB_KEY) => Code::TabRequestId,
            Reservation::Changed(_) => Code::StoreChanged,
            Reservation::Exists | Reservation::Exceeds { .. } | Reservation::Held => Code::PurchaseInProgress,
        })
    }
}
