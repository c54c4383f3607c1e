//! ECDSA signatures with a recovery bit: 65 bytes, low s, v of 27 or 28.

use alloc::string::String;
use core::fmt;

use k256::ecdsa::{Signature as Scalars, VerifyingKey};
use k256::elliptic_curve::bigint::U256;
use k256::elliptic_curve::ops::{Invert, LinearCombination, Reduce};
use k256::elliptic_curve::point::DecompressPoint;
use k256::{AffinePoint, ProjectivePoint, Scalar};

use super::SignError;
use crate::primitives::{Address, Hash, hex, keccak256};

/// A signature in the only form that leaves this crate.
#[derive(Clone, Eq, PartialEq)]
pub struct Signature {
    pub(super) scalars: Scalars,
    pub(super) odd: bool,
}

/// A signature and whose it is over which digest. Made by recovery, or by a local key that checked its own.
pub(crate) struct Verified {
    pub(super) signature: Signature,
    pub(super) digest: Hash,
    pub(super) signer: Address,
}

impl Verified {
    /// The account that made it.
    pub(crate) fn signer(&self) -> Address {
        self.signer
    }

    /// The signature, if this account made it over exactly this digest.
    ///
    /// # Errors
    /// [`SignError::Signer`]: anybody else's, or over anything else.
    pub(crate) fn by(&self, signer: &Address, digest: &Hash) -> Result<&Signature, SignError> {
        if self.signer == *signer && self.digest == *digest { Ok(&self.signature) } else { Err(SignError::Signer) }
    }
}

impl Signature {
    /// Reads a wallet's answer: `0x` and 65 bytes (v of 0, 1, 27 or 28), or 64 bytes in the compact form. A high s
    /// is replaced by its low twin.
    ///
    /// # Errors
    /// [`SignError::Format`]: another length or prefix (DER, contract wallets), another v, r or s of zero or
    /// beyond the group order.
    ///
    /// # Source
    /// EIP-2 (low s), EIP-2098 (compact form); threats P64 to P66.
    pub fn parse(text: &str) -> Result<Self, SignError> {
        if let Some(bytes) = hex::decode_fixed::<65>(text) {
            return Signature::from_bytes(&bytes);
        }
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&hex::decode_fixed::<64>(text).ok_or(SignError::Format)?);
        bytes[64] = bytes[32] >> 7;
        bytes[32] &= 0x7f;
        Signature::from_bytes(&bytes)
    }

    /// Reads r, s and v.
    ///
    /// # Errors
    /// As [`Signature::parse`].
    pub fn from_bytes(bytes: &[u8; 65]) -> Result<Self, SignError> {
        let odd = match bytes[64] {
            0 | 27 => false,
            1 | 28 => true,
            _ => return Err(SignError::Format),
        };
        let scalars = Scalars::from_slice(&bytes[..64]).map_err(|_| SignError::Format)?;
        Ok(Signature::from_scalars(scalars, odd))
    }

    /// Reads the one form that every token and core takes, and nothing else: `0x` and 65 bytes, low s, v of 27 or 28.
    ///
    /// # Errors
    /// [`SignError::Format`].
    ///
    /// # Source
    /// EIP-2; threats S20.
    pub fn parse_canonical(text: &str) -> Result<Self, SignError> {
        let bytes = hex::decode_fixed::<65>(text).ok_or(SignError::Format)?;
        Signature::from_bytes(&bytes).ok().filter(|signature| signature.to_bytes() == bytes).ok_or(SignError::Format)
    }

    /// Normalises s. Negating s mirrors the nonce point, so the recovery bit flips with it.
    pub(super) fn from_scalars(scalars: Scalars, odd: bool) -> Self {
        match scalars.normalize_s() {
            Some(low) => Signature { scalars: low, odd: !odd },
            None => Signature { scalars, odd },
        }
    }

    /// Whose it is over `digest`.
    ///
    /// # Errors
    /// As [`Signature::recover`].
    pub(crate) fn verify(self, digest: &Hash) -> Result<Verified, SignError> {
        Ok(Verified { signer: self.recover(digest)?, digest: *digest, signature: self })
    }

    /// The account that signed `digest`.
    ///
    /// # Errors
    /// [`SignError::Signer`]: no public key fits.
    ///
    /// # Source
    /// SEC 1, section 4.1.6, with the nonce point that the recovery bit names.
    pub fn recover(&self, digest: &Hash) -> Result<Address, SignError> {
        // ecdsa 0.16 verifies what it recovered, which cannot fail: twice the time (308 against 169 µs in wasm), 4 KB.
        let (r, s) = self.scalars.split_scalars();
        let nonce_point = AffinePoint::decompress(&r.to_bytes(), u8::from(self.odd).into()).into_option();
        let nonce_point = ProjectivePoint::from(nonce_point.ok_or(SignError::Signer)?);
        let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*digest).into());
        // All of it is public: time may tell what it likes.
        let r_inverse: Scalar = Option::from((*r).invert_vartime()).ok_or(SignError::Signer)?;
        let key =
            ProjectivePoint::lincomb(&ProjectivePoint::GENERATOR, &-(z * r_inverse), &nonce_point, &(*s * r_inverse));
        // The identity is nobody's key.
        let key = VerifyingKey::from_affine(key.to_affine()).map_err(|_| SignError::Signer)?;
        Ok(address_of(&key))
    }

    /// r, s and v of 27 or 28.
    pub fn to_bytes(&self) -> [u8; 65] {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&self.scalars.to_bytes());
        bytes[64] = 27 + u8::from(self.odd);
        bytes
    }

    /// `0x` and 130 lower-case digits.
    pub fn to_hex(&self) -> String {
        hex::encode(&self.to_bytes())
    }
}

// A signature is a bearer instrument until it is spent: it never reaches a log by accident (threats P77).
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(redacted)")
    }
}

/// Address of a public key: the last 20 bytes of the hash of its coordinates.
pub(super) fn address_of(key: &VerifyingKey) -> Address {
    let point = key.to_encoded_point(false);
    let hash = keccak256(&point.as_bytes()[1..]);
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&hash[12..]);
    Address::from_bytes(bytes)
}
