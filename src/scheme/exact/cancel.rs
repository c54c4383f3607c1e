//! EIP-3009 `CancelAuthorization`: fields in, digest, wallet request and call data out.

use alloc::string::String;
use alloc::vec::Vec;

use super::eip3009::domain;
use crate::abi::call;
use crate::eip712::StructHash;
use crate::json::Writer;
use crate::primitives::{Address, Hash, hex};
use crate::registry::Asset;
use crate::signer::Signature;

/// Makes a nonce that was not used yet unusable for ever. Anybody may submit it to the token contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CancelAuthorization {
    /// Payer.
    pub authorizer: Address,
    /// Nonce of the transfer that must not happen.
    pub nonce: Hash,
}

impl CancelAuthorization {
    /// The struct, as hashed.
    pub(crate) const TYPE: &[u8] = b"CancelAuthorization(address authorizer,bytes32 nonce)";

    /// The digest the token contract checks.
    ///
    /// # Source
    /// EIP-3009, "cancelAuthorization".
    pub fn digest(&self, asset: &Asset) -> Hash {
        domain(asset).digest(&StructHash::new(Self::TYPE).address(&self.authorizer).word(&self.nonce).finish())
    }

    /// The `eth_signTypedData_v4` parameter, for a wallet to show and sign.
    pub fn typed_data(&self, asset: &Asset) -> String {
        let message = Writer::object()
            .text("authorizer", &self.authorizer.checksummed())
            .text("nonce", &hex::encode(&self.nonce))
            .finish();
        domain(asset).typed_data(Self::TYPE, &message)
    }

    /// Call data of `cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)`.
    pub fn call(&self, signature: &Signature) -> Vec<u8> {
        let bytes = signature.to_bytes();
        let (mut v, mut r, mut s) = ([0; 32], [0; 32], [0; 32]);
        r.copy_from_slice(&bytes[..32]);
        s.copy_from_slice(&bytes[32..64]);
        v[31] = bytes[64];
        let words = [self.authorizer.word(), self.nonce, v, r, s];
        call("cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)", &words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::{Network, keccak256};
    use crate::registry::Registry;
    use alloy_sol_types::{SolCall, SolStruct, eip712_domain, sol};

    sol! {
        struct CancelAuthorization { address authorizer; bytes32 nonce; }
        function cancelAuthorization(address authorizer, bytes32 nonce, uint8 v, bytes32 r, bytes32 s);
    }

    #[test]
    fn the_type_is_the_one_of_the_standard() {
        // EIP-3009, CANCEL_AUTHORIZATION_TYPEHASH.
        let expected = "0x158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429";
        assert_eq!(hex::encode(&keccak256(super::CancelAuthorization::TYPE)), expected);
    }

    #[test]
    fn digest_and_call_data_are_those_of_alloy() {
        let token = Address::parse("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913").unwrap();
        let asset = Registry::default().asset(Network::from_chain_id(8453).unwrap(), &token).unwrap();
        let ours = super::CancelAuthorization { authorizer: Address::from_bytes([0x11; 20]), nonce: [7; 32] };
        let theirs = CancelAuthorization { authorizer: [0x11; 20].into(), nonce: [7; 32].into() };
        let domain = eip712_domain! {
            name: "USD Coin",
            version: "2",
            chain_id: 8453,
            verifying_contract: alloy_primitives::Address::from(*token.as_bytes()),
        };
        assert_eq!(ours.digest(&asset), theirs.eip712_signing_hash(&domain).0);
        let mut bytes = [3; 65];
        bytes[64] = 28;
        let call = cancelAuthorizationCall {
            authorizer: [0x11; 20].into(),
            nonce: [7; 32].into(),
            v: 28,
            r: [3; 32].into(),
            s: [3; 32].into(),
        };
        assert_eq!(ours.call(&Signature::from_bytes(&bytes).unwrap()), call.abi_encode());
    }

    #[test]
    fn typed_data_is_what_a_wallet_hashes_to_our_digest() {
        let token = Address::parse("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913").unwrap();
        let asset = Registry::default().asset(Network::from_chain_id(8453).unwrap(), &token).unwrap();
        let ours = super::CancelAuthorization { authorizer: Address::from_bytes([0x11; 20]), nonce: [7; 32] };
        let data: serde_json::Value = serde_json::from_str(&ours.typed_data(&asset)).unwrap();
        assert_eq!(data["primaryType"], "CancelAuthorization");
        assert_eq!(data["domain"]["verifyingContract"], token.checksummed());
        assert_eq!(data["message"]["nonce"], hex::encode(&[7; 32]));
    }
}
