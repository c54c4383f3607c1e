//! Clearing a cycle: which leaf of its Merkle tree an account is, and the call that pays or claims it.
//!
//! A core's answer in, a proof out of which everything that can be computed was computed here: the leaf from chain,
//! contract, cycle, token, account, amount and role, the root from leaf and path. Whether that root is the one on the
//! chain is for whoever reads the chain (`getCycle`). Knows no key and no clock.

mod action;
mod proof;

use alloc::format;
use alloc::string::String;

pub use action::{Action, ClearingAction, action_request};
pub use proof::{ClearingProof, Role, proof_request};

use crate::json::Node;
use crate::primitives::{Address, Hash, hex, keccak256};

/// Deepest tree: more participants than there are accounts on any chain.
const MAX_PROOF_HASHES: usize = 64;

/// The name of a cycle in a core's routes.
///
/// Generations 2 and 3 know cycles by their text only (a hash is answered 404), generation 4 by either.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CycleId {
    /// `asset:period_start`, from which the hash is computed.
    Text {
        /// Token, zero for native ether.
        asset: Address,
        /// Unix second the cycle begins with.
        period_start_s: u64,
    },
    /// The hash, as on the chain.
    Hash(Hash),
}

impl CycleId {
    /// Reads `0x` and 40 lower-case digits, a colon and a Unix second without leading zeros; or `0x` and 64 digits.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(hash) = hex::decode_fixed(text) {
            return Some(CycleId::Hash(hash));
        }
        let (asset, digits) = text.split_once(':')?;
        let asset = Address::parse(asset).ok()?;
        let id = CycleId::Text { asset, period_start_s: digits.parse().ok()? };
        (id.as_text() == text).then_some(id)
    }

    /// As routes and bodies spell it.
    pub fn as_text(&self) -> String {
        match self {
            CycleId::Text { asset, period_start_s } => format!("{}:{period_start_s}", asset.lower()),
            CycleId::Hash(hash) => hex::encode(hash),
        }
    }

    /// `bytes32 cycleId` of the contracts.
    ///
    /// # Source
    /// protocol notes "cycle_id"; vectors `4mica/cycle.json`.
    pub fn hash(&self) -> Hash {
        match self {
            CycleId::Text { .. } => keccak256(self.as_text().as_bytes()),
            CycleId::Hash(hash) => *hash,
        }
    }

    // The cycle an answer is about: the one asked, spelled in both ways, and of that token.
    fn named_by(&self, root: &Node<'_>, asset: &Address) -> Option<Hash> {
        let text = |name: &str| root.member(name)?.text();
        let hash: Hash = hex::decode_fixed(text("cycle_id")?)?;
        let stated = CycleId::parse(text("cycle_id_text")?)?;
        let same = stated.hash() == hash && self.hash() == hash;
        matches!(stated, CycleId::Text { asset: of, .. } if of == *asset && same).then_some(hash)
    }
}

fn path(root: &Node<'_>) -> Option<alloc::vec::Vec<Hash>> {
    let nodes = root.member("proof")?.elements()?;
    if nodes.len() > MAX_PROOF_HASHES {
        return None;
    }
    nodes.iter().map(|node| hex::decode_fixed(node.text()?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_has_one_text_and_one_hash() {
        // Source: vectors/4mica/cycle.json.
        let text = "0x5fbdb2315678afecb367f032d93f642f64180aa3:1795227660";
        let id = CycleId::parse(text).unwrap();
        assert_eq!(hex::encode(&id.hash()), "0xd68a6bd70826e8431ac98f9f035cd0f3e5ae5dafd206fc57a61807d739b84a70");
        assert_eq!(id.as_text(), text);
        assert_eq!(CycleId::parse(&hex::encode(&id.hash())).unwrap().hash(), id.hash());
        for other in [
            "",
            "0x5FbDB2315678afecb367f032d93F642f64180aa3:1795227660",
            "0x5fbdb2315678afecb367f032d93f642f64180aa3:01795227660",
            "0x5fbdb2315678afecb367f032d93f642f64180aa3:+1795227660",
            "0x5fbdb2315678afecb367f032d93f642f64180aa3:1795227660/../..",
            "0x5fbdb2315678afecb367f032d93f642f64180aa3:",
            "0x5fbdb2315678afecb367f032d93f642f64180aa3",
        ] {
            assert_eq!(CycleId::parse(other), None, "{other}");
        }
    }
}
