//! Certificates and receipts, encoded by alloy and signed by the BLS library: each is good for the guarantee it was made
//! for, and for that of no other generation.

use alloy_primitives::{Address as AlloyAddress, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolStruct, SolValue, sol};
use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Projective, Scalar};
use farthing::registry::Generation;
use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};
use farthing::scheme::guarantee::{Certificate, CycleClaims, Expected, Guarantee, Receipt};

use crate::oracle::{alloy, word};
use crate::support::random::Random;
use crate::terms::{GENERATIONS, Terms};

sol! {
    struct Cycle {
        bytes32 domain; bytes32 cycleId; uint256 reqId; address client; address recipient; uint256 amount;
        address asset; uint64 timestamp; uint64 version;
    }
    struct Tab {
        bytes32 domain; uint256 tabId; uint256 reqId; address client; address recipient; uint256 amount;
        uint256 totalAmount; address asset; uint64 timestamp; uint64 version;
    }
    struct Validated {
        address registry; bytes32 requestHash; uint256 chainId; address validator; uint256 agentId; uint8 minScore;
        bytes32 subjectHash; bytes32 jobHash; string tag;
    }
    struct GuaranteeV1 {
        uint256 cycleId; uint256 reqId; address client; address recipient; uint256 amount; address asset;
        uint64 timestamp;
    }
}

/// What a core of one generation answers to the terms, and what its public parameters say.
struct Answered {
    generation: Generation,
    guarantee: Guarantee,
    bytes: Vec<u8>,
    expected: Expected,
}

#[test]
fn a_certificate_is_good_for_the_guarantee_of_its_own_generation_only() {
    let mut random = Random::seeded(48);
    for round in 0..200 {
        let terms = Terms::random(&mut random, round % 2 == 1);
        let registry = random.address();
        let all = answers(&terms, &mut random);
        for answer in &all {
            for asked in &all {
                let accepted = match &asked.guarantee {
                    Guarantee::Cycle(claims) => Certificate::read(&answer.bytes, claims, &asked.expected).is_ok(),
                    Guarantee::ClearingHouse(signed) => Receipt::read(&answer.bytes, registry, signed).is_ok(),
                };
                let own = asked.generation == answer.generation;
                assert_eq!(accepted, own, "round {round}: {:?} as {:?}", answer.generation, asked.generation);
            }
        }
    }
}

#[test]
fn a_certificate_is_good_for_no_guarantee_with_anything_else() {
    let mut random = Random::seeded(49);
    for round in 0..100 {
        let terms = Terms::random(&mut random, round % 2 == 1);
        let registry = random.address();
        for answer in answers(&terms, &mut random) {
            for changed in terms.changed() {
                // The cycle is Core's to name in generations 1 to 3; salt and validation of 3 and 4 are not repeated, and
                // domain and contract are in `expected`.
                let asked = changed.guarantee(answer.generation);
                let accepted = match &asked {
                    Guarantee::Cycle(claims) => Certificate::read(&answer.bytes, claims, &answer.expected).is_ok(),
                    Guarantee::ClearingHouse(signed) => Receipt::read(&answer.bytes, registry, signed).is_ok(),
                };
                assert!(!accepted || certified(&asked) == certified(&answer.guarantee), "round {round}: {asked:?}");
            }
        }
    }
}

#[test]
fn the_operators_signature_on_one_is_none_on_another() {
    let mut random = Random::seeded(50);
    for round in 0..10 {
        let terms = Terms::random(&mut random, round % 2 == 1);
        let secret = Scalar::from_bytes_wide(&random.bytes());
        let key = G1Affine::from(G1Affine::generator() * secret).to_compressed();
        let key = OperatorKey::from_bytes(&key).unwrap();
        let other = OperatorKey::from_bytes(&G1Affine::generator().to_compressed()).unwrap();
        let all = answers(&terms, &mut random);
        for (index, answer) in all.iter().enumerate() {
            let signature = signed(&answer.bytes, secret);
            for (place, claimed) in all.iter().enumerate() {
                let verdict = if place == index { Ok(()) } else { Err(BlsError::Mismatch) };
                assert_eq!(verify(&key, &claimed.bytes, &signature), verdict, "round {round}: {index} as {place}");
            }
            assert_eq!(verify(&other, &answer.bytes, &signature), Err(BlsError::Mismatch), "round {round}");
        }
    }
}

/// What a certificate repeats of a guarantee.
fn certified(guarantee: &Guarantee) -> impl PartialEq {
    match guarantee {
        Guarantee::Cycle(claims) => {
            let hashes = claims.validation().map(|validation| (claims.hashes(validation), validation.clone()));
            let (user, recipient, asset) = (claims.user, claims.recipient, claims.asset);
            let tab_id = claims.tab_id().copied();
            (user, recipient, asset, claims.req_id, claims.amount, claims.timestamp_s, tab_id, hashes, None)
        }
        Guarantee::ClearingHouse(signed) => {
            let (payer, recipient, asset) = (signed.payer, signed.recipient, signed.asset);
            let cycle = Some(signed.cycle_id);
            (payer, recipient, asset, signed.req_id, signed.amount, signed.timestamp_s, None, None, cycle)
        }
    }
}

fn answers(terms: &Terms, random: &mut Random) -> Vec<Answered> {
    let (active, published) = (random.bytes(), random.bytes());
    let make = |generation| {
        let expected = match generation {
            Generation::Sdk2 => Expected { domain_v1: published, domain_active: None },
            _ => Expected::new(terms.chain_id, &terms.contract, Some(active)),
        };
        let guarantee = terms.guarantee(generation);
        let bytes = match &guarantee {
            Guarantee::ClearingHouse(_) => receipt(terms),
            Guarantee::Cycle(claims) => {
                let version = if claims.validation().is_some() { 2 } else { 1 };
                let domain = match (generation, version) {
                    (Generation::Sdk2, _) => published,
                    (_, 2) => active,
                    _ => domain_v1(terms).0,
                };
                (version, Bytes::from(inner(terms, claims, domain.into(), version))).abi_encode_params()
            }
        };
        Answered { generation, guarantee, bytes, expected }
    };
    GENERATIONS.map(make).into()
}

// keccak256(abi.encode("4MICA_CORE_GUARANTEE_V1", chainId, core4mica)). Source: protocol notes 2.7.
fn domain_v1(terms: &Terms) -> B256 {
    let tag = "4MICA_CORE_GUARANTEE_V1".to_owned();
    keccak256((tag, U256::from(terms.chain_id), alloy(&terms.contract)).abi_encode_params())
}

// The fields of the claims and those of a validation stand in one tuple: its head is both heads, its tail the tag.
#[allow(non_snake_case, reason = "fields of the structs in Solidity")]
fn inner(terms: &Terms, claims: &CycleClaims, domain: B256, version: u64) -> Vec<u8> {
    let (reqId, client, recipient, amount, asset, timestamp) = words(terms);
    let first = match claims.tab_id() {
        None => Cycle {
            domain,
            cycleId: B256::from(terms.cycle_id),
            reqId,
            client,
            recipient,
            amount,
            asset,
            timestamp,
            version,
        }
        .abi_encode(),
        Some(tab_id) => Tab {
            domain,
            tabId: word(tab_id),
            reqId,
            client,
            recipient,
            amount,
            totalAmount: amount,
            asset,
            timestamp,
            version,
        }
        .abi_encode(),
    };
    let Some(validation) = claims.validation() else { return first };
    let hashes = claims.hashes(validation);
    let second = Validated {
        registry: alloy(&validation.registry),
        requestHash: hashes.request.into(),
        chainId: U256::from(terms.chain_id),
        validator: alloy(&validation.validator),
        agentId: word(&validation.agent_id),
        minScore: validation.min_score,
        subjectHash: hashes.subject.into(),
        jobHash: validation.job_hash.into(),
        tag: validation.tag.clone(),
    }
    .abi_encode();
    let (head, tail) = second[32..].split_at(9 * 32);
    let offset = U256::from(first.len() + head.len()).to_be_bytes::<32>();
    [&U256::from(32).to_be_bytes::<32>(), first.as_slice(), &head[..8 * 32], &offset, tail].concat()
}

// What every struct has, in alloy's types.
fn words(terms: &Terms) -> (U256, AlloyAddress, AlloyAddress, U256, AlloyAddress, u64) {
    let Terms { req_id, payer, recipient, amount, asset, timestamp_s, .. } = terms;
    (word(req_id), alloy(payer), alloy(recipient), word(amount), alloy(asset), *timestamp_s)
}

#[allow(non_snake_case, reason = "fields of the struct in Solidity")]
fn receipt(terms: &Terms) -> Vec<u8> {
    let (reqId, client, recipient, amount, asset, timestamp) = words(terms);
    let cycleId = U256::from_be_bytes(terms.cycle_id);
    let fields = GuaranteeV1 { cycleId, reqId, client, recipient, amount, asset, timestamp };
    [fields.eip712_type_hash().as_slice(), &fields.abi_encode()].concat()
}

fn signed(bytes: &[u8], secret: Scalar) -> [u8; 96] {
    let dst = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";
    let hashed = <G2Projective as HashToCurve<ExpandMsgXmd<sha2::Sha256>>>::hash_to_curve([bytes], dst);
    G2Affine::from(hashed * secret).to_compressed()
}
