//! Chance that can be repeated: SplitMix64. Source: Steele, Lea, Flood, OOPSLA 2014.

use farthing::primitives::{Address, Amount};
use farthing::scheme::guarantee::PaymentAuthorization;

/// A seeded source.
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Self {
        Random(seed)
    }

    pub fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// 0 to `bound` − 1.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.u64() % bound as u64).unwrap()
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        core::array::from_fn(|_| self.u64().to_be_bytes()[0])
    }

    pub fn address(&mut self) -> Address {
        Address::from_bytes(self.bytes())
    }

    /// Any number of bits, so that small values are as frequent as large ones.
    pub fn amount(&mut self) -> Amount {
        let mut word: [u8; 32] = self.bytes();
        let zeros = self.below(33);
        word[..zeros].fill(0);
        Amount::from_word(&word)
    }

    /// As [`Random::amount`].
    pub fn integer(&mut self) -> u64 {
        let shift = self.below(64);
        self.u64() >> shift
    }

    /// Of generation 4, without a validation.
    pub fn payment_authorization(&mut self) -> PaymentAuthorization {
        PaymentAuthorization {
            chain_id: self.integer(),
            clearing_house: self.address(),
            payer: self.address(),
            recipient: self.address(),
            cycle_id: self.bytes(),
            asset: self.address(),
            amount: self.amount(),
            req_id: self.amount(),
            timestamp_s: self.integer(),
            salt: self.bytes(),
            validation: None,
        }
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        &items[self.below(items.len())]
    }

    /// Up to 40 characters that JSON must escape, that take several bytes, or neither.
    pub fn text(&mut self) -> String {
        const LETTERS: [char; 16] =
            ['a', 'Z', '0', ' ', '"', '\\', '\n', '\u{0}', '\u{7f}', '\u{9b}', 'é', '₮', '\u{202e}', '😀', '/', '{'];
        let length = self.below(41);
        (0..length).map(|_| *self.pick(&LETTERS)).collect()
    }
}

/// Pieces that mean something to one parser or another.
const PIECES: [&[u8]; 34] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"true",
    b"1e308",
    b"-1",
    b"0",
    b"18446744073709551616",
    b"\\ud800",
    b"\\u0000",
    b"\\u202e",
    b"\xff",
    b"\xc0\xaf",
    b"\xef\xbb\xbf",
    b"__proto__",
    b"\"amount\":\"1\",",
    b"\"extra\":{},",
    b"0x",
    b"eip155:",
    b"permit2",
    b"4mica-credit",
    b"exact",
    b"=",
    b" ",
    b"\n",
    b"@",
    b"#",
    b"//",
];

impl Random {
    /// One of `seeds` with one to four changes, mostly one: bits, pieces, gaps, repetitions, ends, grafts of another seed.
    pub fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut text = self.pick(seeds).clone();
        for _ in 0..=self.below(8).saturating_sub(4) {
            let at = self.below(text.len() + 1);
            let end = (at + self.below(24)).min(text.len());
            match self.below(7) {
                0 if at < text.len() => text[at] ^= 1 << self.below(8),
                1 if at < text.len() => text[at] = self.bytes::<1>()[0],
                2 => drop(text.splice(at..at, self.pick(&PIECES).iter().copied())),
                3 => drop(text.splice(at..end, self.pick(&PIECES).iter().copied())),
                4 => drop(text.drain(at..end)),
                5 if text.len() < 1 << 16 => drop(text.splice(at..at, text[at..end].to_vec())),
                6 => {
                    let other = self.pick(seeds);
                    let from = self.below(other.len() + 1);
                    text.splice(at..end, other[from..(from + 64).min(other.len())].iter().copied());
                }
                _ => text.truncate(text.len() - self.below(text.len().min(9) + 1)),
            }
        }
        text
    }
}
