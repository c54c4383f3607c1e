//! A store in memory that does what a store must: compare and set, hold budgets, release by proof.

use std::collections::BTreeMap;

use farthing::budget::Hold;
use farthing::primitives::Amount;
use farthing::purchase::{Entry, Reservation, Write};
use farthing::record::State;

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub rows: BTreeMap<String, Entry>,
    held: BTreeMap<String, Vec<(String, Amount, u64)>>,
}

impl Store {
    pub fn load(&self, id: Option<&str>) -> Vec<(String, Option<String>)> {
        let wanted = |entry: &&Entry| match id {
            Some(id) => entry.record.purchase_id == id,
            None => entry.record.state().is_open(),
        };
        let row = |entry: &Entry| (entry.record.to_json(), entry.sealed.as_deref().map(str::to_owned));
        self.rows.values().filter(wanted).map(row).collect()
    }

    pub fn reserve(&mut self, entry: &Entry, holds: &[Hold], now_s: u64) -> Reservation {
        let id = &entry.record.purchase_id;
        if self.rows.contains_key(id) {
            return Reservation::Exists;
        }
        for hold in holds {
            let sum = self.sum(&hold.key, hold.window_s, now_s).plus(hold.amount);
            if sum.is_none_or(|sum| sum > hold.limit) {
                return Reservation::Exceeds(hold.key.clone());
            }
        }
        for hold in holds {
            self.held.entry(hold.key.clone()).or_default().push((id.clone(), hold.amount, now_s));
        }
        self.rows.insert(id.clone(), entry.clone());
        Reservation::Held
    }

    pub fn advance(&mut self, from: State, entry: &Entry) -> bool {
        let id = &entry.record.purchase_id;
        if self.rows.get(id).is_none_or(|row| row.record.state() != from) {
            return false;
        }
        if entry.record.state().releases_budget() {
            self.held.values_mut().for_each(|held| held.retain(|(holder, ..)| holder != id));
        }
        self.rows.insert(id.clone(), entry.clone());
        true
    }

    pub fn write(&mut self, write: &Write, now_s: u64) -> bool {
        match write.from {
            Some(from) => self.advance(from, &write.entry),
            None => self.reserve(&write.entry, &[], now_s) == Reservation::Held,
        }
    }

    /// What counts under a key.
    pub fn sum(&self, key: &str, window_s: Option<u64>, now_s: u64) -> Amount {
        let counts = |at_s: u64| window_s.is_none_or(|window_s| at_s > now_s.saturating_sub(window_s));
        let held = self.held.get(key).into_iter().flatten().filter(|(_, _, at_s)| counts(*at_s));
        held.fold(Amount::ZERO, |sum, (_, amount, _)| sum.plus(*amount).unwrap())
    }

    /// True when the purchase counts against some budget.
    pub fn holds(&self, id: &str) -> bool {
        self.held.values().flatten().any(|(holder, ..)| holder == id)
    }

    pub fn state(&self, id: &str) -> Option<State> {
        self.rows.get(id).map(|row| row.record.state())
    }
}
