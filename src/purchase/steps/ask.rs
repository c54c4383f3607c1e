//! What needs more than the policy: a question to the owner, a measure of what budgets hold.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::budget::Hold;
use crate::error::Code;
use crate::json::Writer;
use crate::ledger::{Entry, Intent, Query, Reservation, View};
use crate::policy::Pending;
use crate::primitives::Address;
use crate::primitives::Secret;
use crate::purchase::command::{Command, Consent, Failure, Quoted};
use crate::purchase::{Purchase, Stage};
use crate::record::{ApprovalFacts, State};

impl Purchase {
    /// Takes a yes that was given before to exactly these terms, or files the question and asks.
    pub(super) fn ask(&mut self, pending: Pending, payer: Address) -> Command {
        let Some(record) = &mut self.record else { return self.out_of_order(Stage::Over) };
        let binding = *pending.approval().binding();
        let known = record.approval.as_ref().filter(|known| known.binding == binding && self.now_s < known.expires_s);
        match (record.state(), known.cloned()) {
            (State::Approved, Some(known)) => match pending.granted(&known.binding) {
                Some(approved) => self.prepare(approved, payer),
                None => self.out_of_order(Stage::Over),
            },
            (State::Asked, Some(_)) => {
                let record = record.clone();
                self.stage = Stage::Asking { pending, payer };
                Command::Ask { record }
            }
            _ => {
                let expires_s = self.now_s.saturating_add(self.config.policy.approval_s());
                record.approval = Some(ApprovalFacts { binding, expires_s, by: None });
                record.evidence.problem = Some(pending.question().to_string());
                self.file(pending, payer)
            }
        }
    }

    // The question is durable before it is asked: whoever answers may be another process.
    fn file(&mut self, pending: Pending, payer: Address) -> Command {
        // The URL may carry a secret, so it is sealed; the record has the path only.
        self.sealed = Some(Secret::new(Writer::object().text("url", &self.request.url).finish()));
        let from = self.stored_state();
        let Some(record) = self.propose(State::Asked) else { return self.out_of_order(Stage::Over) };
        self.stage = Stage::Filing { pending, payer };
        let entry = Entry { record, sealed: self.sealed.clone() };
        Command::Reserve { intent: Box::new(Intent { from, entry, holds: Vec::new(), notes: Vec::new() }) }
    }

    /// The store's answer to the question's own row.
    pub(super) fn on_filed(&mut self, reservation: &Reservation, pending: Pending, payer: Address) -> Command {
        if *reservation != Reservation::Held {
            return self.unreserved(reservation);
        }
        self.adopt();
        let Some(record) = self.record.clone() else { return self.out_of_order(Stage::Over) };
        self.stage = Stage::Asking { pending, payer };
        Command::Ask { record }
    }

    /// The answer to [`Command::Ask`].
    pub fn on_answered(&mut self, consent: Consent, now_s: u64) -> Command {
        self.tick(now_s);
        let (pending, payer) = match self.take_stage() {
            Stage::Asking { pending, payer } => (pending, payer),
            other => return self.out_of_order(other),
        };
        let question = pending.question();
        let Some(approval) = self.record.as_mut().and_then(|record| record.approval.as_mut()) else {
            return self.out_of_order(Stage::Over);
        };
        let in_time = self.now_s < approval.expires_s;
        match consent {
            Consent::Yes { by } if in_time => match pending.granted(&approval.binding) {
                Some(approved) => {
                    approval.grant(&by);
                    self.prepare(approved, payer)
                }
                None => self.out_of_order(Stage::Over),
            },
            Consent::No => self.refuse(Code::ApprovalDeclined),
            Consent::Yes { .. } | Consent::Later => {
                let failure = Failure::with(question, alloc::format!("good until {}", approval.expires_s));
                Command::Fail { failure, write: None }
            }
        }
    }

    /// Asks the store how full the budgets of a quote are.
    pub(super) fn measure(&mut self, holds: Vec<Hold>, asks: Option<Code>) -> Command {
        let query = Query { holds: holds.clone(), ..Query::default() };
        self.stage = Stage::Measuring { asks, holds };
        Command::Load { query }
    }

    pub(super) fn quoted(&mut self, asks: Option<Code>, holds: Vec<Hold>, view: View) -> Command {
        if view.used.len() != holds.len() {
            return self.refuse(Code::StoreFailed);
        }
        let Some(record) = self.record.clone() else { return self.out_of_order(Stage::Over) };
        let budgets = holds.into_iter().zip(view.used).collect();
        Command::Quoted(Box::new(Quoted { record, asks, budgets }))
    }
}
