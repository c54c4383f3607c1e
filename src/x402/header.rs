//! Base64 header values, read canonically and with limits.

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use super::ChallengeError as Error;

/// Longest header value read, in bytes: Node's own limit for all headers.
pub const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Longest challenge body read, in bytes after decompression.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Decodes one header value. One byte string has one accepted spelling: standard alphabet, padded, no blanks.
///
/// # Errors
/// `TooLarge`, `MultipleHeaders` (two values joined by a comma), `Base64`, `Base64TrailingBits`.
///
/// # Source
/// RFC 4648 §4, and §3.5 for trailing bits; threats P11 to P13.
pub fn decode(value: &str) -> Result<Vec<u8>, Error> {
    if value.len() > MAX_HEADER_BYTES {
        return Err(Error::TooLarge);
    }
    if value.contains(',') {
        return Err(Error::MultipleHeaders);
    }
    if value.len() % 4 != 0 {
        return Err(Error::Base64);
    }
    Base64::decode_vec(value).map_err(|_| {
        let standard = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        let body = value.trim_end_matches('=');
        let well_formed = value.len() - body.len() <= 2 && body.bytes().all(standard);
        // What can be wrong with a well-formed value is the unused low bits of its last character.
        if well_formed { Error::Base64TrailingBits } else { Error::Base64 }
    })
}

/// Encodes with the standard alphabet and padding.
pub fn encode(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_accepts_one_spelling() {
        assert_eq!(decode("Zm9v"), Ok(b"foo".to_vec()));
        assert_eq!(decode("Zm8="), Ok(b"fo".to_vec()));
        assert_eq!(decode(""), Ok(Vec::new()));
        for value in ["Zm9", "Zg=", "Z===", "Zm9v=", "Zm9vZ===", "Zm8=Zm8=", "Zm9 ", " Zm9", "Zm9v\n"] {
            assert_eq!(decode(value), Err(Error::Base64), "{value}");
        }
        assert_eq!(decode("Zm9vZh=="), Err(Error::Base64TrailingBits));
        assert_eq!(decode("Zm9="), Err(Error::Base64TrailingBits));
        for value in ["Zm8", "Zm9v====", "Zm 9v", "Zm\n9v", "Zm9-", "Zm9_", "=Zm9", "Zm=v", "Zmé=", "===="] {
            assert_eq!(decode(value), Err(Error::Base64), "{value}");
        }
        assert_eq!(decode("Zm9v, Zm9v"), Err(Error::MultipleHeaders));
        assert_eq!(decode(&"A".repeat(MAX_HEADER_BYTES + 4)), Err(Error::TooLarge));
    }
}
