//! What is written of a purchase, and when: the record moves on only with a store's word.

use alloc::string::String;

use super::{Mode, Purchase};
use crate::error::{Code, Money};
use crate::json::{self, Writer};
use crate::ledger::{Entry, Write};
use crate::primitives::{Secret, Url};
use crate::record::{Record, State};

// Longest settlement kept, in bytes.
const MAX_SETTLEMENT_BYTES: usize = 8 * 1024;
const SETTLEMENT: &str = "settlement";

impl Purchase {
    /// The write of a failure; how far the payment got decides the state.
    pub(super) fn failed_write(&mut self, code: Code) -> Option<Write> {
        let record = self.record.as_mut()?;
        // What may simply be tried again leaves no refusal behind that would stand in the way of its purchase id.
        let unheld = matches!(record.state(), State::Planned | State::Asked | State::Approved);
        // A yes outlives a budget that is full at this moment.
        let waits = code == Code::BudgetExceeded && record.state() != State::Planned;
        if self.mode != Mode::Pay || unheld && (is_passing(code) || waits) {
            return None;
        }
        let state = match (record.state(), code.money()) {
            // What was proven stays proven, whatever fails later.
            (State::Settled | State::Refused | State::Dead, _) => return None,
            // Once signed bytes may have left, nothing that happens here can prove otherwise.
            (State::Signed | State::Unknown, _) if seeded_bug!(8) => State::Refused,
            (State::Signed | State::Unknown, _) => State::Unknown,
            (_, Money::Untouched) => State::Refused,
            (_, Money::NotSent) => State::Dead,
            (_, Money::Unknown | Money::Moved) => State::Unknown,
        };
        record.evidence.problem = Some(String::from(code.as_str()));
        self.write(state)
    }

    /// The write that moves the record to `state`.
    pub(super) fn write(&mut self, state: State) -> Option<Write> {
        // A payment that will not be presented again is not kept: it would still be worth its price.
        if matches!(state, State::Refused | State::Dead) {
            self.sealed = None;
        }
        let from = self.stored_state();
        let record = self.record.as_mut()?;
        record.enter(state, self.now_s);
        Some(Write { from, entry: Entry { record: record.clone(), sealed: self.sealed.clone() } })
    }

    /// Keeps the seller's word about the payment, a header that can be read, as it came: evidence that a record has only
    /// hashes of, whatever the outcome.
    pub(super) fn seal_settlement(&mut self, header: &str) {
        let Some(sealed) = self.sealed.as_ref().filter(|_| header.len() <= MAX_SETTLEMENT_BYTES) else { return };
        let Ok(root) = json::read_own(sealed.as_bytes()) else { return };
        let others = root.members().unwrap_or_default().iter().filter(|(key, _)| key != SETTLEMENT);
        let kept = others.fold(Writer::object(), |object, (key, node)| object.raw(key, node.raw));
        let sealed = Secret::new(kept.text(SETTLEMENT, header).finish());
        drop(root);
        self.sealed = Some(sealed);
    }

    /// The state that the row in the store is in; `None` for no row.
    pub(super) fn stored_state(&self) -> Option<State> {
        self.record.as_ref().filter(|_| self.stored).map(Record::state)
    }

    /// The record as a store is to write it, in its next state.
    pub(super) fn propose(&mut self, state: State) -> Option<Record> {
        let mut record = self.record.clone()?;
        record.enter(state, self.now_s);
        self.proposed = Some(record.clone());
        Some(record)
    }

    /// The store wrote what was proposed: exactly that is the record, to the second.
    pub(super) fn adopt(&mut self) {
        if let Some(proposed) = self.proposed.take() {
            self.record = Some(proposed);
            self.stored = true;
        }
    }

    pub(super) fn new_record(&mut self, url: &Url) {
        // What is only watched takes no id away from the purchase that may follow.
        let given = self.request.purchase_id.as_ref().filter(|_| self.mode != Mode::Observe);
        let purchase_id = match given {
            Some(id) => id.clone(),
            None => {
                let mut id = String::from("p_");
                crate::primitives::hex::push(&mut id, &self.entropy.id);
                id
            }
        };
        self.record = Some(Record::new(purchase_id, self.request.facts(url)));
    }
}

// Failures before anything is held that say nothing about the terms.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::RequestFailed
            | Code::Aborted
            | Code::StoreFailed
            | Code::StoreChanged
            | Code::TermsChanged
            | Code::OverAtMost
            | Code::Stopped
            | Code::CoreUnreachable
            | Code::CoreLogin
            | Code::CoreAnswer
            | Code::TabEndpoint
            | Code::WalletAccount
            | Code::WalletChain
            | Code::Clock
            | Code::ClockSkew
    )
}
