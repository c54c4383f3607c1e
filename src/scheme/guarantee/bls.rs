//! The operator's signature on a certificate: key, claims and signature bytes in, a verdict out.
//!
//! BLS12-381, minimal public keys: 48-byte key in G1, 96-byte signature in G2, both compressed. Knows nothing of
//! what the claims say (`certificate` reads them) or of which key is pinned (`registry` does). Handles public
//! values only, so nothing here has to be secret, wiped or timed.

use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Prepared, G2Projective, Gt, multi_miller_loop};
use sha2::Sha256;

use crate::error::stage_error;

/// Domain separation tag: the basic scheme, message not augmented with the key.
///
/// # Source
/// draft-irtf-cfrg-bls-signature-05 §4.2.1; protocol notes 2.7.
pub(crate) const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

stage_error! {
    /// Why a signature over certificate claims proves nothing.
    BlsError, "verify the certificate", {
        KeyEncoding => CertificateKeyEncoding,
        KeyInfinity => CertificateKeyInfinity,
        SignatureEncoding => CertificateSignatureEncoding,
        SignatureInfinity => CertificateSignatureInfinity,
        Mismatch => CertificateSignatureMismatch,
    }
}

/// The key an operator signs certificates with: a point of the prime-order subgroup of G1, not infinity.
///
/// Reading a key costs a sixteenth of a verification: keep it where many certificates arrive.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OperatorKey(G1Affine);

impl OperatorKey {
    /// Reads the compressed form, 48 bytes, big-endian x under three flag bits.
    ///
    /// # Errors
    /// - [`BlsError::KeyInfinity`]: the point at infinity, for which every message has a valid signature.
    /// - [`BlsError::KeyEncoding`]: other flags than a compressed point's, x not below the field modulus, no point
    ///   with this x, a point outside the subgroup, or infinity with other bits set.
    ///
    /// # Source
    /// draft-irtf-cfrg-bls-signature-05 §2.5 (KeyValidate) and appendix A (encoding); threats 1.6, item 2.
    pub fn from_bytes(bytes: &[u8; 48]) -> Result<Self, BlsError> {
        let point = Option::<G1Affine>::from(G1Affine::from_compressed(bytes)).ok_or(BlsError::KeyEncoding)?;
        if bool::from(point.is_identity()) { Err(BlsError::KeyInfinity) } else { Ok(OperatorKey(point)) }
    }

    /// Reads the compressed form from bytes of unknown length, as JavaScript and `public-params` give it.
    ///
    /// # Errors
    /// As [`OperatorKey::from_bytes`]; another length than 48 is [`BlsError::KeyEncoding`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, BlsError> {
        OperatorKey::from_bytes(bytes.try_into().map_err(|_| BlsError::KeyEncoding)?)
    }

    /// The bytes it was read from.
    pub fn to_bytes(&self) -> [u8; 48] {
        self.0.to_compressed()
    }
}

/// Checks that the holder of `key` signed exactly `claims`, the certificate's bytes as Core returned them (any
/// length, not hashed before), with `signature` in compressed form. Every message has one valid signature per key.
///
/// # Errors
/// - [`BlsError::SignatureInfinity`]: the point at infinity.
/// - [`BlsError::SignatureEncoding`]: not the one encoding of a point of the prime-order subgroup of G2.
/// - [`BlsError::Mismatch`]: a signature by another key, or over other bytes.
///
/// # Source
/// draft-irtf-cfrg-bls-signature-05 §2.7 (CoreVerify), RFC 9380 §8.8.2 (hash to G2); vectors
/// `4mica/certificates.json`, `third-party/bls12-381`.
pub fn verify(key: &OperatorKey, claims: &[u8], signature: &[u8; 96]) -> Result<(), BlsError> {
    let signature =
        Option::<G2Affine>::from(G2Affine::from_compressed(signature)).ok_or(BlsError::SignatureEncoding)?;
    if bool::from(signature.is_identity()) {
        return Err(BlsError::SignatureInfinity);
    }
    let hashed = <G2Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve([claims], DST);
    // e(key, H(claims)) = e(generator, signature), written as one product: one final exponentiation, not two.
    let product = multi_miller_loop(&[
        (&key.0, &G2Prepared::from(G2Affine::from(hashed))),
        (&-G1Affine::generator(), &G2Prepared::from(signature)),
    ]);
    if product.final_exponentiation() == Gt::identity() { Ok(()) } else { Err(BlsError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::hex;
    use bls12_381::G1Projective;

    // Key of the recorded test operator: 4mica/certificates.json, `operator_public_key`.
    const OPERATOR: &str =
        "0x97371827b59f0e8fdcccf7696ff57b036219aa83611be2566de8cccfe71a11fa57e0ff1a2c8ca0d8605dbb6abdc2db58";
    // The field modulus p. Source: draft-irtf-cfrg-pairing-friendly-curves-11 §4.2.1.
    const MODULUS: &str =
        "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    // Secret key 1 (its public key is the generator) over the empty message, made by @noble/curves 2.4.
    const SIGNED_EMPTY: &str = "0xa8aab303e33ed14f4a904004a92bd26ffc969c1d1e7d4b7f0c04150a73e1845a911e51a2b2d369d5cef06560c5ac9f5715c01566993d4469805df3e1f29b536481a832bf2751b6908faed6776d062d585521889232999d72b679d6e38bb5cfff";

    fn bytes<const N: usize>(text: &str) -> [u8; N] {
        hex::decode_fixed(text).unwrap()
    }

    fn generator_key() -> OperatorKey {
        OperatorKey::from_bytes(&G1Affine::generator().to_compressed()).unwrap()
    }

    /// The same coordinate written as x + p, when that still fits under the flags.
    fn second_spelling(x: &[u8]) -> Option<[u8; 48]> {
        let modulus = bytes::<48>(MODULUS);
        let (mut sum, mut carry) = ([0; 48], 0);
        for index in (0..48).rev() {
            let flags = if index == 0 { x[0] & 0xe0 } else { 0 };
            let digit = u16::from(x[index] & !flags) + u16::from(modulus[index]) + carry;
            carry = digit >> 8;
            sum[index] = digit.to_be_bytes()[1];
        }
        (sum[0] & 0xe0 == 0).then(|| {
            sum[0] |= x[0] & 0xe0;
            sum
        })
    }

    #[test]
    fn key_is_read_and_written_back_unchanged() {
        let text = bytes::<48>(OPERATOR);
        assert_eq!(OperatorKey::from_bytes(&text).unwrap().to_bytes(), text);
    }

    #[test]
    fn verify_accepts_a_signature_of_noble_and_refuses_it_for_other_claims() {
        let signature = bytes::<96>(SIGNED_EMPTY);
        assert_eq!(verify(&generator_key(), b"", &signature), Ok(()));
        assert_eq!(verify(&generator_key(), b"\0", &signature), Err(BlsError::Mismatch));
        let other = OperatorKey::from_bytes(&bytes(OPERATOR)).unwrap();
        assert_eq!(verify(&other, b"", &signature), Err(BlsError::Mismatch));
    }

    #[test]
    fn infinity_is_refused_as_key_and_as_signature() {
        let (mut key, mut signature) = ([0; 48], [0; 96]);
        key[0] = 0xc0;
        signature[0] = 0xc0;
        assert_eq!(OperatorKey::from_bytes(&key), Err(BlsError::KeyInfinity));
        assert_eq!(verify(&generator_key(), b"", &signature), Err(BlsError::SignatureInfinity));
    }

    #[test]
    fn infinity_with_any_other_bit_is_no_encoding() {
        for bit in (0..768).filter(|bit| *bit > 1) {
            let (mut key, mut signature) = ([0; 48], [0; 96]);
            key[0] = 0xc0;
            signature[0] = 0xc0;
            signature[bit / 8] ^= 0x80 >> (bit % 8);
            assert_eq!(verify(&generator_key(), b"", &signature), Err(BlsError::SignatureEncoding), "bit {bit}");
            if bit < 384 {
                key[bit / 8] ^= 0x80 >> (bit % 8);
                assert_eq!(OperatorKey::from_bytes(&key), Err(BlsError::KeyEncoding), "bit {bit}");
            }
        }
    }

    #[test]
    fn key_of_another_length_is_refused() {
        let text = [bytes::<48>(OPERATOR), [0; 48]].concat();
        for length in (0..=96).filter(|length| *length != 48) {
            assert_eq!(OperatorKey::from_slice(&text[..length]), Err(BlsError::KeyEncoding), "{length} bytes");
        }
        assert!(OperatorKey::from_slice(&text[..48]).is_ok());
    }

    #[test]
    fn points_outside_the_subgroup_are_refused() {
        let (mut keys, mut signatures) = (0, 0);
        for x in 1..=40 {
            let (mut key, mut signature) = ([0; 48], [0; 96]);
            (key[0], key[47]) = (0x80, x);
            (signature[0], signature[95]) = (0x80, x);
            keys += u32::from(bool::from(G1Affine::from_compressed_unchecked(&key).is_some()));
            signatures += u32::from(bool::from(G2Affine::from_compressed_unchecked(&signature).is_some()));
            assert_eq!(OperatorKey::from_bytes(&key), Err(BlsError::KeyEncoding), "x = {x}");
            assert_eq!(verify(&generator_key(), b"", &signature), Err(BlsError::SignatureEncoding), "x = {x}");
        }
        assert!(keys > 5 && signatures > 5, "{keys} and {signatures} of these x are on the curves");
    }

    #[test]
    fn coordinates_not_below_the_modulus_are_refused() {
        let (mut first, mut second) = (G1Projective::generator(), G2Projective::generator());
        let mut seen = [0; 3];
        for _ in 0..24 {
            (first, second) = (first.double(), second.double());
            let key = G1Affine::from(first).to_compressed();
            let signature = G2Affine::from(second).to_compressed();
            assert!(OperatorKey::from_bytes(&key).is_ok());
            assert_eq!(verify(&generator_key(), b"", &signature), Err(BlsError::Mismatch));
            if let Some(again) = second_spelling(&key) {
                seen[0] += 1;
                assert_eq!(OperatorKey::from_bytes(&again), Err(BlsError::KeyEncoding));
            }
            for (part, start) in [(1, 0), (2, 48)] {
                if let Some(again) = second_spelling(&signature[start..start + 48]) {
                    seen[part] += 1;
                    let mut signature = signature;
                    signature[start..start + 48].copy_from_slice(&again);
                    assert_eq!(verify(&generator_key(), b"", &signature), Err(BlsError::SignatureEncoding));
                }
            }
        }
        assert!(seen.iter().all(|count| *count > 0), "{seen:?} coordinates small enough for a second spelling");
    }

    #[test]
    fn codes_are_those_of_the_error_table() {
        let errors = [
            (BlsError::KeyEncoding, "certificate/key-encoding"),
            (BlsError::KeyInfinity, "certificate/key-infinity"),
            (BlsError::SignatureEncoding, "certificate/signature-encoding"),
            (BlsError::SignatureInfinity, "certificate/signature-infinity"),
            (BlsError::Mismatch, "certificate/signature-mismatch"),
        ];
        for (error, code) in errors {
            assert_eq!(error.code().as_str(), code);
        }
    }
}
