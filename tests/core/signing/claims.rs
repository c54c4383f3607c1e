//! Claims of generations 1 to 3: against digests measured elsewhere, against alloy, and as a wallet hashes them.

use alloy_primitives::{B256, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use farthing::primitives::{Address, Amount, keccak256};
use farthing::scheme::guarantee::{CycleClaims, Form, Guarantee, HouseValidation, Validation};
use serde_json::Value;

use crate::support::files::fixed;
use crate::support::random::Random;
use crate::{ROUNDS, alloy, domain, wallet_digest, word};

/// The structs of generations 2 and 3.
mod cycle {
    alloy_sol_types::sol! {
        struct SolGuaranteeRequestClaimsV1 {
            address user; address recipient; uint256 reqId; uint256 amount; address asset; uint64 timestamp;
        }
        struct SolGuaranteeRequestClaimsV2 {
            address user; address recipient; uint256 reqId; uint256 amount; address asset; uint64 timestamp;
            address validationRegistryAddress; bytes32 validationRequestHash; uint256 validationChainId;
            address validatorAddress; uint256 validatorAgentId; uint8 minValidationScore;
            bytes32 validationSubjectHash; bytes32 jobHash; string requiredValidationTag;
        }
        struct SolValidation { string validator; bytes32 subject; uint64 deadline; bytes params; }
        struct SolValidatedGuaranteeRequestClaimsV1 {
            address user; address recipient; uint256 reqId; uint256 amount; address asset; uint64 timestamp;
            SolValidation validation;
        }
    }
}

/// The structs of generation 1.
mod tab {
    alloy_sol_types::sol! {
        struct SolGuaranteeRequestClaimsV1 {
            address user; address recipient; uint256 tabId; uint256 reqId; uint256 amount; address asset;
            uint64 timestamp;
        }
        struct SolGuaranteeRequestClaimsV2 {
            address user; address recipient; uint256 tabId; uint256 reqId; uint256 amount; address asset;
            uint64 timestamp; address validationRegistryAddress; bytes32 validationRequestHash;
            uint256 validationChainId; address validatorAddress; uint256 validatorAgentId; uint8 minValidationScore;
            bytes32 validationSubjectHash; bytes32 jobHash; string requiredValidationTag;
        }
    }
}

sol! {
    struct TabSubject {
        bytes32 tag; uint256 tabId; uint256 reqId; address user; address recipient; uint256 amount; address asset;
        uint64 timestamp;
    }
}

/// Claims of protocol notes 2.6.
fn measured(name: &str, form: Form) -> CycleClaims {
    CycleClaims {
        name: name.to_owned(),
        version: "1".to_owned(),
        chain_id: 84532,
        user: Address::from_bytes(fixed("0x1234567890123456789012345678901234567890")),
        recipient: Address::from_bytes(fixed("0x00000000000000000000000000000000000000be")),
        req_id: Amount::from_u64(7),
        amount: Amount::from_u64(1000),
        asset: Address::ZERO,
        timestamp_s: 1_700_000_000,
        form,
    }
}

#[test]
fn every_generation_has_the_digests_measured_with_viem_and_by_its_author() {
    let tab = Form::Tab { tab_id: Amount::from_u64(3), validation: None };
    let contract = Address::from_bytes(fixed("0x00000000000000000000000000000000c04e4a1c"));
    for (name, form, digest) in [
        ("4mica", tab.clone(), "0xc45bdb7544dc2d89c4381be70b5cadd0a6bf816a37acfc16366465600af0f500"),
        ("4Mica", tab, "0x3f5674b3c16c585c1e86da58146fe167981ea70e2012288ef465e4dca3d0d6c8"),
        (
            "4mica",
            Form::Cycle { validation: None },
            "0x5355ffb02162a02d58ad3b516622db2b5c3be410dcd268b7c1c98aa602b90411",
        ),
        (
            "4Mica",
            Form::Cycle { validation: None },
            "0x9f74c3f6fe662f2e86ef71d3d42a34d814330b37744d0550c577628a90d974db",
        ),
        (
            "4mica",
            Form::Sdk2 { contract, validation: None },
            "0xc81d4594ded4c33f3447dbde5fb737296566a99a989d42ac8cbf9aaf2832007f",
        ),
    ] {
        let claims = measured(name, form);
        assert_eq!(claims.digest(), fixed(digest), "{name}, {:?}", claims.form);
    }
}

#[test]
fn claims_have_the_digest_of_alloy_and_of_the_typed_data_a_wallet_sees() {
    let mut random = Random::seeded(2);
    for round in 0..ROUNDS {
        let claims = any_claims(&mut random, round);
        let contract = match &claims.form {
            Form::Sdk2 { contract, .. } => Some(contract),
            _ => None,
        };
        let domain = domain(&claims.name, &claims.version, claims.chain_id, contract);
        let expected = oracle(&claims, &domain);
        let guarantee = Guarantee::Cycle(claims);
        assert_eq!(guarantee.digest(), expected.0, "round {round}: {guarantee:?}");
        assert_eq!(wallet_digest(&guarantee.typed_data()), expected.0, "round {round}: {guarantee:?}");
    }
}

#[test]
fn a_tab_is_part_of_what_a_validation_is_about() {
    let mut random = Random::seeded(1);
    let claims = any_claims(&mut random, 4);
    let (Some(tab_id), Some(validation)) = (claims.tab_id(), claims.validation()) else { panic!("{claims:?}") };
    let subject = TabSubject {
        tag: B256::from(keccak256(b"4MICA_VALIDATION_SUBJECT_V1")),
        tabId: word(tab_id),
        reqId: word(&claims.req_id),
        user: alloy(&claims.user),
        recipient: alloy(&claims.recipient),
        amount: word(&claims.amount),
        asset: alloy(&claims.asset),
        timestamp: claims.timestamp_s,
    };
    assert_eq!(claims.hashes(validation).subject, keccak256(&subject.abi_encode()));
}

#[test]
fn the_wire_form_says_what_only_its_generation_has() {
    let wire = |form: Form| -> Value {
        serde_json::from_str(&Guarantee::Cycle(measured("4mica", form)).payload("0x01")).unwrap()
    };
    let plain = wire(Form::Cycle { validation: None });
    let mut tab = plain.clone();
    tab["claims"]["tab_id"] = "0x3".into();
    assert_eq!(wire(Form::Tab { tab_id: Amount::from_u64(3), validation: None }), tab);
    assert_eq!(wire(Form::Sdk2 { contract: Address::ZERO, validation: None }), plain);

    let validation = |deadline_s| HouseValidation {
        validator: "eip155:84532:0x1111111111111111111111111111111111111111".to_owned(),
        subject: [0x42; 32],
        deadline_s,
        params: vec![0xde, 0xad],
    };
    let mut nested = plain;
    nested["claims"]["validation"] = serde_json::json!({
        "validator": "eip155:84532:0x1111111111111111111111111111111111111111",
        "subject": format!("0x{}", "42".repeat(32)), "deadline": 1_700_000_600, "params": "0xdead",
    });
    assert_eq!(wire(Form::Sdk2 { contract: Address::ZERO, validation: Some(validation(1_700_000_600)) }), nested);
    nested["claims"]["validation"].as_object_mut().unwrap().remove("deadline");
    assert_eq!(wire(Form::Sdk2 { contract: Address::ZERO, validation: Some(validation(0)) }), nested);
}

/// One of the six shapes, in turn.
fn any_claims(random: &mut Random, round: usize) -> CycleClaims {
    let validation = (round % 2 == 0).then(|| Validation {
        registry: random.address(),
        chain_id: None,
        validator: random.address(),
        agent_id: random.amount(),
        min_score: random.bytes::<1>()[0],
        job_hash: random.bytes(),
        tag: random.text(),
    });
    let form = match round % 6 {
        0 | 1 => Form::Cycle { validation },
        2 | 3 => Form::Sdk2 {
            contract: random.address(),
            validation: validation.map(|_| HouseValidation {
                validator: random.text(),
                subject: random.bytes(),
                deadline_s: random.integer(),
                params: random.bytes::<70>().to_vec(),
            }),
        },
        _ => Form::Tab { tab_id: random.amount(), validation },
    };
    CycleClaims {
        name: random.text(),
        version: random.text(),
        chain_id: random.integer(),
        user: random.address(),
        recipient: random.address(),
        req_id: random.amount(),
        amount: random.amount(),
        asset: random.address(),
        timestamp_s: random.integer(),
        form,
    }
}

#[allow(non_snake_case, reason = "fields of the structs in Solidity")]
fn oracle(claims: &CycleClaims, domain: &Eip712Domain) -> B256 {
    let (user, recipient, asset) = (alloy(&claims.user), alloy(&claims.recipient), alloy(&claims.asset));
    let (reqId, amount, timestamp) = (word(&claims.req_id), word(&claims.amount), claims.timestamp_s);
    let (tabId, validation) = (claims.tab_id().map(word), claims.validation());
    if let Form::Sdk2 { validation: Some(validation), .. } = &claims.form {
        let validation = cycle::SolValidation {
            validator: validation.validator.clone(),
            subject: B256::from(validation.subject),
            deadline: validation.deadline_s,
            params: validation.params.clone().into(),
        };
        return cycle::SolValidatedGuaranteeRequestClaimsV1 {
            user,
            recipient,
            reqId,
            amount,
            asset,
            timestamp,
            validation,
        }
        .eip712_signing_hash(domain);
    }
    let Some(validation) = validation else {
        return match tabId {
            None => cycle::SolGuaranteeRequestClaimsV1 { user, recipient, reqId, amount, asset, timestamp }
                .eip712_signing_hash(domain),
            Some(tabId) => tab::SolGuaranteeRequestClaimsV1 { user, recipient, tabId, reqId, amount, asset, timestamp }
                .eip712_signing_hash(domain),
        };
    };
    let hashes = claims.hashes(validation);
    let v2 = cycle::SolGuaranteeRequestClaimsV2 {
        user,
        recipient,
        reqId,
        amount,
        asset,
        timestamp,
        validationRegistryAddress: alloy(&validation.registry),
        validationRequestHash: B256::from(hashes.request),
        validationChainId: U256::from(claims.chain_id),
        validatorAddress: alloy(&validation.validator),
        validatorAgentId: word(&validation.agent_id),
        minValidationScore: validation.min_score,
        validationSubjectHash: B256::from(hashes.subject),
        jobHash: B256::from(validation.job_hash),
        requiredValidationTag: validation.tag.clone(),
    };
    let Some(tabId) = tabId else { return v2.eip712_signing_hash(domain) };
    tab::SolGuaranteeRequestClaimsV2 {
        user,
        recipient,
        tabId,
        reqId,
        amount,
        asset,
        timestamp,
        validationRegistryAddress: v2.validationRegistryAddress,
        validationRequestHash: v2.validationRequestHash,
        validationChainId: v2.validationChainId,
        validatorAddress: v2.validatorAddress,
        validatorAgentId: v2.validatorAgentId,
        minValidationScore: v2.minValidationScore,
        validationSubjectHash: v2.validationSubjectHash,
        jobHash: v2.jobHash,
        requiredValidationTag: v2.requiredValidationTag,
    }
    .eip712_signing_hash(domain)
}
