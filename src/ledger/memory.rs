//! The smallest store that is right. For tests, simulations and native programs that end with their budgets.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Entry, Intent, Kept, Query, Reservation, View};
use crate::budget::{Hold, Note, Until};
use crate::primitives::Amount;
use crate::record::{Record, State};

/// Rows of one query at most.
const MAX_ROWS: usize = 64;

/// Rows, budgets and notes in memory, for records of one kind.
#[derive(Clone, Debug)]
pub struct Memory<R> {
    rows: BTreeMap<String, Row<R>>,
    sums: BTreeMap<String, BTreeMap<u64, Amount>>,
    notes: BTreeMap<String, String>,
    written: u64,
}

/// The store of a payer.
pub type MemoryLedger = Memory<Record>;

impl<R> Default for Memory<R> {
    fn default() -> Self {
        Memory { rows: BTreeMap::new(), sums: BTreeMap::new(), notes: BTreeMap::new(), written: 0 }
    }
}

#[derive(Clone, Debug)]
struct Row<R> {
    entry: Entry<R>,
    /// Order of the first write.
    number: u64,
    held: Vec<Held>,
}

/// What a row took of a budget, and from which bucket.
#[derive(Clone, Debug)]
struct Held {
    key: String,
    bucket: u64,
    amount: Amount,
    until: Until,
}

impl<R: Clone + Kept> Memory<R> {
    /// Writes a row, holds its budgets and sets its notes, or does nothing.
    pub fn reserve(&mut self, intent: &Intent<R>) -> Reservation {
        let Intent { from, entry, holds, notes } = intent;
        let id = entry.record.id();
        let free = match from {
            None => !self.rows.contains_key(id),
            Some(from) => self.precedes(*from, entry),
        };
        if !free && !seeded_bug!(4) {
            return Reservation::Exists;
        }
        if let Some(note) = notes.iter().find(|note| !self.agrees(note)) {
            return Reservation::Changed(note.key.clone());
        }
        for hold in holds {
            let used = self.used(hold);
            let added = if seeded_bug!(7) { Amount::ZERO } else { hold.amount };
            if used.plus(added).is_none_or(|sum| sum > hold.limit) {
                return Reservation::Exceeds { key: hold.key.clone(), used };
            }
        }
        let mut held: Vec<Held> = self.rows.get(id).map(|row| row.held.clone()).unwrap_or_default();
        held.extend(holds.iter().map(|hold| self.hold(hold)));
        notes.iter().for_each(|note| self.set(note));
        let number = self.rows.get(id).map_or(self.written, |row| row.number);
        self.written += 1;
        self.rows.insert(String::from(id), Row { entry: entry.clone(), number, held });
        Reservation::Held
    }

    /// Replaces a row that is in state `from` and one step behind; false when it is not.
    pub fn advance(&mut self, from: State, entry: &Entry<R>) -> bool {
        if !self.precedes(from, entry) {
            return false;
        }
        let Some(row) = self.rows.get_mut(entry.record.id()) else { return false };
        row.entry = entry.clone();
        let state = entry.record.state();
        let answered = matches!(state, State::Settled | State::Unknown);
        let given_back = |held: &Held| state.releases_budget() || answered && held.until == Until::Answer;
        let back: Vec<Held> = row.held.iter().filter(|held| given_back(held)).cloned().collect();
        row.held.retain(|held| !given_back(held));
        for held in back {
            let sum = self.sums.get_mut(&held.key).and_then(|buckets| buckets.get_mut(&held.bucket));
            if let Some(sum) = sum {
                *sum = sum.minus(held.amount).unwrap_or(Amount::ZERO);
            }
        }
        true
    }

    /// Rows, notes and sums.
    pub fn read(&self, query: &Query) -> View {
        let mut rows: Vec<&Row<R>> = match (&query.purchase_id, &query.request) {
            (Some(id), _) => self.rows.get(id).into_iter().collect(),
            (None, Some(hash)) => self.rows.values().filter(|row| row.entry.request() == Some(hash)).collect(),
            (None, None) => Vec::new(),
        };
        rows.sort_by_key(|row| core::cmp::Reverse(row.number));
        let texts = |row: &&Row<R>| (row.entry.record.to_json(), row.entry.sealed.as_deref().map(String::from));
        View {
            entries: rows.iter().take(MAX_ROWS).map(texts).collect(),
            notes: query.notes.iter().map(|key| self.notes.get(key).cloned()).collect(),
            used: query.holds.iter().map(|hold| self.used(hold)).collect(),
        }
    }

    /// Sets one note that is what it was; false when it is not.
    pub fn remember(&mut self, note: &Note) -> bool {
        let agrees = self.agrees(note);
        if agrees {
            self.set(note);
        }
        agrees
    }

    /// Every row, oldest first.
    pub fn rows(&self) -> Vec<&Entry<R>> {
        let mut rows: Vec<&Row<R>> = self.rows.values().collect();
        rows.sort_by_key(|row| row.number);
        rows.into_iter().map(|row| &row.entry).collect()
    }

    /// The row of a purchase.
    pub fn row(&self, purchase_id: &str) -> Option<&Entry<R>> {
        self.rows.get(purchase_id).map(|row| &row.entry)
    }

    /// True when the purchase counts against some budget.
    pub fn is_held(&self, purchase_id: &str) -> bool {
        self.rows.get(purchase_id).is_some_and(|row| !row.held.is_empty())
    }

    /// What counts under a budget now.
    pub fn used(&self, hold: &Hold) -> Amount {
        let Some(buckets) = self.sums.get(&hold.key) else { return Amount::ZERO };
        let last = self.present(hold);
        let counted = buckets.iter().filter(|(bucket, _)| last - **bucket < u64::from(hold.span.keep));
        // Beyond any number is beyond any limit.
        counted.fold(Amount::ZERO, |sum, (_, amount)| sum.plus(*amount).unwrap_or(Amount::MAX))
    }

    // A row that came back to the same state meanwhile has more steps: nobody overtakes it.
    fn precedes(&self, from: State, entry: &Entry<R>) -> bool {
        let row = self.rows.get(entry.record.id()).map(|row| &row.entry);
        row.is_some_and(|row| row.record.state() == from && row.step() + 1 == entry.step())
    }

    // Time never runs backwards: the greater of what the hold names and what is kept.
    fn present(&self, hold: &Hold) -> u64 {
        let kept = self.sums.get(&hold.key).and_then(|buckets| buckets.last_key_value());
        kept.map_or(hold.span.bucket, |(bucket, _)| hold.span.bucket.max(*bucket))
    }

    fn hold(&mut self, hold: &Hold) -> Held {
        let bucket = self.present(hold);
        let buckets = self.sums.entry(hold.key.clone()).or_default();
        buckets.retain(|other, _| bucket - *other < u64::from(hold.span.keep));
        let sum = buckets.entry(bucket).or_insert(Amount::ZERO);
        *sum = sum.plus(hold.amount).unwrap_or(Amount::MAX);
        Held { key: hold.key.clone(), bucket, amount: hold.amount, until: hold.until }
    }

    fn agrees(&self, note: &Note) -> bool {
        let present = self.notes.get(&note.key);
        present == note.was.as_ref() || note.value.is_some() && present == note.value.as_ref()
    }

    fn set(&mut self, note: &Note) {
        if let Some(value) = &note.value {
            self.notes.insert(note.key.clone(), value.clone());
        }
    }
}
