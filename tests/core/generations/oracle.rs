//! Generation 4 beside alloy: authorisations and checkpoints. Generations 1 to 3 are in `signing/claims.rs`.

use alloy_primitives::{Address as AlloyAddress, B256, U256, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use farthing::primitives::Amount;
use farthing::registry::Generation;
use farthing::scheme::guarantee::{Checkpoint, Guarantee, HouseValidation};

use crate::ROUNDS;
use crate::support::random::Random;
use crate::support::typed_data;
use crate::terms::Terms;

sol! {
    struct PaymentAuthorization {
        address payer; bytes32 cycleId; address asset; uint256 amount; uint256 reqId; uint64 timestamp;
        bytes32 recipientCommitment;
    }
    struct Validation { string validator; bytes32 subject; uint64 deadline; bytes params; }
}

/// Apart: the crate's type has the same name.
mod named {
    alloy_sol_types::sol! {
        struct Checkpoint {
            address payer; bytes32 cycleId; address asset; uint256 cumulativeGross; uint64 timestampCutoff;
        }
    }
}

#[test]
fn an_authorisation_has_the_digest_of_alloy_and_of_what_a_wallet_is_shown() {
    let mut random = Random::seeded(46);
    for round in 0..ROUNDS {
        let terms = Terms::random(&mut random, round % 2 == 1);
        let validation = terms.validations.as_ref().map_or(B256::ZERO, |(_, nested)| hashed(nested));
        let commitment = (alloy(&terms.recipient), B256::from(terms.salt), validation).abi_encode();
        let expected = PaymentAuthorization {
            payer: alloy(&terms.payer),
            cycleId: B256::from(terms.cycle_id),
            asset: alloy(&terms.asset),
            amount: word(&terms.amount),
            reqId: word(&terms.req_id),
            timestamp: terms.timestamp_s,
            recipientCommitment: keccak256(commitment),
        }
        .eip712_signing_hash(&domain(&terms));
        let guarantee = terms.guarantee(Generation::ClearingHouse);
        assert_eq!(guarantee.digest(), expected.0, "round {round}: {guarantee:?}");
        assert_eq!(shown(&guarantee.typed_data()), expected.0, "round {round}: {guarantee:?}");
    }
}

#[test]
fn a_checkpoint_has_the_digest_of_alloy_and_is_no_authorisation() {
    let mut random = Random::seeded(47);
    for round in 0..ROUNDS {
        let terms = Terms::random(&mut random, false);
        let checkpoint = Checkpoint {
            chain_id: terms.chain_id,
            clearing_house: terms.contract,
            payer: terms.payer,
            cycle_id: terms.cycle_id,
            asset: terms.asset,
            cumulative_gross: terms.amount,
            timestamp_cutoff_s: terms.timestamp_s,
        };
        let expected = named::Checkpoint {
            payer: alloy(&terms.payer),
            cycleId: B256::from(terms.cycle_id),
            asset: alloy(&terms.asset),
            cumulativeGross: word(&terms.amount),
            timestampCutoff: terms.timestamp_s,
        }
        .eip712_signing_hash(&domain(&terms));
        assert_eq!(checkpoint.digest(), expected.0, "round {round}: {checkpoint:?}");
        assert_eq!(shown(&checkpoint.typed_data()), expected.0, "round {round}: {checkpoint:?}");
        let Guarantee::ClearingHouse(authorization) = terms.guarantee(Generation::ClearingHouse) else { panic!() };
        assert_ne!(checkpoint.digest(), authorization.digest(), "round {round}");
    }
}

fn hashed(validation: &HouseValidation) -> B256 {
    Validation {
        validator: validation.validator.clone(),
        subject: B256::from(validation.subject),
        deadline: validation.deadline_s,
        params: validation.params.clone().into(),
    }
    .eip712_hash_struct()
}

fn domain(terms: &Terms) -> Eip712Domain {
    let contract = Some(alloy(&terms.contract));
    Eip712Domain::new(
        Some("4micaClearingHouse".into()),
        Some("1".into()),
        Some(U256::from(terms.chain_id)),
        contract,
        None,
    )
}

fn shown(typed_data: &str) -> [u8; 32] {
    typed_data::digest(&serde_json::from_str(typed_data).unwrap())
}

pub fn alloy(address: &farthing::primitives::Address) -> AlloyAddress {
    AlloyAddress::from(*address.as_bytes())
}

pub fn word(amount: &Amount) -> U256 {
    U256::from_be_bytes(amount.word())
}
