//! The operator's throw-away keys: entropy in, certificates and receipts really signed out.
//!
//! Made anew for every sandbox, never constants, gone with it. They guarantee nothing.

mod entropy;

use alloc::vec::Vec;
use core::fmt;

use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Projective, Scalar};
use sha2::Sha256;

use crate::primitives::{Address, Hash};
use crate::scheme::guarantee::bls::DST;
use crate::signer::{LocalKey, SignError};
pub(in crate::sandbox) use entropy::Entropy;

/// What the operator signs with: BLS12-381 in generation 2, secp256k1 in generation 4.
pub(in crate::sandbox) struct Operator {
    secret: Scalar,
    account: LocalKey,
}

impl Operator {
    pub(in crate::sandbox) fn new(entropy: &mut Entropy) -> Result<Self, SignError> {
        let mut wide = [0; 64];
        wide[..32].copy_from_slice(&entropy.draw());
        wide[32..].copy_from_slice(&entropy.draw());
        Ok(Operator { secret: Scalar::from_bytes_wide(&wide), account: account(entropy)? })
    }

    /// The BLS key of a recording, big-endian; `None` for zero and what is not below the group order.
    pub(in crate::sandbox) fn with_secret(mut self, mut secret: Hash) -> Option<Self> {
        secret.reverse();
        self.secret = Option::from(Scalar::from_bytes(&secret))?;
        (self.secret != Scalar::zero()).then_some(self)
    }

    /// Compressed point of G1.
    pub(in crate::sandbox) fn public_key(&self) -> [u8; 48] {
        G1Affine::from(G1Affine::generator() * self.secret).to_compressed()
    }

    /// Signs the bytes of a certificate, not hashed before. Compressed point of G2.
    ///
    /// # Source
    /// draft-irtf-cfrg-bls-signature-05 §2.6 (CoreSign), minimal public keys.
    pub(in crate::sandbox) fn certify(&self, claims: &[u8]) -> Vec<u8> {
        let hashed = <G2Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve([claims], DST);
        G2Affine::from(hashed * self.secret).to_compressed().to_vec()
    }

    /// The account that signs receipts.
    pub(in crate::sandbox) fn address(&self) -> Address {
        self.account.address()
    }

    /// Signs the digest of a receipt.
    pub(in crate::sandbox) fn receipt(&self, digest: &Hash) -> Result<Vec<u8>, SignError> {
        Ok(self.account.sign(digest)?.to_bytes().to_vec())
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operator(redacted)")
    }
}

/// A fresh account; a draw that is no key is as likely as guessing one.
pub(in crate::sandbox) fn account(entropy: &mut Entropy) -> Result<LocalKey, SignError> {
    LocalKey::from_bytes(&mut entropy.draw())
}
