//! Networks: CAIP-2 identifiers of the `eip155` namespace, and nothing else.

use core::fmt;

/// An EVM network, known by its chain id (1 to 2^64 − 1).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Network {
    chain_id: u64,
}

impl Network {
    /// By chain id. `None` for 0, which EIP-155 does not allow.
    pub const fn from_chain_id(chain_id: u64) -> Option<Self> {
        if chain_id == 0 { None } else { Some(Network { chain_id }) }
    }

    /// Reads `eip155:` and a chain id without sign, leading zero, space or second part.
    ///
    /// # Source
    /// CAIP-2; the grammar is narrowed to `eip155:[1-9][0-9]{0,19}` so that one network has one spelling.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("eip155:")?;
        let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if !canonical {
            return None;
        }
        Network::from_chain_id(digits.parse().ok()?)
    }

    /// The EIP-155 chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "eip155:{}", self.chain_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_takes_one_spelling_only() {
        assert_eq!(Network::parse("eip155:8453").unwrap().chain_id(), 8453);
        assert_eq!(Network::parse("eip155:18446744073709551615").unwrap().chain_id(), u64::MAX);
        for text in [
            "",
            "eip155",
            "eip155:",
            "eip155:0",
            "eip155:08453",
            "eip155:8453abc",
            "eip155:8453:evil",
            "eip155:1e3",
            "eip155: 8453",
            " eip155:8453",
            "eip155:-1",
            "eip155:0x2105",
            "eip155:18446744073709551616",
            "base",
            "EIP155:1",
            "eip155:8453\r\nX: y",
            "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
            "eip155:*",
        ] {
            assert_eq!(Network::parse(text), None, "{text:?}");
        }
    }
}
