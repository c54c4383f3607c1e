//! The tree whose root a clearing house commits to: leaves in, root and proofs out.
//!
//! Leaves are sorted; a pair is hashed smaller first; the last of an odd level is paired with itself.
//!
//! # Source
//! Leaf rule, sorted pairs and the odd leaf: `4mica/cycle.json`, `proofs` and `merkle_check`.

use alloc::vec::Vec;

use crate::primitives::{Address, Amount, Hash, keccak256, keccak256_of};
use crate::sandbox::wire::Abi;

/// Where a leaf counts.
pub(super) struct Place {
    pub(super) chain_id: u64,
    pub(super) house: Address,
    pub(super) cycle_id: Hash,
    pub(super) asset: Address,
}

/// `keccak256(abi.encode(chainId, clearingHouse, cycleId, asset, participant, amount, role))`.
pub(super) fn leaf(place: &Place, participant: &Address, amount: &Amount, is_creditor: bool) -> Hash {
    let abi = Abi::default()
        .uint(place.chain_id)
        .address(&place.house)
        .word(&place.cycle_id)
        .address(&place.asset)
        .address(participant)
        .amount(amount)
        .uint(u64::from(is_creditor));
    keccak256(&abi.finish())
}

/// All levels, from the sorted leaves to the root. No level without leaves.
pub(super) struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    pub(super) fn new(mut leaves: Vec<Hash>) -> Self {
        leaves.sort_unstable();
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let above = level.chunks(2).filter_map(|pair| Some(join(pair.first()?, pair.last()?))).collect();
            levels.push(core::mem::replace(&mut level, above));
        }
        levels.push(level);
        Tree { levels }
    }

    /// The root: zero for no leaves, the leaf itself for one.
    pub(super) fn root(&self) -> Hash {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// Siblings on the way from a leaf to the root. Empty for what is no leaf.
    pub(super) fn proof(&self, leaf: &Hash) -> Vec<Hash> {
        let Some(mut at) = self.levels.first().and_then(|leaves| leaves.binary_search(leaf).ok()) else {
            return Vec::new();
        };
        let mut proof = Vec::new();
        for level in self.levels.iter().filter(|level| level.len() > 1) {
            proof.extend(level.get(at ^ 1).or_else(|| level.get(at)));
            at /= 2;
        }
        proof
    }
}

fn join(one: &Hash, other: &Hash) -> Hash {
    keccak256_of(&[one.min(other), one.max(other)])
}
