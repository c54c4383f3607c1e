//! A private key held in memory. Wiped on drop, never printed, never returned.

use core::fmt;

use k256::ecdsa::SigningKey;
use k256::elliptic_curve::bigint::U256;
use k256::elliptic_curve::ops::{Invert, MulByGenerator, Reduce};
use k256::elliptic_curve::point::AffineCoordinates;
use k256::{ProjectivePoint, Scalar};
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
        let (scalars, id) = self.key.sign_prehash_recoverable(digest).map_err(|_| SignError::Key)?;
        let signature = Signature::from_scalars(scalars, id.is_y_odd());
        if self.made(&signature, digest) { Ok(signature) } else { Err(SignError::Signer) }
    }

    /// As [`LocalKey::sign`], with what it found out.
    pub(crate) fn sign_verified(&self, digest: &Hash) -> Result<Verified, SignError> {
        Ok(Verified { signature: self.sign(digest)?, digest: *digest, signer: self.address })
    }

    /// Whether a signature recovers to this key: its nonce point is (z + r·d) / s times the generator. Who has d needs
    /// no second point for that: half of a recovery's time (76 against 171 µs in wasm).
    ///
    /// # Source
    /// SEC 1, section 4.1.4, with the public key as d times the generator.
    fn made(&self, signature: &Signature, digest: &Hash) -> bool {
        let (r, s) = signature.scalars.split_scalars();
        let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*digest).into());
        // s is public; the quotient is the nonce, as secret as the key.
        let Some(inverse) = Option::<Scalar>::from((*s).invert_vartime()) else { return false };
        let nonce = Zeroizing::new((z + *r * **self.key.as_nonzero_scalar()) * inverse);
        let point = ProjectivePoint::mul_by_generator(&nonce).to_affine();
        point.x() == r.to_bytes() && bool::from(point.y_is_odd()) == signature.odd
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
    fn only_the_very_signature_of_this_key_over_this_digest_passes_its_own_check() {
        let [key, other] = [7, 8].map(|byte| LocalKey::from_bytes(&mut [byte; 32]).unwrap());
        for round in 0..32 {
            let digest = [round; 32];
            let signature = key.sign(&digest).unwrap();
            assert!(key.made(&signature, &digest));
            assert_eq!(signature.recover(&digest), Ok(key.address()));
            let mut mirrored = signature.clone();
            mirrored.odd = !mirrored.odd;
            assert!(!key.made(&mirrored, &digest));
            assert!(!key.made(&signature, &[round ^ 1; 32]));
            assert!(!other.made(&signature, &digest));
        }
    }
}
