//! A private key held in memory. Wiped on drop, never printed, never returned.

use core::fmt;

use k256::ecdsa::SigningKey;
use zeroize::Zeroize;

use super::SignError;
use super::signature::{Signature, address_of};
use crate::primitives::{Address, Hash};

/// A secp256k1 private key. Signs deterministically (RFC 6979), so a repeated signature is the same bytes.
pub struct LocalKey {
    // k256 wipes its scalar on drop.
    key: SigningKey,
    address: Address,
}

impl LocalKey {
    /// Takes 32 big-endian bytes and wipes the caller's copy.
    ///
    /// # Errors
    /// [`SignError::Key`]: zero, or not below the group order.
    pub fn from_bytes(bytes: &mut [u8; 32]) -> Result<Self, SignError> {
        let key = SigningKey::from_slice(bytes).map_err(|_| SignError::Key);
        bytes.zeroize();
        let key = key?;
        Ok(LocalKey { address: address_of(key.verifying_key()), key })
    }

    /// The account of this key.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest. Only the purchase state machine has digests to sign, and only of approved terms.
    ///
    /// # Errors
    /// [`SignError::Key`]: the nonce derived from this key and digest cannot be used, once in 2^256.
    pub(crate) fn sign(&self, digest: &Hash) -> Result<Signature, SignError> {
        let (scalars, id) = self.key.sign_prehash_recoverable(digest).map_err(|_| SignError::Key)?;
        Ok(Signature::from_scalars(scalars, id.is_y_odd()))
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey(redacted)")
    }
}
