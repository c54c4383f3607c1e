//! Random bytes for one answer, stretched from the 32 that the driver drew.

use crate::primitives::{Hash, keccak256_of};

/// A stream of unpredictable words, as unpredictable as its seed.
pub(in crate::sandbox) struct Entropy {
    seed: Hash,
    answer: u64,
    drawn: u64,
}

impl Entropy {
    /// For answer number `answer`: a driver that repeats itself still gets other tokens.
    pub(in crate::sandbox) fn new(seed: Hash, answer: u64) -> Self {
        Entropy { seed, answer, drawn: 0 }
    }

    /// The next word.
    pub(in crate::sandbox) fn draw(&mut self) -> Hash {
        self.drawn += 1;
        keccak256_of(&[b"farthing sandbox", &self.seed, &self.answer.to_be_bytes(), &self.drawn.to_be_bytes()])
    }
}
