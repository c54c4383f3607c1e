//! Reservation: what a store is asked to hold before anything is signed, and the proof that it did.
//!
//! The sum of everything reserved, unresolved and settled under a key, within its window, never exceeds the
//! limit; "don't know" counts as spent. The store executes this in one atomic operation.

use alloc::string::String;

use crate::primitives::Amount;

/// One budget that a payment counts against.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hold {
    /// Names the budget across processes, for example `all/USD/day`.
    pub key: String,
    /// What this payment adds, in `10^-18` of the currency.
    pub amount: Amount,
    /// Largest sum, same unit.
    pub limit: Amount,
    /// Seconds that count back from now; `None` for ever.
    pub window_s: Option<u64>,
    /// Amount and limit for people.
    pub shown: (String, String),
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
