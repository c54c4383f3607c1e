//! Solidity's ABI encoding, as far as claims and certificates use it: words, and one dynamic tail.
//!
//! # Source
//! Solidity documentation, "Contract ABI Specification", formal specification of the encoding.

use alloc::vec::Vec;

use crate::primitives::{Address, Amount, Hash};

/// Words laid end to end.
#[derive(Default)]
pub(in crate::sandbox) struct Abi {
    bytes: Vec<u8>,
}

impl Abi {
    pub(in crate::sandbox) fn word(mut self, word: &Hash) -> Self {
        self.bytes.extend_from_slice(word);
        self
    }

    pub(in crate::sandbox) fn words(self, words: &[Hash]) -> Self {
        words.iter().fold(self, Abi::word)
    }

    pub(in crate::sandbox) fn uint(self, value: u64) -> Self {
        self.word(&Amount::from_u64(value).word())
    }

    pub(in crate::sandbox) fn amount(self, amount: &Amount) -> Self {
        self.word(&amount.word())
    }

    pub(in crate::sandbox) fn address(self, address: &Address) -> Self {
        self.word(&address.word())
    }

    /// The tail of `bytes` or `string`: length, then content padded to whole words.
    pub(in crate::sandbox) fn tail(self, content: &[u8]) -> Self {
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let mut abi = self.uint(length);
        abi.bytes.extend_from_slice(content);
        let padded = abi.bytes.len().div_ceil(32) * 32;
        abi.bytes.resize(padded, 0);
        abi
    }

    pub(in crate::sandbox) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
