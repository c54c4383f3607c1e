//! Deliberate mistakes, one for each invariant of the threat model, for tests that must notice them.
//!
//! Compiled in by the test-only feature `seeded-bugs` and never by default: js/build/wasm.mjs names the features of what is
//! published.

use core::sync::atomic::{AtomicU8, Ordering};

static SEEDED: AtomicU8 = AtomicU8::new(0);

/// Puts the mistake against invariant `number` (1 to 16, 24 to 29) in place; 0 for none.
pub fn seed(number: u8) {
    SEEDED.store(number, Ordering::SeqCst);
}

/// True when the mistake against that invariant is in place.
pub fn is_seeded(number: u8) -> bool {
    SEEDED.load(Ordering::SeqCst) == number
}
