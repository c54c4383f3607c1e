//! Keys and signatures: one spelling each, and no signature but the operator's.

use std::sync::LazyLock;

use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};

use crate::support::files::{bytes, fixed, text, vector};

/// Source: draft-irtf-cfrg-bls-signature-05 §4.2.1.
#[allow(dead_code, reason = "for the other library, where there is one")]
pub const DST: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/// What a verifier is asked.
#[derive(Clone, Eq, PartialEq)]
pub struct Question {
    pub key: [u8; 48],
    pub claims: Vec<u8>,
    pub signature: [u8; 96],
}

/// The recorded certificates.
static RECORDED: LazyLock<Vec<Question>> = LazyLock::new(|| {
    let file = vector("4mica/certificates.json");
    let key = fixed(text(&file, "operator_public_key"));
    let one = |entry: &serde_json::Value| Question {
        key,
        claims: bytes(text(&entry["cert_wire"], "claims")),
        signature: fixed(text(&entry["cert_wire"], "signature")),
    };
    file["certs"].as_array().unwrap().iter().map(one).collect()
});

/// One byte that chooses a recorded certificate and what of it is replaced by the rest: key, signature, claims, or all.
pub fn question(input: &[u8]) -> Option<Question> {
    let (which, rest) = input.split_first()?;
    let mut asked = RECORDED[usize::from(which / 4) % RECORDED.len()].clone();
    match which % 4 {
        0 => asked.key = rest.try_into().ok()?,
        1 => asked.signature = rest.try_into().ok()?,
        2 => asked.claims = rest.to_vec(),
        _ => {
            let (key, rest) = rest.split_first_chunk()?;
            let (signature, claims) = rest.split_first_chunk()?;
            asked = Question { key: *key, signature: *signature, claims: claims.to_vec() };
        }
    }
    Some(asked)
}

pub fn judge(input: &[u8]) {
    let _ = judged(input);
}

/// What was asked and what was answered.
pub fn judged(input: &[u8]) -> Option<(Question, Result<(), BlsError>)> {
    let asked = question(input)?;
    let verdict = OperatorKey::from_slice(&asked.key).and_then(|key| {
        assert!(key.to_bytes() == asked.key, "a second spelling of a key");
        verify(&key, &asked.claims, &asked.signature)
    });
    let known = RECORDED.contains(&asked);
    // Only whoever has a key can make another valid pair: a replaced key, signature or text never is one.
    assert!(input[0] % 4 == 3 || verdict.is_ok() == known, "{verdict:?}");
    assert!(!known || verdict.is_ok(), "{verdict:?}");
    Some((asked, verdict))
}

/// Every recorded certificate in all four forms, and infinity.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (index, Question { key, claims, signature }) in (0_u8..).zip(RECORDED.iter()) {
        let infinity = |length: usize| [&[0xc0][..], &vec![0; length - 1]].concat();
        let forms: [(u8, Vec<u8>); 6] = [
            (0, key.to_vec()),
            (1, signature.to_vec()),
            (2, claims.clone()),
            (3, [&key[..], signature, claims].concat()),
            (0, infinity(48)),
            (1, infinity(96)),
        ];
        seeds.extend(forms.map(|(form, rest)| [vec![4 * index + form], rest].concat()));
    }
    seeds
}
