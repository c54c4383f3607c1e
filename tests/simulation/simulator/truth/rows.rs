//! Rows: none is lost or invented, and histories only grow.

use farthing::ledger::{Entry, MemoryLedger};
use farthing::primitives::keccak256;
use farthing::record::{Record, State};
use serde_json::Value;

use super::Truth;

impl Truth {
    /// A store replaced a row, if it was in state `from`.
    pub fn advanced(&mut self, from: State, entry: &Entry, done: bool, now_s: u64) {
        if done {
            self.written(Some(from), &entry.record, now_s);
        }
    }

    /// A row is what it says now.
    pub(super) fn written(&mut self, from: Option<State>, record: &Record, now_s: u64) {
        let (id, state) = (record.purchase_id.as_str(), record.state());
        let before = self.rows.get(id);
        let wrong = match before {
            None if from.is_some() => Some("replaces a row that was never written"),
            None => (!self.stems_from_a_call(record)).then_some("stems from no call"),
            Some(before) if from.is_none() => {
                Some(if before == record { "is written twice" } else { "is overwritten" })
            }
            Some(before) => changed(before, record),
        };
        let wrong = wrong.or_else(|| times_run_back(record).then_some("has a history that runs backwards"));
        if let Some(wrong) = wrong {
            let before = before.map(Record::to_json).unwrap_or_default();
            self.fail(|| format!("the row of purchase {id} {wrong}:\n  {before}\n  {}", record.to_json()));
        }
        if state == State::Settled && !self.is_proven(id) {
            self.fail(|| format!("purchase {id} is called settled, and nobody proved it"));
        }
        if state.releases_budget() && self.can_move(id, now_s) {
            self.fail(|| format!("purchase {id} is called {state:?}, and its money can move"));
        }
        self.moved_on(id, state);
        self.steps.extend(record.history().last().map(|step| step.hash));
        self.rows.insert(id.to_owned(), record.clone());
    }

    /// True when somebody proved a settlement of the purchase to a run.
    pub(super) fn is_proven(&self, id: &str) -> bool {
        self.authorisations.iter().any(|known| known.id == id && known.proven)
    }

    /// True when money moved for the purchase, or can.
    pub(super) fn can_move(&self, id: &str, now_s: u64) -> bool {
        self.authorisations.iter().any(|known| known.id == id && known.movable(now_s))
    }

    fn stems_from_a_call(&self, record: &Record) -> bool {
        let paths = self.callers.get(&record.purchase_id);
        paths.is_some_and(|paths| paths.iter().any(|path| record.request.path == format!("/r{path}")))
    }

    /// The payment that leaves is the one the store has, in the row that names it.
    pub(super) fn check_sealed(&mut self, id: &str, nonce: &[u8; 32], value: &str) {
        let attempt = self.rows.get(id).and_then(|row| row.attempt.as_ref());
        let durable = attempt.is_some_and(|attempt| {
            attempt.nonce == *nonce && attempt.authorisation == Some(keccak256(value.as_bytes()))
        });
        if !durable {
            self.fail(|| format!("purchase {id} is sent before it is written"));
        }
    }

    /// The rows of the store are those that were written, and read back as they are.
    pub(super) fn check_rows(&mut self, ledger: &MemoryLedger) {
        let rows = ledger.rows();
        let wrong = rows.iter().find_map(|entry| {
            let record = &entry.record;
            let same = self.rows.get(&record.purchase_id) == Some(record);
            let reads = Record::read(record.to_json().as_bytes()).as_ref() == Some(record);
            (!same || !reads).then(|| format!("the store has another row: {}", record.to_json()))
        });
        if rows.last().is_some_and(|entry| reads_with_a_gap(&entry.record)) {
            self.fail(|| "a history reads as sound without its first step".into());
        }
        if rows.len() != self.rows.len() {
            self.fail(|| "the store lost a row".into());
        }
        if let Some(wrong) = wrong {
            self.fail(|| wrong);
        }
    }
}

fn changed(before: &Record, record: &Record) -> Option<&'static str> {
    let reserved = before.history().iter().any(|step| step.state == State::Reserved);
    let nonce = |record: &Record| record.attempt.as_ref().map(|attempt| attempt.nonce);
    if before == record {
        // A message that came twice.
        return None;
    }
    if !record.history().starts_with(before.history()) {
        return Some("loses a part of its history");
    }
    if record.history().len() != before.history().len() + 1 {
        return Some("makes other than one step");
    }
    if before.request.hash != record.request.hash {
        return Some("is for another request");
    }
    (reserved && (nonce(before) != nonce(record) || before.terms != record.terms)).then_some("is for other terms")
}

fn reads_with_a_gap(record: &Record) -> bool {
    let mut json: Value = serde_json::from_str(&record.to_json()).unwrap();
    json["history"].as_array_mut().unwrap().remove(0);
    record.history().len() > 1 && Record::read(json.to_string().as_bytes()).is_some()
}

fn times_run_back(record: &Record) -> bool {
    record.history().windows(2).any(|steps| steps[0].at_s > steps[1].at_s)
}
