//! Solidity's ABI, as far as it is used: calls of static words and one list out, answers of static words in.
//!
//! Knows no contract. An answer is a stranger's: it has exactly the length it must have, and every bit that a type
//! leaves unused is zero, or it is no answer.

use alloc::vec::Vec;

use crate::primitives::{Address, Amount, Hash, keccak256};

/// What the ABI counts in: 32 bytes, integers big-endian, addresses at the end.
pub type Word = [u8; 32];

/// First four bytes of a call, or of an error's data: `name(type,…)` without spaces or argument names.
///
/// # Source
/// Solidity ABI, "Function Selector" and "Errors".
pub fn selector(signature: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = keccak256(signature.as_bytes());
    [a, b, c, d]
}

/// Call data of a function without dynamic arguments.
///
/// # Source
/// Solidity ABI, "Argument Encoding".
pub fn call(function: &str, words: &[Word]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + 32 * words.len());
    bytes.extend_from_slice(&selector(function));
    words.iter().for_each(|word| bytes.extend_from_slice(word));
    bytes
}

/// Call data of a function whose last argument is a `bytes32[]` and whose others are static.
///
/// # Source
/// Solidity ABI, "Use of Dynamic Types": the list stands behind the words, which end with its offset.
pub fn call_with_list(function: &str, words: &[Word], list: &[Hash]) -> Vec<u8> {
    let mut bytes = call(function, words);
    bytes.extend_from_slice(&count(words.len() + 1, 32).word());
    bytes.extend_from_slice(&count(list.len(), 1).word());
    list.iter().for_each(|item| bytes.extend_from_slice(item));
    bytes
}

// No length in memory reaches 2^64 − 1 or, times a word, the end of an amount's range.
fn count(items: usize, bytes_each: u64) -> Amount {
    Amount::from_u64(u64::try_from(items).unwrap_or(u64::MAX)).times(bytes_each).unwrap_or(Amount::MAX)
}

/// Reads an answer to its last byte. `None` when `fields` finds something else, or leaves something over.
pub fn read<'a, T>(bytes: &'a [u8], fields: impl FnOnce(&mut Words<'a>) -> Option<T>) -> Option<T> {
    let mut words = Words { bytes };
    let found = fields(&mut words)?;
    words.bytes.is_empty().then_some(found)
}

/// The words of an answer, taken from the front.
#[derive(Debug)]
pub struct Words<'a> {
    bytes: &'a [u8],
}

impl<'a> Words<'a> {
    /// A `bytes32`.
    pub fn word(&mut self) -> Option<Hash> {
        let (word, rest) = self.bytes.split_first_chunk::<32>()?;
        self.bytes = rest;
        Some(*word)
    }

    /// A `uint256`.
    pub fn amount(&mut self) -> Option<Amount> {
        Some(Amount::from_word(&self.word()?))
    }

    /// A `uint64`, or any larger type that must hold no larger value.
    pub fn integer(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.low()?))
    }

    /// A `uint8` or an `enum`.
    pub fn byte(&mut self) -> Option<u8> {
        let [byte] = self.low()?;
        Some(byte)
    }

    /// A `bool`: 0 or 1.
    pub fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// An `address`.
    pub fn address(&mut self) -> Option<Address> {
        Some(Address::from_bytes(self.low()?))
    }

    /// A `string` or `bytes` that stands right behind this word: its length, its bytes, zeros to the end of the last
    /// word.
    ///
    /// # Source
    /// Solidity ABI, "Formal Specification of the Encoding", `bytes`.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.integer()?).ok()?;
        // Compared before it is rounded up: a hostile one could wrap.
        if length > self.bytes.len() {
            return None;
        }
        let (padded, rest) = self.bytes.split_at_checked(length.div_ceil(32) * 32)?;
        self.bytes = rest;
        let (content, padding) = padded.split_at_checked(length)?;
        padding.iter().all(|byte| *byte == 0).then_some(content)
    }

    // The last `N` bytes of a word whose others are zero.
    fn low<const N: usize>(&mut self) -> Option<[u8; N]> {
        let word = self.word()?;
        let (high, low) = word.split_last_chunk::<N>()?;
        high.iter().all(|byte| *byte == 0).then_some(*low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::{SolCall, SolValue, sol};

    sol! {
        function claim(bytes32 id, uint256 amount, bytes32[] proof);
        function list(bytes32[] items);
    }

    #[test]
    fn selectors_are_those_of_deployed_contracts() {
        // ERC-20 and Solidity's own error, as every block explorer lists them.
        assert_eq!(selector("transfer(address,uint256)"), [0xa9, 0x05, 0x9c, 0xbb]);
        assert_eq!(selector("Error(string)"), [0x08, 0xc3, 0x79, 0xa0]);
    }

    #[test]
    fn a_list_stands_behind_the_words_as_alloy_puts_it() {
        for length in [0, 1, 2, 64, 300] {
            let proof: Vec<Hash> = (0..length).map(|item| [u8::try_from(item % 251).unwrap(); 32]).collect();
            let theirs = claimCall {
                id: [7; 32].into(),
                amount: alloy_primitives::U256::MAX,
                proof: proof.iter().map(|item| (*item).into()).collect(),
            };
            let ours = call_with_list("claim(bytes32,uint256,bytes32[])", &[[7; 32], [0xff; 32]], &proof);
            assert_eq!(ours, theirs.abi_encode(), "{length}");
            let theirs = listCall { items: proof.iter().map(|item| (*item).into()).collect() };
            assert_eq!(call_with_list("list(bytes32[])", &[], &proof), theirs.abi_encode(), "{length}");
        }
    }

    #[test]
    fn an_answer_has_its_length_and_no_other() {
        let one = [9; 32];
        assert_eq!(read(&one, Words::word), Some(one));
        for wrong in [&one[..31], &[], &[9; 33], &[9; 64]] {
            assert_eq!(read(wrong, Words::word), None, "{}", wrong.len());
        }
    }

    #[test]
    fn what_a_type_leaves_unused_is_zero_bit_by_bit() {
        type IsRead = fn(&[u8]) -> bool;
        let types: [(usize, IsRead); 4] = [
            (8, |bytes| read(bytes, Words::integer).is_some()),
            (1, |bytes| read(bytes, Words::byte).is_some()),
            (20, |bytes| read(bytes, Words::address).is_some()),
            (1, |bytes| read(bytes, Words::flag).is_some()),
        ];
        for (used, is_read) in types {
            assert!(is_read(&[0; 32]));
            for bit in 0..8 * (32 - used) {
                let mut word = [0; 32];
                word[bit / 8] = 1 << (bit % 8);
                assert!(!is_read(&word), "bit {bit} of a type of {used} bytes");
            }
        }
    }

    #[test]
    fn a_flag_is_nothing_but_yes_or_no() {
        for value in 0..=255_u8 {
            let mut word = [0; 32];
            word[31] = value;
            assert_eq!(read(&word, Words::flag), [Some(false), Some(true)].get(usize::from(value)).copied().flatten());
        }
    }

    #[test]
    fn integers_and_addresses_are_those_that_alloy_encodes() {
        let address = alloy_primitives::Address::from([0x11; 20]);
        let bytes = (u64::MAX, address, true, alloy_primitives::U256::from(5)).abi_encode();
        let found =
            read(&bytes, |words| Some((words.integer()?, words.address()?, words.flag()?, words.amount()?))).unwrap();
        assert_eq!(found, (u64::MAX, Address::from_bytes([0x11; 20]), true, Amount::from_u64(5)));
    }

    #[test]
    fn bytes_end_with_zeros_and_never_beyond_the_answer() {
        for length in [0, 1, 31, 32, 33, 100] {
            let content = alloc::vec![0x61; length];
            let encoded = alloy_primitives::Bytes::from(content.clone()).abi_encode();
            // Behind the offset, which is the reader's to expect.
            assert_eq!(read(&encoded[32..], |words| words.bytes().map(<[u8]>::to_vec)), Some(content));
            for cut in 32..encoded.len() {
                assert_eq!(read(&encoded[32..cut], |words| words.bytes().map(|_| ())), None, "{length} cut at {cut}");
            }
        }
        let mut dirty = (alloy_primitives::Bytes::from(alloc::vec![0x61; 3])).abi_encode();
        *dirty.last_mut().unwrap() = 1;
        assert_eq!(read(&dirty[32..], |words| words.bytes().map(|_| ())), None);
        for hostile in [[0xff; 8], [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]] {
            let mut length = [0; 64];
            length[24..32].copy_from_slice(&hostile);
            assert_eq!(read(&length, |words| words.bytes().map(|_| ())), None);
        }
    }
}
