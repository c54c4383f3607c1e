//! Checkpoints as wallets hash them and as the core's own crate spells them.

use alloy_primitives::{Address as AlloyAddress, B256, U256};
use alloy_sol_types::{SolStruct, eip712_domain, sol};
use farthing::primitives::{Address, Amount};
use farthing::scheme::guarantee::Checkpoint;
use serde_json::{Value, json};

use crate::exchange::file;
use crate::support::files::{fixed, text};
use crate::support::random::Random;
use crate::support::typed_data;

mod oracle {
    use super::sol;

    sol! {
        struct Checkpoint { address payer; bytes32 cycleId; address asset; uint256 cumulativeGross; uint64 timestampCutoff; }
    }
}

#[test]
fn a_checkpoint_has_the_digest_of_alloy_and_of_the_typed_data_a_wallet_sees() {
    let mut random = Random::seeded(4);
    for _ in 0..300 {
        let checkpoint = Checkpoint {
            chain_id: random.integer(),
            clearing_house: random.address(),
            payer: random.address(),
            cycle_id: random.bytes(),
            asset: random.address(),
            cumulative_gross: random.amount(),
            timestamp_cutoff_s: random.integer(),
        };
        let alloy = |address: &Address| AlloyAddress::from(*address.as_bytes());
        let oracle = oracle::Checkpoint {
            payer: alloy(&checkpoint.payer),
            cycleId: B256::from(checkpoint.cycle_id),
            asset: alloy(&checkpoint.asset),
            cumulativeGross: U256::from_be_bytes(checkpoint.cumulative_gross.word()),
            timestampCutoff: checkpoint.timestamp_cutoff_s,
        };
        let domain = eip712_domain! {
            name: "4micaClearingHouse",
            version: "1",
            chain_id: checkpoint.chain_id,
            verifying_contract: alloy(&checkpoint.clearing_house),
        };
        assert_eq!(oracle.eip712_signing_hash(&domain), B256::from(checkpoint.digest()));
        let shown: Value = serde_json::from_str(&checkpoint.typed_data()).unwrap();
        assert_eq!(typed_data::digest(&shown), checkpoint.digest());
    }
}

#[test]
fn a_checkpoint_is_spelled_as_the_published_one() {
    let vectors = &file("gen4-digests")["vectors"];
    let payload = &vectors["checkpoint"]["payload"];
    let checkpoint = Checkpoint {
        chain_id: 84532,
        clearing_house: Address::parse(text(&vectors["domain"], "verifying_contract")).unwrap(),
        payer: Address::parse(text(payload, "payer")).unwrap(),
        cycle_id: fixed(text(payload, "cycle_id")),
        asset: Address::ZERO,
        cumulative_gross: Amount::from_u64(1500),
        timestamp_cutoff_s: 1_700_000_100,
    };
    let wire: Value = serde_json::from_str(&checkpoint.wire("0x00")).unwrap();
    assert_eq!(wire, json!({ "payload": payload, "signature": "0x00" }));
}
