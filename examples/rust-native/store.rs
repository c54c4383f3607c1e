//! A store that lives as long as the program.

use std::collections::BTreeMap;

use farthing::budget::Hold;
use farthing::primitives::Amount;
use farthing::purchase::{Entry, Reservation};
use farthing::record::State;

/// Purchases and held amounts. A real store is durable, does each of these in one atomic step, and gives back what a
/// refused purchase held.
#[derive(Default)]
pub struct Store {
    entries: BTreeMap<String, Entry>,
    held: BTreeMap<String, Amount>,
}

impl Store {
    pub fn get(&self, purchase_id: &str) -> Option<&Entry> {
        self.entries.get(purchase_id)
    }

    pub fn reserve(&mut self, entry: Entry, holds: &[Hold]) -> Reservation {
        let id = entry.record.purchase_id.clone();
        if self.entries.contains_key(&id) {
            return Reservation::Exists;
        }
        let sums = holds.iter().map(|hold| {
            let sum = self.held.get(&hold.key).copied().unwrap_or(Amount::ZERO).plus(hold.amount);
            sum.filter(|sum| *sum <= hold.limit).ok_or(&hold.key).map(|sum| (hold.key.clone(), sum))
        });
        match sums.collect::<Result<Vec<_>, _>>() {
            Err(key) => Reservation::Exceeds(key.clone()),
            Ok(sums) => {
                self.held.extend(sums);
                self.entries.insert(id, entry);
                Reservation::Held
            }
        }
    }

    pub fn advance(&mut self, from: State, entry: Entry) -> bool {
        match self.entries.get_mut(&entry.record.purchase_id) {
            Some(known) if known.record.state() == from => {
                *known = entry;
                true
            }
            _ => false,
        }
    }

    pub fn write(&mut self, from: Option<State>, entry: Entry) {
        match from {
            Some(from) => drop(self.advance(from, entry)),
            None => drop(self.reserve(entry, &[])),
        }
    }
}
