//! `GET /core/cycles/{id}/participants/{account}/clearing-action`: the call that settles a proven position.
//!
//! Nothing of the answer is used that the proof does not already say; it is read to notice a core that contradicts
//! itself before money moves.

use alloc::format;

use super::proof::{ClearingProof, Role};
use super::{CycleId, path};
use crate::core4mica::collateral::quantity;
use crate::core4mica::http::{Answer, Request};
use crate::core4mica::refusal::{Refusal, document};
use crate::error::Code;
use crate::json::{Node, Value};
use crate::primitives::{Address, Amount, Hash};
use crate::registry::Core;

/// A call of the clearing house.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// A debtor pays.
    PayNetDebit,
    /// A creditor claims.
    ClaimNetCredit,
    /// Anybody reports a debtor after the deadline (generations 2 and 3).
    MarkDefaulted,
}

impl Action {
    /// Name in the route.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::PayNetDebit => "pay_net_debit",
            Action::ClaimNetCredit => "claim_net_credit",
            Action::MarkDefaulted => "mark_defaulted",
        }
    }

    /// Name in the contract.
    pub const fn function(self) -> &'static str {
        match self {
            Action::PayNetDebit => "payNetDebit",
            Action::ClaimNetCredit => "claimNetCredit",
            Action::MarkDefaulted => "markDefaulted",
        }
    }

    /// Side of the account it is about.
    pub const fn role(self) -> Role {
        match self {
            Action::PayNetDebit | Action::MarkDefaulted => Role::Debtor,
            Action::ClaimNetCredit => Role::Creditor,
        }
    }
}

/// A call whose every argument comes from a checked proof, and which the core describes in the same way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClearingAction {
    action: Action,
    proof: ClearingProof,
}

/// Asks how to settle a position.
pub fn action_request(core: &Core, cycle: &CycleId, participant: &Address, action: Action) -> Request {
    let (cycle, participant, action) = (cycle.as_text(), participant.checksummed(), action.as_str());
    let base = format!("{}/core/cycles/{cycle}/participants/{participant}", core.url);
    Request::get(format!("{base}/clearing-action?action={action}"), true)
}

impl ClearingAction {
    /// Reads the answer to [`action_request`] and holds it against the proof.
    ///
    /// # Errors
    /// - `core/wrong-role`: the action is for the other side.
    /// - `core/proof`: contract, function, cycle, token, account, amount, value or path differ from the proof.
    /// - Others as [`Refusal::of_question`].
    ///
    /// # Source
    /// vectors `4mica/cycle.json`, `default-flow.json`.
    pub fn read(answer: &Answer<'_>, proof: &ClearingProof, action: Action) -> Result<Self, Refusal> {
        let root = document(answer)?;
        if proof.role != action.role() {
            return Err(Refusal::found(Code::CoreWrongRole));
        }
        let call = ClearingAction { action, proof: proof.clone() };
        match call.agrees(&root) {
            Some(true) => Ok(call),
            _ => Err(Refusal::found(Code::CoreProof)),
        }
    }

    fn agrees(&self, root: &Node<'_>) -> Option<bool> {
        let proof = &self.proof;
        let text = |name: &str| root.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let debtor = match root.member("debtor") {
            None => None,
            Some(node) if node.value == Value::Null => None,
            Some(_) => Some(address("debtor")?),
        };
        Some(
            text("function_name")? == self.action.function()
                && text("action")? == self.action.as_str()
                && address("contract_address")? == proof.clearing_house
                && proof.cycle.named_by(root, &proof.asset)? == proof.cycle_id
                && address("asset_address")? == proof.asset
                && address("participant")? == proof.participant
                && debtor.is_none_or(|debtor| debtor == proof.participant)
                && quantity(root, "amount")? == proof.amount
                && quantity(root, "payable_value")? == self.value()
                && path(root)? == proof.path,
        )
    }

    /// Which call.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The clearing house.
    pub fn contract(&self) -> &Address {
        &self.proof.clearing_house
    }

    /// Wei to send along: the debt in native ether, else nothing.
    pub fn value(&self) -> Amount {
        let pays_ether = self.action == Action::PayNetDebit && self.proof.asset == Address::ZERO;
        if pays_ether { self.proof.amount } else { Amount::ZERO }
    }

    /// `bytes32 cycleId`, the first argument.
    pub fn cycle_id(&self) -> &Hash {
        &self.proof.cycle_id
    }

    /// The position it settles: amount, account and path are its arguments.
    pub fn proof(&self) -> &ClearingProof {
        &self.proof
    }
}
