//! What a store is asked and what it answers, and the smallest store that is right: the model of all others.
//!
//! Every operation is atomic. Knows no time but the span that a hold names.

mod memory;

use alloc::string::String;
use alloc::vec::Vec;

pub use memory::{Memory, MemoryLedger};

use crate::budget::{Hold, Note};
use crate::primitives::{Amount, Hash, Secret};
use crate::record::{Record, State};

/// What a store looks at of a record.
pub trait Kept {
    /// Names the row.
    fn id(&self) -> &str;
    /// Where it stands.
    fn state(&self) -> State;
    /// How many steps its history has.
    fn steps(&self) -> usize;
    /// Hash under which the same request finds it again.
    fn request(&self) -> Option<&Hash>;
    /// The record as it lies in a store.
    fn to_json(&self) -> String;
}

impl Kept for Record {
    fn id(&self) -> &str {
        &self.purchase_id
    }

    fn state(&self) -> State {
        Record::state(self)
    }

    fn steps(&self) -> usize {
        self.history().len()
    }

    // While it is open and its content was not delivered.
    fn request(&self) -> Option<&Hash> {
        let delivered = self.evidence.status.is_some_and(|status| (200..300).contains(&status));
        (Record::state(self).is_open() && !delivered).then_some(&self.request.hash)
    }

    fn to_json(&self) -> String {
        Record::to_json(self)
    }
}

/// One row.
#[derive(Clone, Debug)]
pub struct Entry<R = Record> {
    /// The record: public, nothing secret.
    pub record: R,
    /// What is needed to present the payment again, as JSON: private to the store.
    pub sealed: Option<Secret>,
}

impl<R: Kept> Entry<R> {
    /// How many steps its history has: a row is replaced only by one that has one more (invariant I14).
    pub fn step(&self) -> usize {
        self.record.steps()
    }

    /// Hash under which the same request finds this row again; see [`Kept::request`].
    pub fn request(&self) -> Option<&Hash> {
        self.record.request()
    }
}

/// What is written in one step, all or nothing.
#[derive(Clone, Debug)]
pub struct Intent<R = Record> {
    /// State the row must be in, one step before the new one; `None` for a new row.
    pub from: Option<State>,
    /// The row.
    pub entry: Entry<R>,
    /// Every budget it counts against.
    pub holds: Vec<Hold>,
    /// What is remembered of others.
    pub notes: Vec<Note>,
}

/// What a store says to an [`Intent`], checked in this order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reservation {
    /// Held, and the row and notes written.
    Held,
    /// The id is taken, or its row is in another state.
    Exists,
    /// The note of that key is not what it was.
    Changed(String),
    /// The budget of that key has no room.
    Exceeds {
        /// Its key.
        key: String,
        /// What counts there already.
        used: Amount,
    },
}

/// What is read before a decision, in one round trip.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// One row by its id.
    pub purchase_id: Option<String>,
    /// Without an id: open rows of this request.
    pub request: Option<Hash>,
    /// Keys of notes.
    pub notes: Vec<String>,
    /// Budgets whose use is wanted.
    pub holds: Vec<Hold>,
}

/// The answer to a [`Query`], in its order. Texts as they lie in the store: they are read and checked by whoever asked.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Records and what is sealed with each, newest first, 64 at most.
    pub entries: Vec<(String, Option<String>)>,
    /// Values of the notes.
    pub notes: Vec<Option<String>>,
    /// What counts under each budget.
    pub used: Vec<Amount>,
}

/// A write that ends a purchase, or moves it on.
#[derive(Clone, Debug)]
pub struct Write {
    /// State the row must be in; `None` for a new row.
    pub from: Option<State>,
    /// What to write.
    pub entry: Entry,
}
