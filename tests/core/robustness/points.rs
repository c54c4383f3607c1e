//! Points made to almost pass: every kind of wrong key and wrong signature has its own code, whatever the point.

use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};

use crate::support::files::{bytes, fixed, text, vector};
use crate::support::random::Random;

/// The field modulus p. Source: draft-irtf-cfrg-pairing-friendly-curves-11 §4.2.1.
const MODULUS: &str =
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
/// Of each kind.
const ROUNDS: usize = 40;

/// What a spelling is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// A point of the subgroup, by chance.
    Point,
    Infinity,
    /// Infinity with another bit.
    NotQuiteInfinity,
    /// On the curve, and r times something: its order has nothing in common with the subgroup's.
    Torsion,
    /// A point of the subgroup and torsion.
    OutsideTheSubgroup,
    /// No y belongs to this x.
    OffTheCurve,
    /// A coordinate with p added.
    SecondSpelling,
    /// Without the flag of a compressed point.
    NotCompressed,
    /// A point with the flag of infinity.
    InfinityFlag,
}

const KINDS: [Kind; 9] = [
    Kind::Point,
    Kind::Infinity,
    Kind::NotQuiteInfinity,
    Kind::Torsion,
    Kind::OutsideTheSubgroup,
    Kind::OffTheCurve,
    Kind::SecondSpelling,
    Kind::NotCompressed,
    Kind::InfinityFlag,
];

macro_rules! spellings {
    ($name:ident, $affine:ident, $projective:ident, $bytes:literal) => {
        fn $name(kind: Kind, random: &mut Random) -> [u8; $bytes] {
            use bls12_381::{Scalar, $affine, $projective};
            let point = $projective::generator() * Scalar::from_bytes_wide(&random.bytes());
            let spell = |point: $projective| $affine::from(point).to_compressed();
            let mut bytes = spell(point);
            match kind {
                Kind::Point => {}
                Kind::Infinity => bytes = spell($projective::identity()),
                Kind::NotQuiteInfinity => {
                    bytes = spell($projective::identity());
                    let bit = 2 + random.below(8 * $bytes - 2);
                    bytes[bit / 8] ^= 0x80 >> (bit % 8);
                }
                Kind::Torsion | Kind::OutsideTheSubgroup => {
                    let found = loop {
                        let x = any_x(random);
                        let found = Option::<$affine>::from($affine::from_compressed_unchecked(&x));
                        if let Some(found) = found.filter(|found| !bool::from(found.is_torsion_free())) {
                            break found;
                        }
                    };
                    // r − 1 times, and once more.
                    let torsion = $projective::from(found) * -Scalar::one() + found;
                    bytes = spell(if kind == Kind::Torsion { torsion } else { torsion + point });
                }
                Kind::OffTheCurve => loop {
                    bytes = any_x(random);
                    if bool::from($affine::from_compressed_unchecked(&bytes).is_none()) {
                        break;
                    }
                },
                Kind::SecondSpelling => {
                    let mut point = point;
                    let place = 48 * random.below($bytes / 48);
                    while !add_modulus(&mut bytes[place..place + 48]) {
                        point = point.double();
                        bytes = spell(point);
                    }
                }
                Kind::NotCompressed => bytes[0] &= 0x7f,
                Kind::InfinityFlag => bytes[0] |= 0x40,
            }
            bytes
        }
    };
}

spellings!(key, G1Affine, G1Projective, 48);
spellings!(signature, G2Affine, G2Projective, 96);

#[test]
fn every_kind_of_wrong_key_has_its_code() {
    let mut random = Random::seeded(0xb151);
    for kind in KINDS {
        for round in 0..ROUNDS {
            let bytes = key(kind, &mut random);
            let read = OperatorKey::from_bytes(&bytes);
            let expected = match kind {
                Kind::Point => None,
                Kind::Infinity => Some(BlsError::KeyInfinity),
                _ => Some(BlsError::KeyEncoding),
            };
            assert_eq!(read.as_ref().err(), expected.as_ref(), "{kind:?}, round {round}: {bytes:02x?}");
            assert!(read.is_err() || read.unwrap().to_bytes() == bytes, "{kind:?}, round {round}: {bytes:02x?}");
        }
    }
}

#[test]
fn every_kind_of_wrong_signature_has_its_code() {
    let file = vector("4mica/certificates.json");
    let operator = OperatorKey::from_bytes(&fixed(text(&file, "operator_public_key"))).unwrap();
    let claims = bytes(text(&file["certs"][0]["cert_wire"], "claims"));
    let mut random = Random::seeded(0xb152);
    for kind in KINDS {
        for round in 0..ROUNDS {
            let bytes = signature(kind, &mut random);
            let expected = match kind {
                Kind::Point => BlsError::Mismatch,
                Kind::Infinity => BlsError::SignatureInfinity,
                _ => BlsError::SignatureEncoding,
            };
            let verdict = verify(&operator, &claims, &bytes);
            assert_eq!(verdict, Err(expected), "{kind:?}, round {round}: {bytes:02x?}");
        }
    }
}

// A compressed x below the modulus, mostly.
fn any_x<const N: usize>(random: &mut Random) -> [u8; N] {
    let mut bytes = random.bytes::<N>();
    for first in bytes.iter_mut().step_by(48) {
        *first &= 0x0f;
    }
    bytes[0] |= 0x80;
    bytes
}

// Whether the sum still fits under the flags; the bytes change only if it does.
fn add_modulus(x: &mut [u8]) -> bool {
    let modulus = bytes(MODULUS);
    let flags = x[0] & 0xe0;
    let mut sum = x.to_vec();
    sum[0] &= 0x1f;
    let mut carry = 0;
    for (digit, add) in sum.iter_mut().zip(&modulus).rev() {
        let total = u16::from(*digit) + u16::from(*add) + carry;
        carry = total >> 8;
        *digit = total.to_be_bytes()[1];
    }
    let fits = sum[0] & 0xe0 == 0;
    if fits {
        sum[0] |= flags;
        x.copy_from_slice(&sum);
    }
    fits
}
