//! Counts of atomic units.

use alloc::string::String;
use alloc::vec::Vec;
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
        digits.iter().try_fold(Amount::ZERO, |amount, digit| {
            amount.times_ten()?.plus(Amount::from_u64(u64::from(digit - b'0'))).ok_or(AmountError::TooLarge)
        })
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
        (0..places).try_fold(self, |amount, _| amount.times_ten().ok())
    }

    /// Product, or `None` above the range.
    pub fn times(self, factor: u64) -> Option<Amount> {
        self.0.checked_mul(&U256::from_u64(factor)).into_option().map(Amount)
    }

    fn times_ten(self) -> Result<Amount, AmountError> {
        self.times(10).ok_or(AmountError::TooLarge)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Division by a word-sized constant, on the bytes: smaller in wasm than a big-integer division.
        let mut word = self.word();
        let mut digits = Vec::with_capacity(MAX_DIGITS);
        let mut rest = &mut word[..];
        // Most amounts fill a quarter of the word: leading zeros are not divided again and again.
        while let Some(first) = rest.iter().position(|byte| *byte != 0) {
            rest = &mut rest[first..];
            let remainder = rest.iter_mut().fold(0_u32, |carry, byte| {
                let value = carry << 8 | u32::from(*byte);
                // The quotient of a remainder below 10 shifted by 8 plus a byte is below 256.
                *byte = (value / 10) as u8;
                value % 10
            });
            digits.push(char::from(b'0' + remainder as u8));
        }
        if digits.is_empty() {
            return f.write_str("0");
        }
        f.write_str(&digits.iter().rev().collect::<String>())
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
        for text in ["0", "1", "9", "10", "1000000", "18446744073709551616", MAX] {
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
