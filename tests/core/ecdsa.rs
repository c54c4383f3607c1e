//! Signatures, keys and EIP-712 against public suites. Each test says how many vectors ran, or that they are absent.

mod support;

use std::io::Read;
use std::path::Path;

use farthing::primitives::{Address, Hash, hex, keccak256, keccak256_of};
use farthing::signer::{SignError, Signature};
use k256::PublicKey;
use k256::elliptic_curve::sec1::ToEncodedPoint;
use serde_json::Value;
use sha2::{Digest, Sha256};
use signer::local::LocalKey;
use support::files::{bytes, fixed, json, report, text, third_party};
use support::typed_data;

// Compiled here once more: no binding signs an arbitrary digest, so neither does the crate's public face.
use farthing::primitives;
#[allow(dead_code, reason = "only what the vectors need")]
#[path = "."]
mod signer {
    #[path = "../../src/signer/local.rs"]
    pub mod local;
    #[path = "../../src/signer/signature.rs"]
    pub mod signature;

    pub use farthing::signer::SignError;
}
extern crate alloc;

// The order n of secp256k1, its half rounded down, and the field prime p minus n. Source: SEC 2, section 2.4.1.
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
const HALF_ORDER: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
const PRIME_MINUS_ORDER: &str = "000000000000000000000000000000014551231950b75fc4402da1722fc9baee";

#[test]
fn noble_keys_and_digests_give_nobles_signatures() {
    let Some(folder) = third_party("noble-secp256k1") else { return };
    let file = json(&folder.join("ecdsa.json"));
    let (mut equal, mut reduced) = (0, 0);
    for (index, case) in file["valid"].as_array().unwrap().iter().enumerate() {
        let digest: Hash = fixed(text(case, "m"));
        let key = LocalKey::from_bytes(&mut fixed(text(case, "d"))).unwrap();
        let signature = key.sign(&digest).unwrap();
        assert_eq!(signature.recover(&digest), Ok(key.address()), "case {index}");
        // The nonce is derived from the digest as it is, or reduced first (RFC 6979 §2.3.4): no Keccak output that
        // anybody can find is above the order.
        if digest < fixed::<32>(ORDER) {
            assert_eq!(signature.to_bytes()[..64], bytes(text(case, "signature")), "case {index}");
            equal += 1;
        } else {
            reduced += 1;
        }
    }
    report(&format!("noble: {equal} deterministic signatures equal, {reduced} digests above the order"));
    assert_eq!((equal, reduced), (2016, 3));
}

#[test]
fn noble_invalid_keys_and_signatures_are_refused() {
    let Some(folder) = third_party("noble-secp256k1") else { return };
    let file = json(&folder.join("ecdsa.json"));
    let keys = file["invalid"]["sign"].as_array().unwrap();
    for case in keys {
        let refusal = LocalKey::from_bytes(&mut fixed(text(case, "d"))).err();
        assert_eq!(refusal, Some(SignError::Key), "{}", text(case, "description"));
    }
    let signatures = file["invalid"]["verify"].as_array().unwrap();
    for case in signatures {
        let accepted = accepts(&bytes(text(case, "signature")), &fixed(text(case, "m")), &bytes(text(case, "Q")));
        // A high s is the one thing wrong that is mended: its low twin is what gets sent.
        let mended = text(case, "description").contains("high s");
        assert_eq!(accepted, mended, "{}", text(case, "description"));
    }
    report(&format!("noble: {} keys and {} signatures refused", keys.len(), signatures.len() - 1));
}

#[test]
fn deterministic_nonces_are_those_of_rfc_6979() {
    let Some(folder) = third_party("rfc6979-secp256k1") else { return };
    let file = json(&folder.join("rfc6979.json"));
    let cases = file.as_array().unwrap();
    for case in cases {
        let digest: Hash = Sha256::digest(text(case, "message")).into();
        let signature = LocalKey::from_bytes(&mut fixed(text(case, "d"))).unwrap().sign(&digest).unwrap();
        // r is the x coordinate of the nonce times the generator.
        let nonce = k256::SecretKey::from_slice(&bytes(text(case, "k0"))).unwrap().public_key().to_encoded_point(false);
        assert_eq!(signature.to_bytes()[..32], nonce.as_bytes()[1..33], "{}", text(case, "message"));
    }
    report(&format!("RFC 6979: {} nonces", cases.len()));
}

#[test]
fn wycheproof_signatures_recover_to_the_key_exactly_when_they_are_valid() {
    let Some(folder) = third_party("wycheproof") else { return };
    for (file, count) in [
        ("ecdsa_secp256k1_sha256_test", 476),
        ("ecdsa_secp256k1_sha256_bitcoin_test", 463),
        ("ecdsa_secp256k1_sha256_p1363_test", 252),
    ] {
        let suite = json(&folder.join(format!("{file}.json")));
        let (mut ran, mut mended, mut unrecoverable) = (0, 0, 0);
        for group in suite["testGroups"].as_array().unwrap() {
            let key = bytes(text(&group["publicKey"], "uncompressed"));
            for case in group["tests"].as_array().unwrap() {
                let label = format!("{file} {}: {}", case["tcId"], text(case, "comment"));
                let digest: Hash = Sha256::digest(bytes(text(case, "msg"))).into();
                let signature = bytes(text(case, "sig"));
                let plain = if file.contains("p1363") { Some(signature.clone()) } else { from_der(&signature) };
                let accepted = plain.as_ref().is_some_and(|plain| accepts(plain, &digest, &key));
                plain.iter().for_each(|plain| assert_nothing_is_mended_for_sellers(plain, &label));
                ran += 1;
                match (text(case, "result"), accepted) {
                    ("valid", true) | ("invalid", false) => {}
                    // Bitcoin refuses a high s, Ethereum's wallets may answer one: it is replaced by its twin.
                    ("invalid", true) => {
                        assert!(file.contains("bitcoin"), "{label}");
                        assert!(plain.unwrap()[32..] > bytes(HALF_ORDER)[..], "{label}");
                        mended += 1;
                    }
                    // Ethereum has no recovery bit for an x that was reduced by n: such an r is below p − n.
                    _ => {
                        let r: [u8; 32] = plain.unwrap()[..32].try_into().unwrap();
                        assert!(r < fixed(PRIME_MINUS_ORDER), "{label}");
                        unrecoverable += 1;
                    }
                }
                // DER as such is no wallet's answer (threats P66), unless it has the length of one by accident.
                let raw = Signature::parse(&format!("0x{}", text(case, "sig")));
                assert!(raw.is_err() || [64, 65].contains(&signature.len()), "{label}: DER accepted");
            }
        }
        report(&format!("{file}: {ran} ran, {mended} high s mended, {unrecoverable} without a recovery bit"));
        assert_eq!(ran, count);
    }
}

// What a seller takes is what tokens take of everybody.
fn assert_nothing_is_mended_for_sellers(plain: &[u8], label: &str) {
    for v in [27, 28] {
        let whole = hex::encode(&[plain, &[v]].concat());
        let low = plain.len() == 64 && plain[32..] <= bytes(HALF_ORDER)[..];
        let taken = Signature::parse_canonical(&whole).is_ok();
        assert_eq!(taken, low && Signature::parse(&whole).is_ok(), "{label}");
    }
}

#[test]
fn a_high_s_leaves_as_its_low_twin_and_recovers_to_the_same_payer() {
    let key = LocalKey::from_bytes(&mut [7; 32]).unwrap();
    for round in 0..64_u8 {
        let digest = keccak256(&[round]);
        let low = key.sign(&digest).unwrap().to_bytes();
        let mut high = low;
        let mut borrow = 0;
        for (byte, order) in high[32..64].iter_mut().zip(bytes(ORDER)).rev() {
            let difference = i16::from(order) - i16::from(*byte) - borrow;
            borrow = i16::from(difference < 0);
            *byte = difference.rem_euclid(256) as u8;
        }
        high[64] = 55 - low[64];
        for v in [high[64], high[64] - 27] {
            high[64] = v;
            assert_eq!(Signature::from_bytes(&high).unwrap().to_bytes(), low, "round {round}");
        }
    }
}

#[test]
fn r_s_and_v_outside_their_range_are_refused() {
    let good = LocalKey::from_bytes(&mut [7; 32]).unwrap().sign(&[9; 32]).unwrap().to_bytes();
    assert!(Signature::from_bytes(&good).is_ok());
    let order: [u8; 32] = fixed(ORDER);
    for part in [0..32, 32..64] {
        for word in [[0; 32], order, [255; 32]] {
            let mut bad = good;
            bad[part.clone()].copy_from_slice(&word);
            assert_eq!(Signature::from_bytes(&bad), Err(SignError::Format), "{part:?} {word:?}");
        }
    }
    for v in (0..=255).filter(|v| ![0, 1, 27, 28].contains(v)) {
        let mut bad = good;
        bad[64] = v;
        assert_eq!(Signature::from_bytes(&bad), Err(SignError::Format), "v {v}");
    }
}

#[test]
fn compact_signatures_are_those_of_eip_2098() {
    let key = LocalKey::from_bytes(&mut fixed(&"1234567890".repeat(7)[..64])).unwrap();
    // EIP-2098, "Example Implementation": message, r, s with the parity bit, v.
    for (message, r, s, v) in [
        (
            "Hello World",
            "68a020a209d3d56c46f38cc50a33f704f4a9a10a59377f8dd762ac66910e9b90",
            "7e865ad05c4035ab5792787d4a0297a43617ae897930a6fe4d822b8faea52064",
            27,
        ),
        (
            "It's a small(er) world",
            "9328da16089fcba9bececa81663203989f2df5fe1faa6291a45381c81bd17f76",
            "939c6d6b623b42da56557e5e734a43dc83345ddfadec52cbe24d0cc64f550793",
            28,
        ),
    ] {
        let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
        let digest = keccak256_of(&[prefix.as_bytes(), message.as_bytes()]);
        let signature = Signature::parse(&format!("0x{r}{s}")).unwrap();
        assert_eq!(signature.to_bytes()[64], v, "{message}");
        assert_eq!(signature.recover(&digest), Ok(key.address()), "{message}");
        assert_eq!(signature, Signature::from_bytes(&key.sign(&digest).unwrap().to_bytes()).unwrap(), "{message}");
    }
}

#[test]
fn ethers_accounts_have_their_addresses() {
    let Some(folder) = third_party("ethers") else { return };
    let accounts = gunzip(&folder.join("accounts.json.gz"));
    let accounts = accounts.as_array().unwrap();
    for account in accounts {
        let key = LocalKey::from_bytes(&mut fixed(text(account, "privateKey"))).unwrap();
        assert_eq!(key.address().checksummed(), text(account, "address"), "{}", text(account, "name"));
        assert_eq!(Address::parse(text(account, "address")), Ok(key.address()), "{}", text(account, "name"));
    }
    report(&format!("ethers: {} accounts", accounts.len()));
}

#[test]
fn ethers_typed_data_has_its_digests() {
    let Some(folder) = third_party("ethers") else { return };
    let file = gunzip(&folder.join("typed-data.json.gz"));
    let cases = file.as_array().unwrap();
    for case in cases {
        let name = text(case, "name");
        let message = typed_data::hash_struct(&case["types"], text(case, "primaryType"), &case["data"]);
        assert_eq!(message, keccak256(&bytes(text(case, "encoded"))), "{name}");
        let digest = keccak256_of(&[b"\x19\x01", &typed_data::separator(&case["domain"]), &message]);
        assert_eq!(digest, fixed(text(case, "digest")), "{name}");
    }
    report(&format!("ethers: {} typed data", cases.len()));
}

/// True when r ‖ s with either recovery bit is a signature by the key: what a payment is checked by.
fn accepts(signature: &[u8], digest: &Hash, key: &[u8]) -> bool {
    let Ok(key) = PublicKey::from_sec1_bytes(key) else { return false };
    let Ok(scalars) = <[u8; 64]>::try_from(signature) else { return false };
    let hash = keccak256(&key.to_encoded_point(false).as_bytes()[1..]);
    let address = Address::from_bytes(hash[12..].try_into().unwrap());
    [27, 28].into_iter().any(|v| {
        let signature: [u8; 65] = [&scalars[..], &[v]].concat().try_into().unwrap();
        Signature::from_bytes(&signature).and_then(|signature| signature.recover(digest)) == Ok(address)
    })
}

/// r ‖ s of a strict DER signature; `None` for any other encoding, and for integers that have no 32 bytes.
fn from_der(der: &[u8]) -> Option<Vec<u8>> {
    let integer = |bytes: &mut &[u8]| -> Option<Vec<u8>> {
        let (&[0x02, length], rest) = bytes.split_first_chunk::<2>()? else { return None };
        let (content, rest) = rest.split_at_checked(usize::from(length))?;
        *bytes = rest;
        let minimal = match content {
            [] => false,
            [0] => true,
            [0, next, ..] => next & 0x80 != 0,
            [first, ..] => first & 0x80 == 0,
        };
        let digits = content.strip_prefix(&[0]).unwrap_or(content);
        (minimal && digits.len() <= 32).then(|| [vec![0; 32 - digits.len()], digits.to_vec()].concat())
    };
    let (&[0x30, length], mut rest) = der.split_first_chunk::<2>()? else { return None };
    if length >= 0x80 || usize::from(length) != rest.len() {
        return None;
    }
    let (r, s) = (integer(&mut rest)?, integer(&mut rest)?);
    rest.is_empty().then(|| [r, s].concat())
}

fn gunzip(path: &Path) -> Value {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}
