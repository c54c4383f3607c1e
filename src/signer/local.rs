//! A private key held in memory. Wiped on drop, never printed, never returned.

use core::fmt;

use k256::ecdsa::SigningKey;
use k256::ecdsa::hazmat::SignPrimitive;
use k256::elliptic_curve::bigint::{ArrayEncoding, U256};
use k256::elliptic_curve::ops::{MulByGenerator, Reduce};
use k256::elliptic_curve::point::AffineCoordinates;
use k256::elliptic_curve::{Curve, PrimeField};
use k256::{FieldBytes, ProjectivePoint, Scalar, Secp256k1};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::SignError;
use super::signature::{Signature, Verified, address_of};
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

    /// Signs a digest, and checks what came out. Only the purchase state machine has digests to sign, and only of
    /// approved terms.
    ///
    /// # Errors
    /// [`SignError::Key`]: the nonce derived from this key and digest cannot be used, once in 2^256.
    /// [`SignError::Signer`]: the signature is not this key's, which would be a fault of ours or of the machine.
    pub(crate) fn sign(&self, digest: &Hash) -> Result<Signature, SignError> {
        let nonce = self.nonce(digest).ok_or(SignError::Key)?;
        let signed = self.key.as_nonzero_scalar().try_sign_prehashed(*nonce, &(*digest).into());
        let (scalars, id) = signed.map_err(|_| SignError::Key)?;
        let odd = id.ok_or(SignError::Key)?.is_y_odd();
        let signature = Signature::from_scalars(scalars, odd);
        if self.made(&signature, digest, &nonce) { Ok(signature) } else { Err(SignError::Signer) }
    }

    // By hand and not by `sign_prehash_recoverable`, which keeps it: with the nonce the check below needs no inversion.
    fn nonce(&self, digest: &Hash) -> Option<Zeroizing<Scalar>> {
        let secret = Zeroizing::new(self.key.to_bytes());
        let order = Secp256k1::ORDER.to_be_byte_array();
        let nonce = rfc6979::generate_k::<Sha256, _>(&secret, &order, &FieldBytes::from(*digest), &[]);
        Option::from(Scalar::from_repr(*Zeroizing::new(nonce))).map(Zeroizing::new)
    }

    /// As [`LocalKey::sign`], with what it found out.
    pub(crate) fn sign_verified(&self, digest: &Hash) -> Result<Verified, SignError> {
        Ok(Verified { signature: self.sign(digest)?, digest: *digest, signer: self.address })
    }

    /// Whether a signature recovers to this key: s times the nonce is z + r·d, up to the sign that made s low, and the
    /// nonce point has the coordinates of the signature. Who has d and the nonce needs no other point for that, and no
    /// inversion: a third of a recovery's time.
    ///
    /// # Source
    /// SEC 1, section 4.1.4, with the public key as d times the generator.
    fn made(&self, signature: &Signature, digest: &Hash, nonce: &Scalar) -> bool {
        let (r, s) = signature.scalars.split_scalars();
        let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*digest).into());
        let signed = Zeroizing::new(z + *r * **self.key.as_nonzero_scalar());
        let product = Zeroizing::new(*s * nonce);
        let mirrored = *product == -*signed;
        let point = ProjectivePoint::mul_by_generator(nonce).to_affine();
        let odd = bool::from(point.y_is_odd()) ^ mirrored;
        (mirrored || *product == *signed) && point.x() == r.to_bytes() && odd == signature.odd
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_signs_the_same() {
        for round in 1..=32 {
            let key = LocalKey::from_bytes(&mut [round; 32]).unwrap();
            // The last is above the order of the group.
            for digest in [[0; 32], [round; 32], [0xff - round; 32], [0xff; 32]] {
                let (scalars, id) = key.key.sign_prehash_recoverable(&digest).unwrap();
                assert_eq!(key.sign(&digest).unwrap(), Signature::from_scalars(scalars, id.is_y_odd()));
            }
        }
    }

    #[test]
    fn only_the_very_signature_of_this_key_over_this_digest_passes_its_own_check() {
        let [key, other] = [7, 8].map(|byte| LocalKey::from_bytes(&mut [byte; 32]).unwrap());
        for round in 0..32 {
            let digest = [round; 32];
            let signature = key.sign(&digest).unwrap();
            let nonce = key.nonce(&digest).unwrap();
            assert!(key.made(&signature, &digest, &nonce));
            assert_eq!(signature.recover(&digest), Ok(key.address()));
            let mut mirrored = signature.clone();
            mirrored.odd = !mirrored.odd;
            assert!(!key.made(&mirrored, &digest, &nonce));
            assert!(!key.made(&signature, &[round ^ 1; 32], &nonce));
            assert!(!key.made(&signature, &digest, &(*nonce + Scalar::ONE)));
            assert!(!other.made(&signature, &digest, &nonce));
        }
    }
}
