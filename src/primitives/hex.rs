//! Hexadecimal text: strict in, lower case out.

use alloc::string::String;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Writes `0x` and two lower-case digits per byte.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("0x");
    push(&mut text, bytes);
    text
}

/// Appends two lower-case digits per byte, without a prefix.
pub fn push(text: &mut String, bytes: &[u8]) {
    // Run by run: digit by digit was 3 % of a purchase.
    for run in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(run) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text.push_str(core::str::from_utf8(&digits[..2 * run.len()]).unwrap_or_default());
    }
}

/// Reads exactly `N` bytes from `0x` and `2 N` digits of either case. `None` for anything else.
pub fn decode_fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    decode_into(text, &mut bytes).then_some(bytes)
}

// One copy of the code for all lengths.
fn decode_into(text: &str, bytes: &mut [u8]) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default().as_bytes();
    let decoded = bytes.iter_mut().zip(digits.chunks_exact(2)).all(|(byte, pair)| {
        let value = digit(pair[0]).zip(digit(pair[1])).map(|(high, low)| high << 4 | low);
        *byte = value.unwrap_or_default();
        value.is_some()
    });
    decoded && digits.len() == 2 * bytes.len()
}

/// Reads whole bytes from `0x` and an even number of digits of either case, up to `limit` bytes.
pub fn decode_up_to(text: &str, limit: usize) -> Option<alloc::vec::Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    if digits.len() % 2 != 0 || digits.len() / 2 > limit {
        return None;
    }
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Value of one digit of either case.
pub fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_fixed_refuses_every_other_length_prefix_and_digit() {
        assert_eq!(decode_fixed::<2>("0xAb01"), Some([0xab, 1]));
        for text in ["", "0x", "ab01", "0Xab01", "0xab0", "0xab012", "0xab0g", "0xab 1", "0xab\u{660}"] {
            assert_eq!(decode_fixed::<2>(text), None, "{text}");
        }
    }

    #[test]
    fn encode_is_lower_case_with_prefix() {
        assert_eq!(encode(&[0, 0xfe]), "0x00fe");
    }
}
