//! Keccak-256, the only hash the wire formats use.

use sha3::{Digest, Keccak256};

/// A Keccak-256 output.
pub type Hash = [u8; 32];

/// Keccak-256 of one slice.
pub fn keccak256(bytes: &[u8]) -> Hash {
    keccak256_of(&[bytes])
}

/// Keccak-256 of slices laid end to end, without joining them first.
pub fn keccak256_of(parts: &[&[u8]]) -> Hash {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}
