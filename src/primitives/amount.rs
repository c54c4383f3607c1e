//! Counts of atomic units.

use alloc::string::String;
use core::fmt;

use k256::elliptic_curve::bigint::{CheckedAdd, CheckedMul, CheckedSub, Encoding, U256};

use super::hex;

/// A count of atomic units of one asset (1 USDC = 1 000 000), 0 to 2^256 − 1. Arithmetic is checked.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Amount(U256);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AmountError {
    /// A character other than an ASCII digit, or an empty text.
    Syntax,
    /// A leading zero: a second spelling of the same price.
    NonCanonical,
    /// Above 2^256 − 1.
    TooLarge,
}

// 2^256 − 1 has 78 decimal digits.
const MAX_DIGITS: usize = 78;
// As many digits always fit into 64 bits: multiplying 256 digit by digit took a twentieth of a decision.
const RUN_DIGITS: usize = 19;

impl Amount {
    /// No units.
    pub const ZERO: Amount = Amount(U256::ZERO);

    /// 2^256 − 1.
    pub const MAX: Amount = Amount(U256::MAX);

    /// From a small integer.
    pub const fn from_u64(units: u64) -> Self {
        Amount(U256::from_u64(units))
    }

    /// Reads a base-10 count of atomic units, as x402 writes `amount`: `0|[1-9][0-9]{0,77}`.
    ///
    /// # Errors
    /// - [`AmountError::Syntax`]: a sign, point, exponent, separator, space or other digit set.
    /// - [`AmountError::NonCanonical`]: a leading zero.
    /// - [`AmountError::TooLarge`]: above the range; decided from the length before any arithmetic.
    ///
    /// # Source
    /// x402 v2 §5.1.2, field `amount`.
    pub fn from_decimal(text: &str) -> Result<Self, AmountError> {
        let digits = text.as_bytes();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(AmountError::Syntax);
        }
        if digits[0] == b'0' && digits.len() > 1 {
            return Err(AmountError::NonCanonical);
        }
        if digits.len() > MAX_DIGITS {
            return Err(AmountError::TooLarge);
        }
        let sum = digits.chunks(RUN_DIGITS).try_fold(Amount::ZERO, |amount, run| {
            let value = run.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
            amount.times(10_u64.pow(run.len() as u32))?.plus(Amount::from_u64(value))
        });
        sum.ok_or(AmountError::TooLarge)
    }

    /// Reads a quantity as 4Mica writes it: `0x` and 1 to 64 digits of either case.
    pub fn from_hex_quantity(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x")?.as_bytes();
        if digits.is_empty() || digits.len() > 64 {
            return None;
        }
        let mut word = [0_u8; 32];
        for (place, digit) in digits.iter().rev().enumerate() {
            word[31 - place / 2] |= hex::digit(*digit)? << (4 * (place % 2));
        }
        Some(Amount::from_word(&word))
    }

    /// From a big-endian ABI word.
    pub fn from_word(word: &[u8; 32]) -> Self {
        Amount(U256::from_be_slice(word))
    }

    /// The big-endian ABI word.
    pub fn word(&self) -> [u8; 32] {
        let mut word = [0; 32];
        word.copy_from_slice(self.0.to_be_bytes().as_ref());
        word
    }

    /// `0x` and the digits without leading zeros, `0x0` for none.
    pub fn to_hex_quantity(&self) -> String {
        let full = hex::encode(&self.word());
        let digits = full[2..].trim_start_matches('0');
        let mut text = String::from("0x");
        text.push_str(if digits.is_empty() { "0" } else { digits });
        text
    }

    /// True for no units.
    pub fn is_zero(&self) -> bool {
        *self == Amount::ZERO
    }

    /// Sum, or `None` above the range.
    pub fn plus(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(&other.0).into_option().map(Amount)
    }

    /// Difference, or `None` below zero.
    pub fn minus(self, other: Amount) -> Option<Amount> {
        self.0.checked_sub(&other.0).into_option().map(Amount)
    }

    /// This count in units that are `10^places` times smaller, or `None` above the range.
    pub fn scaled_up(self, places: u8) -> Option<Amount> {
        let (runs, rest) = (usize::from(places) / RUN_DIGITS, usize::from(places) % RUN_DIGITS);
        let amount = (0..runs).try_fold(self, |amount, _| amount.times(10_u64.pow(RUN_DIGITS as u32)))?;
        amount.times(10_u64.pow(rest as u32))
    }

    /// Product, or `None` above the range.
    pub fn times(self, factor: u64) -> Option<Amount> {
        self.0.checked_mul(&U256::from_u64(factor)).into_option().map(Amount)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nine digits at a time, by a constant that fits half a word: smaller in wasm than a big-integer division.
        let mut limbs = [0; 8];
        for (limb, bytes) in limbs.iter_mut().zip(self.word().chunks_exact(4)) {
            *limb = bytes.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        }
        let mut digits = [b'0'; 81];
        let mut rest = &mut limbs[..];
        for run in digits.rchunks_exact_mut(9) {
            // Most amounts fill a limb or two: leading zeros are not divided again and again.
            let Some(first) = rest.iter().position(|limb| *limb != 0) else { break };
            rest = &mut rest[first..];
            let mut value = rest.iter_mut().fold(0, |carry, limb| {
                let value = carry << 32 | *limb;
                *limb = value / 1_000_000_000;
                value % 1_000_000_000
            });
            for digit in run.iter_mut().rev() {
                *digit = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        let first = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len() - 1);
        f.write_str(core::str::from_utf8(&digits[first..]).unwrap_or_default())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const MAX: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";

    #[test]
    fn decimal_round_trips_up_to_the_maximum() {
        for text in ["0", "1", "9", "10", "1000000", "4294967296", "10000000000000000000", "18446744073709551616", MAX]
        {
            assert_eq!(Amount::from_decimal(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn decimal_refuses_every_second_spelling() {
        for text in ["", "-1", "+1", "1e4", "0.01", "0x2710", "0o7", "1_0", "1,0", " 10", "10\n", "١٠", "１０"] {
            assert_eq!(Amount::from_decimal(text), Err(AmountError::Syntax), "{text:?}");
        }
        assert_eq!(Amount::from_decimal("0000010000"), Err(AmountError::NonCanonical));
        assert_eq!(Amount::from_decimal("00"), Err(AmountError::NonCanonical));
    }

    #[test]
    fn decimal_refuses_two_to_the_256() {
        let over = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        assert_eq!(Amount::from_decimal(over), Err(AmountError::TooLarge));
        assert_eq!(Amount::from_decimal(&"9".repeat(78)), Err(AmountError::TooLarge));
        assert_eq!(Amount::from_decimal(&"9".repeat(1_000_000)), Err(AmountError::TooLarge));
    }

    #[test]
    fn hex_quantity_round_trips() {
        for text in ["0x0", "0x7", "0x660bfdd923ea8", "0xff"] {
            assert_eq!(Amount::from_hex_quantity(text).unwrap().to_hex_quantity(), text);
        }
        assert_eq!(Amount::from_hex_quantity(&alloc::format!("0x{}", "f".repeat(64))).unwrap().to_string(), MAX);
        for text in ["", "0x", "7", "0xg", &alloc::format!("0x{}", "1".repeat(65))] {
            assert_eq!(Amount::from_hex_quantity(text), None);
        }
    }

    #[test]
    fn arithmetic_is_checked() {
        let max = Amount::from_decimal(MAX).unwrap();
        assert_eq!(max.plus(Amount::from_u64(1)), None);
        assert_eq!(max.scaled_up(1), None);
        assert_eq!((max.times(1), max.times(2)), (Some(max), None));
        assert_eq!(Amount::from_u64(7).scaled_up(12).unwrap().to_string(), "7000000000000");
    }
}
