//! Ethereum addresses: parsed once, compared as bytes.

use alloc::string::String;
use core::fmt;

use super::hash::keccak256;
use super::hex;

/// 20 bytes of an Ethereum account.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Address([u8; 20]);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddressError {
    /// Not `0x` and 40 hexadecimal digits.
    Syntax,
    /// Mixed case that is not the EIP-55 checksum: a mistyped or altered address.
    Checksum,
}

impl Address {
    /// The zero address: "nobody", or native ether where a token is meant.
    pub const ZERO: Address = Address([0; 20]);

    /// Wraps raw bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Address(bytes)
    }

    /// A constant of our own tables. Only for `const` contexts, where a mistyped digit stops the build; the
    /// checksum is checked by a test of the table.
    pub(crate) const fn pinned(text: &str) -> Self {
        let digits = text.as_bytes();
        assert!(digits.len() == 42);
        let mut bytes = [0; 20];
        let mut at = 0;
        while at < 40 {
            let digit = match digits[at + 2] {
                byte @ b'0'..=b'9' => byte - b'0',
                byte @ b'a'..=b'f' => byte - b'a' + 10,
                byte @ b'A'..=b'F' => byte - b'A' + 10,
                _ => panic!("not a hexadecimal digit"),
            };
            bytes[at / 2] = bytes[at / 2] << 4 | digit;
            at += 1;
        }
        Address(bytes)
    }

    /// Reads `0x` and 40 digits: all lower case, all upper case, or with a correct checksum.
    ///
    /// # Errors
    /// - [`AddressError::Syntax`]: another length, prefix or digit.
    /// - [`AddressError::Checksum`]: mixed case, wrong checksum.
    ///
    /// # Source
    /// EIP-55.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let address = Address(hex::decode_fixed(text).ok_or(AddressError::Syntax)?);
        let digits = &text.as_bytes()[2..];
        let mixed = digits.iter().any(u8::is_ascii_lowercase) && digits.iter().any(u8::is_ascii_uppercase);
        if mixed && address.checksummed() != text {
            return Err(AddressError::Checksum);
        }
        Ok(address)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Left-padded to an ABI word.
    pub fn word(&self) -> [u8; 32] {
        let mut word = [0; 32];
        word[12..].copy_from_slice(&self.0);
        word
    }

    /// `0x` and 40 digits with the EIP-55 checksum.
    pub fn checksummed(&self) -> String {
        let text = hex::encode(&self.0);
        let hash = keccak256(&text.as_bytes()[2..]);
        let mut spelled = text.into_bytes();
        for (index, digit) in spelled[2..].iter_mut().enumerate() {
            if (hash[index / 2] >> (4 * (1 - index % 2))) & 15 >= 8 {
                digit.make_ascii_uppercase();
            }
        }
        String::from_utf8(spelled).unwrap_or_default()
    }

    /// `0x` and 40 lower-case digits.
    pub fn lower(&self) -> String {
        hex::encode(&self.0)
    }

    /// True for the zero address and the range of precompiled contracts (up to 0xffff), which nobody owns.
    pub fn is_reserved(&self) -> bool {
        self.0[..18].iter().all(|byte| *byte == 0)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.checksummed())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // EIP-55, "Test Cases".
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn parse_accepts_checksummed_lower_and_upper_case() {
        for text in CHECKSUMMED {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.checksummed(), text);
            assert_eq!(Address::parse(&text.to_lowercase()), Ok(address));
            let upper = text[2..].to_uppercase();
            assert_eq!(Address::parse(&alloc::format!("0x{upper}")), Ok(address));
        }
    }

    #[test]
    fn parse_refuses_a_wrong_checksum() {
        assert_eq!(Address::parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"), Err(AddressError::Checksum));
    }

    #[test]
    fn reserved_covers_zero_and_precompiles_only() {
        assert!(Address::ZERO.is_reserved());
        assert!(Address::parse("0x0000000000000000000000000000000000000100").unwrap().is_reserved());
        assert!(!Address::parse("0x0000000000000000000000000000000000010000").unwrap().is_reserved());
    }
}
