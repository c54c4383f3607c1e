//! `GET /core/cycles/{id}/participants/{account}/clearing-proof`.

use alloc::format;
use alloc::vec::Vec;

use super::{CycleId, path};
use crate::core4mica::collateral::quantity;
use crate::core4mica::http::{Answer, Request};
use crate::core4mica::refusal::{Refusal, document};
use crate::error::Code;
use crate::json::Node;
use crate::primitives::{Address, Amount, Hash, hex, keccak256_of};
use crate::registry::Core;

/// Which side of a cycle an account is on after netting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Owes the amount.
    Debtor,
    /// Is owed the amount.
    Creditor,
}

impl Role {
    // The last word of a leaf.
    fn word(self) -> Hash {
        Amount::from_u64(match self {
            Role::Debtor => 0,
            Role::Creditor => 1,
        })
        .word()
    }
}

/// An account's net position in one cycle, and the path that proves it under `root`. Only [`ClearingProof::read`]
/// makes one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClearingProof {
    pub(super) cycle: CycleId,
    pub(super) cycle_id: Hash,
    pub(super) asset: Address,
    pub(super) clearing_house: Address,
    pub(super) participant: Address,
    pub(super) role: Role,
    pub(super) amount: Amount,
    pub(super) root: Hash,
    pub(super) path: Vec<Hash>,
}

/// Asks for the position of an account the login speaks for.
pub fn proof_request(core: &Core, cycle: &CycleId, participant: &Address) -> Request {
    let (cycle, participant) = (cycle.as_text(), participant.checksummed());
    Request::get(format!("{}/core/cycles/{cycle}/participants/{participant}/clearing-proof", core.url), true)
}

impl ClearingProof {
    /// Reads the answer to [`proof_request`] and recomputes cycle id, leaf and root.
    ///
    /// # Errors
    /// - `core/proof`: another cycle, account or token than asked, a role that is neither side's, net amounts that
    ///   contradict it, a leaf that is not of these terms, or a path of more than 64 hashes or to another root.
    /// - `core/not-cleared`, `core/not-participant`, `core/unknown-cycle` and others, as [`Refusal::of_question`]. An
    ///   account that is even (`FLAT`) has no leaf: `core/not-participant`.
    ///
    /// # Source
    /// protocol notes "Clearing endpoints"; vectors `4mica/cycle.json`.
    pub fn read(
        answer: &Answer<'_>,
        cycle: &CycleId,
        chain_id: u64,
        clearing_house: &Address,
        participant: &Address,
    ) -> Result<Self, Refusal> {
        let root = document(answer)?;
        if root.member("role").and_then(Node::text) == Some("FLAT") {
            return Err(Refusal::found(Code::CoreNotParticipant));
        }
        let proof = ClearingProof::fields(&root, cycle, clearing_house, participant);
        let stated = |name: &str| root.member(name).and_then(|node| hex::decode_fixed(node.text()?));
        let proven = proof.filter(|proof| {
            let leaf = proof.leaf(chain_id);
            stated("leaf") == Some(leaf) && climb(leaf, &proof.path) == proof.root
        });
        proven.ok_or(Refusal::found(Code::CoreProof))
    }

    fn fields(root: &Node<'_>, cycle: &CycleId, clearing_house: &Address, participant: &Address) -> Option<Self> {
        let text = |name: &str| root.member(name)?.text();
        let asset = Address::parse(text("asset_address")?).ok()?;
        let amount = quantity(root, "amount")?;
        let (net_debit, net_credit) = (quantity(root, "net_debit")?, quantity(root, "net_credit")?);
        let (role, own, other) = match text("role")? {
            "NET_DEBTOR" => (Role::Debtor, net_debit, net_credit),
            "NET_CREDITOR" => (Role::Creditor, net_credit, net_debit),
            _ => return None,
        };
        let asked = Address::parse(text("participant")?).ok()? == *participant;
        let consistent = own == amount && other.is_zero() && !amount.is_zero();
        (asked && consistent).then_some(ClearingProof {
            cycle: cycle.clone(),
            cycle_id: cycle.named_by(root, &asset)?,
            asset,
            clearing_house: *clearing_house,
            participant: *participant,
            role,
            amount,
            root: hex::decode_fixed(text("merkle_root")?)?,
            path: path(root)?,
        })
    }

    fn leaf(&self, chain_id: u64) -> Hash {
        keccak256_of(&[
            &Amount::from_u64(chain_id).word(),
            &self.clearing_house.word(),
            &self.cycle_id,
            &self.asset.word(),
            &self.participant.word(),
            &self.amount.word(),
            &self.role.word(),
        ])
    }

    /// `bytes32 cycleId`.
    pub fn cycle_id(&self) -> &Hash {
        &self.cycle_id
    }

    /// Token, zero for native ether.
    pub fn asset(&self) -> &Address {
        &self.asset
    }

    /// Whose position it is.
    pub fn participant(&self) -> &Address {
        &self.participant
    }

    /// Which side.
    pub fn role(&self) -> Role {
        self.role
    }

    /// What is owed, in atomic units; never zero.
    pub fn amount(&self) -> Amount {
        self.amount
    }

    /// Root the path leads to; must be `getCycle(cycleId).merkleRoot`.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Hashes from leaf to root, as the contract takes them.
    pub fn path(&self) -> &[Hash] {
        &self.path
    }
}

// Every pair is sorted before it is hashed, so the path needs no directions.
fn climb(leaf: Hash, path: &[Hash]) -> Hash {
    path.iter().fold(leaf, |node, sibling| {
        let (low, high) = if node <= *sibling { (&node, sibling) } else { (sibling, &node) };
        keccak256_of(&[low, high])
    })
}
