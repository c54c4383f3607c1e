//! Reservation: what a store is asked to hold before anything is signed, and the proof that it did.
//!
//! The sum of everything reserved, unresolved and settled under a key, within its window, never exceeds the
//! limit; "don't know" counts as spent. The store executes this in one atomic operation. Knows no clock: the number of
//! the present time span is an argument.

mod window;

use alloc::string::String;

pub use window::{Span, Window};

use crate::primitives::Amount;

/// One budget that a payment counts against.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Names the budget across processes, its scopes, unit and window: `all USD day`, `task "trip-42" count 90 s`. At
    /// most 400 bytes without control characters.
    pub key: String,
    /// What this payment adds: `10^-18` of a currency, atomic units of a token, or purchases.
    pub amount: Amount,
    /// Largest sum, same unit.
    pub limit: Amount,
    /// The time span it counts in.
    pub span: Span,
    /// When it is given back.
    pub until: Until,
    /// Amount and limit for people.
    pub shown: (String, String),
}

/// What gives a hold back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Until {
    /// Proof that nothing moved: the purchase is `refused` or `dead`.
    Proof,
    /// Already the answer, whatever it was: limits on what is under way at once.
    Answer,
}

impl Until {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Until::Proof => "proof",
            Until::Answer => "answer",
        }
    }
}

/// Something a store remembers beside the purchases, compared and set together with a reservation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// Names it across processes: `seller https://api.example.com`.
    pub key: String,
    /// What it must be now; `None` for nothing yet. Being `value` already is as good.
    pub was: Option<String>,
    /// What it becomes; `None` to compare only.
    pub value: Option<String>,
}

/// Proof that a store holds the budget for `T`. Made only from a store's answer, consumed by signing.
#[derive(Debug)]
pub struct Reserved<T>(T);

impl<T> Reserved<T> {
    /// The store answered `held` for exactly this.
    pub(crate) fn held(subject: T) -> Self {
        Reserved(subject)
    }

    /// What is held.
    pub fn subject(&self) -> &T {
        &self.0
    }

    pub(crate) fn into_subject(self) -> T {
        self.0
    }
}
