//! The crate's own model of a store, and what the tests want to know of it.

use farthing::budget::Hold;
use farthing::ledger::{Entry, Intent, MemoryLedger, Query, Reservation, View, Write};
use farthing::primitives::Amount;
use farthing::record::State;

#[derive(Clone, Debug, Default)]
pub struct Store {
    pub ledger: MemoryLedger,
}

impl Store {
    pub fn read(&self, query: &Query) -> View {
        self.ledger.read(query)
    }

    pub fn reserve(&mut self, intent: &Intent) -> Reservation {
        self.ledger.reserve(intent)
    }

    pub fn advance(&mut self, from: State, entry: &Entry) -> bool {
        self.ledger.advance(from, entry)
    }

    pub fn write(&mut self, write: &Write) -> bool {
        match write.from {
            Some(from) => self.advance(from, &write.entry),
            None => {
                let intent = Intent { from: None, entry: write.entry.clone(), holds: Vec::new(), notes: Vec::new() };
                self.reserve(&intent) == Reservation::Held
            }
        }
    }

    pub fn rows(&self) -> Vec<Entry> {
        self.ledger.rows().into_iter().cloned().collect()
    }

    pub fn row(&self, id: &str) -> Option<&Entry> {
        self.ledger.row(id)
    }

    /// Record and sealed text of a purchase, as they lie in the store.
    pub fn texts(&self, id: &str) -> (String, Option<String>) {
        let row = self.row(id).unwrap();
        (row.record.to_json(), row.sealed.as_deref().map(str::to_owned))
    }

    /// What counts against a budget.
    pub fn used(&self, hold: &Hold) -> Amount {
        self.ledger.used(hold)
    }

    /// True when the purchase counts against some budget.
    pub fn holds(&self, id: &str) -> bool {
        self.ledger.is_held(id)
    }

    pub fn state(&self, id: &str) -> Option<State> {
        self.row(id).map(|row| row.record.state())
    }
}
