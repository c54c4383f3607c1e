//! Certificates of generation 2: claims in, the bytes that the operator signs out; and the identity of a guarantee.
//!
//! # Source
//! Protocol notes 2.7, "Certificate." and "guarantee_id"; recorded `4mica/certificates.json`.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::claims::{Claims, Parties};
use crate::primitives::{Address, Amount, Hash, keccak256, keccak256_of};
use crate::sandbox::wire::Abi;

/// `keccak256(abi.encode("4MICA_CORE_GUARANTEE_V…", chainId, contract))`.
pub(crate) fn domain(version: u64, chain_id: u64, contract: &Address) -> Hash {
    let tag = format!("4MICA_CORE_GUARANTEE_V{version}");
    let abi = Abi::default().uint(96).uint(chain_id).address(contract).tail(tag.as_bytes());
    keccak256(&abi.finish())
}

/// `abi.encode(uint64 version, bytes inner)`. The amount is an argument because a lying operator changes it.
pub(crate) fn encode(claims: &Claims, parties: &Parties, domain: &Hash, cycle_id: &Hash, amount: &Amount) -> Vec<u8> {
    let version = claims.version();
    let inner = if claims.policy.is_some() { Abi::default().uint(32) } else { Abi::default() };
    let inner = inner
        .word(domain)
        .word(cycle_id)
        .amount(&claims.req_id)
        .address(&parties.user)
        .address(&parties.recipient)
        .amount(amount)
        .address(&parties.asset)
        .uint(claims.timestamp_s)
        .uint(version);
    let inner = match &claims.policy {
        None => inner,
        // Nine words, eight of the policy, and the offset of the tag.
        Some(policy) => inner.words(&policy.words()).uint(18 * 32).tail(policy.tag.as_bytes()),
    };
    Abi::default().uint(version).uint(64).tail(&inner.finish()).finish()
}

/// What makes a guarantee the same one: not the amount, not the time, but the spelling of the addresses.
pub(crate) fn identity(claims: &Claims, cycle_text: &str) -> Hash {
    let req_id = claims.req_id.to_string();
    let version = claims.version().to_string();
    let parts =
        ["4MICA_CYCLE_GUARANTEE_V1", cycle_text, &claims.user, &claims.recipient, &claims.asset, &req_id, &version];
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    keccak256_of(&[&bytes])
}
