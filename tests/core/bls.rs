//! Certificates recorded from a running core, and public vectors, against `scheme::guarantee::bls`.
//!
//! Not part of the crate: `../shared/vectors`. A missing file is reported as `ABSENT` on standard error.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::thread;

use bls12_381::{G1Affine, Scalar};
use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};
use serde_json::Value;

const CERTIFICATES: &str = "4mica/certificates.json";
const SIGNATURES: &str = "third-party/bls12-381/bls12-381-g2-test-vectors.txt";

/// A certificate as Core returned it.
struct Recorded {
    name: String,
    claims: Vec<u8>,
    signature: [u8; 96],
}

#[test]
fn every_recorded_certificate_verifies_under_the_operator_key_and_no_other() {
    let Some((key, certificates)) = recorded() else { return };
    let other = OperatorKey::from_bytes(&G1Affine::generator().to_compressed()).unwrap();
    for Recorded { name, claims, signature } in &certificates {
        assert_eq!(verify(&key, claims, signature), Ok(()), "{name}");
        assert_eq!(verify(&other, claims, signature), Err(BlsError::Mismatch), "{name}");
    }
}

#[test]
fn a_signature_never_fits_another_certificate() {
    let Some((key, certificates)) = recorded() else { return };
    for signed in &certificates {
        for other in certificates.iter().filter(|other| other.name != signed.name) {
            let verdict = verify(&key, &other.claims, &signed.signature);
            assert_eq!(verdict, Err(BlsError::Mismatch), "{} on {}", signed.name, other.name);
        }
    }
}

#[test]
fn every_flipped_bit_of_the_claims_is_refused() {
    let Some((key, certificates)) = recorded() else { return };
    thread::scope(|scope| {
        for Recorded { name, claims, signature } in &certificates {
            let key = &key;
            scope.spawn(move || {
                for bit in 0..8 * claims.len() {
                    let verdict = verify(key, &flipped(claims, bit), signature);
                    assert_eq!(verdict, Err(BlsError::Mismatch), "{name}, bit {bit}");
                }
            });
        }
    });
}

#[test]
fn claims_cut_short_or_prolonged_are_refused() {
    let Some((key, certificates)) = recorded() else { return };
    for Recorded { name, claims, signature } in &certificates {
        for length in [0, 1, 32, claims.len() - 32, claims.len() - 1] {
            assert_eq!(verify(&key, &claims[..length], signature), Err(BlsError::Mismatch), "{name}, {length} bytes");
        }
        let longer = [claims.as_slice(), &[0]].concat();
        assert_eq!(verify(&key, &longer, signature), Err(BlsError::Mismatch), "{name}, one more");
    }
}

#[test]
fn every_flipped_bit_of_the_signature_is_refused() {
    let Some((key, certificates)) = recorded() else { return };
    for Recorded { name, claims, signature } in &certificates {
        for bit in 0..768 {
            let signature: [u8; 96] = flipped(signature, bit).try_into().unwrap();
            // Bit 2 chooses the sign of y: the negated point is in the subgroup, and the only one that gets so far.
            let expected = if bit == 2 { BlsError::Mismatch } else { BlsError::SignatureEncoding };
            assert_eq!(verify(&key, claims, &signature), Err(expected), "{name}, bit {bit}");
        }
    }
}

#[test]
fn every_flipped_bit_of_the_key_is_refused() {
    let Some((key, certificates)) = recorded() else { return };
    let Recorded { name, claims, signature } = &certificates[0];
    for bit in 0..384 {
        let verdict =
            OperatorKey::from_slice(&flipped(&key.to_bytes(), bit)).and_then(|key| verify(&key, claims, signature));
        let expected = if bit == 2 { BlsError::Mismatch } else { BlsError::KeyEncoding };
        assert_eq!(verdict, Err(expected), "{name}, bit {bit}");
    }
}

#[test]
fn every_third_party_signature_verifies_and_no_other_message_does() {
    let Some(text) = vector(SIGNATURES) else { return };
    let mut count = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let [secret, message, signature] = line.split(':').collect::<Vec<_>>().try_into().unwrap();
        let (key, message) = (key_of(&bytes(secret)), bytes(message));
        let signature: [u8; 96] = bytes(signature).try_into().unwrap();
        assert_eq!(verify(&key, &message, &signature), Ok(()), "line {number}");
        let longer = [message.as_slice(), &[0]].concat();
        assert_eq!(verify(&key, &longer, &signature), Err(BlsError::Mismatch), "line {number}");
        count += 1;
    }
    assert_eq!(count, 559, "vectors in {SIGNATURES}");
}

#[test]
fn arbitrary_bytes_are_refused_without_a_panic() {
    let Some((key, certificates)) = recorded() else { return };
    // SplitMix64, so that a failure can be repeated. Source: Steele, Lea, Flood, OOPSLA 2014.
    let mut state = 0_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    for round in 0..2000 {
        let mut noise: Vec<u8> = (0..12).flat_map(|_| next().to_be_bytes()).collect();
        if round % 2 == 0 {
            // A plausible point: compressed, not infinity, x below the modulus.
            noise[0] = 0x80 | noise[0] & 0x2f;
            noise[48] &= 0x0f;
        }
        let signature: [u8; 96] = noise.clone().try_into().unwrap();
        assert!(verify(&key, &certificates[0].claims, &signature).is_err(), "round {round}");
        assert!(OperatorKey::from_slice(&noise[..48]).is_err(), "round {round}");
    }
}

fn recorded() -> Option<(OperatorKey, Vec<Recorded>)> {
    let root: Value = serde_json::from_str(&vector(CERTIFICATES)?).unwrap();
    let key = OperatorKey::from_slice(&bytes(root["operator_public_key"].as_str().unwrap())).unwrap();
    let read = |entry: &Value| Recorded {
        name: entry["name"].as_str().unwrap().to_owned(),
        claims: bytes(entry["cert_wire"]["claims"].as_str().unwrap()),
        signature: bytes(entry["cert_wire"]["signature"].as_str().unwrap()).try_into().unwrap(),
    };
    let certificates: Vec<_> = root["certs"].as_array().unwrap().iter().map(read).collect();
    assert!(!certificates.is_empty(), "certificates in {CERTIFICATES}");
    Some((key, certificates))
}

/// The text of a vector file, or `None` and a line that the test runner does not swallow.
fn vector(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors").join(name);
    if !path.exists() {
        let test = thread::current().name().unwrap_or_default().to_owned();
        let line = format!("ABSENT: {}, so {test} checked nothing\n", path.display());
        // Not `eprintln`: what it writes is shown for failing tests only.
        std::io::stderr().write_all(line.as_bytes()).unwrap();
        return None;
    }
    Some(fs::read_to_string(&path).unwrap())
}

/// The public key of a vector's secret key, big-endian; 296 of the 559 are not below the group order (ORIGIN.txt).
fn key_of(secret: &[u8]) -> OperatorKey {
    let mut wide = [0; 64];
    for (to, from) in wide.iter_mut().zip(secret.iter().rev()) {
        *to = *from;
    }
    let point = G1Affine::from(G1Affine::generator() * Scalar::from_bytes_wide(&wide));
    OperatorKey::from_bytes(&point.to_compressed()).unwrap()
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 0x80 >> (bit % 8);
    bytes
}

fn bytes(text: &str) -> Vec<u8> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}
