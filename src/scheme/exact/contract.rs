//! What of an EIP-3009 token contract is called and watched, as ABI bytes.

use alloc::vec::Vec;

use crate::abi::call;
use crate::primitives::{Address, Hash, keccak256};

/// Event of a transfer that happened, or of a receipt: both indexed.
pub const AUTHORIZATION_USED: &[u8] = b"AuthorizationUsed(address,bytes32)";
/// Event of a cancellation: both indexed.
pub const AUTHORIZATION_CANCELED: &[u8] = b"AuthorizationCanceled(address,bytes32)";

/// Call data of `authorizationState(address,bytes32)`, which answers true once the nonce is used or cancelled.
///
/// # Source
/// EIP-3009, "authorizationState".
pub fn authorization_state(authorizer: &Address, nonce: &Hash) -> Vec<u8> {
    call("authorizationState(address,bytes32)", &[authorizer.word(), *nonce])
}

/// First topic of an event.
///
/// # Source
/// Solidity ABI, "Events".
pub fn topic(event: &[u8]) -> Hash {
    keccak256(event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::hex;

    #[test]
    fn selectors_and_topics_are_those_of_deployed_tokens() {
        // FiatTokenV2_2 on Ethereum, as block explorers list them.
        let data = hex::encode(&authorization_state(&Address::from_bytes([0x11; 20]), &[7; 32]));
        assert_eq!(data, alloc::format!("0xe94a0102{}{}{}", "00".repeat(12), "11".repeat(20), "07".repeat(32)));
        for (event, expected) in [
            (AUTHORIZATION_USED, "0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5"),
            (AUTHORIZATION_CANCELED, "0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81"),
        ] {
            assert_eq!(hex::encode(&topic(event)), expected);
        }
    }
}
