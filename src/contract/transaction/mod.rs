//! Transactions of the owner: what is to be done in, what the wallet is asked out, with words for the person before it.
//!
//! Nothing here is sent. Gas and its price are the wallet's to estimate. An approval is of exactly what is taken next,
//! never more.

mod words;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub use words::counted;
pub(super) use words::{stated, taken_back, withdrawn};

use super::{clearing_house, core4mica, erc20};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::registry::Asset;

/// What the wallet is asked to send. Made only by [`CollateralAccount`] and [`ClearingAccount`].
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transaction {
    /// Network.
    pub network: Network,
    /// The account that sends it and pays its gas.
    pub from: Address,
    /// The contract that is called.
    pub to: Address,
    /// Native ether that goes with it, in wei.
    pub value: Amount,
    /// Call data.
    pub data: Vec<u8>,
    /// What it does, for the person who is asked.
    pub words: String,
}

impl Transaction {
    /// The one parameter of `eth_sendTransaction`, without gas.
    ///
    /// # Source
    /// Ethereum JSON-RPC specification, `eth_sendTransaction`; EIP-1474 for the quantities.
    pub fn to_json(&self) -> String {
        Writer::object()
            .text("from", &self.from.checksummed())
            .text("to", &self.to.checksummed())
            .text("value", &self.value.to_hex_quantity())
            .text("data", &hex::encode(&self.data))
            .text("chainId", &Amount::from_u64(self.network.chain_id()).to_hex_quantity())
            .finish()
    }
}

/// The collateral of one account in one asset.
#[derive(Clone, Copy, Debug)]
pub struct CollateralAccount<'a> {
    /// Core4Mica, as pinned or as the core's parameters name it.
    pub contract: Address,
    /// Whose collateral.
    pub owner: Address,
    /// The pinned asset; its address is zero for native ether.
    pub asset: &'a Asset,
}

impl CollateralAccount<'_> {
    /// Allows the contract to take exactly `amount`, when what it may take now is not enough. `None` when nothing has
    /// to be allowed.
    pub fn allow(&self, amount: Amount, allowed_now: Amount) -> Option<Transaction> {
        self.parties().allow(amount, allowed_now, "collateral contract")
    }

    /// Puts collateral in. `None` for no amount, or a contract that cannot be one.
    pub fn deposit(&self, amount: Amount) -> Option<Transaction> {
        let Parties { asset, contract, .. } = self.parties().amounting(amount)?;
        let words = format!("Deposit {} as collateral into 4Mica's contract {contract}", stated(asset, amount));
        let data = core4mica::deposit(&asset.address, &amount);
        Some(Transaction { value: self.parties().value(amount), ..self.parties().call(data, words) })
    }

    /// Asks collateral back, which takes the contract's grace period. `None` as for [`deposit`](Self::deposit).
    pub fn request_withdrawal(&self, amount: Amount) -> Option<Transaction> {
        let Parties { asset, contract, .. } = self.parties().amounting(amount)?;
        let words = withdrawn(&contract, asset, amount);
        Some(self.parties().call(core4mica::request_withdrawal(&asset.address, &amount), words))
    }

    /// Takes the request back. `None` for a contract that cannot be one.
    pub fn cancel_withdrawal(&self) -> Option<Transaction> {
        let Parties { asset, contract, .. } = self.parties().sound()?;
        let words = taken_back(&contract, asset);
        Some(self.parties().call(core4mica::cancel_withdrawal(&asset.address), words))
    }

    /// Takes out what was requested. `None` for a contract that cannot be one.
    pub fn finalize_withdrawal(&self) -> Option<Transaction> {
        let Parties { asset, contract, owner } = self.parties().sound()?;
        let words = format!(
            "Take the requested {} ({}) out of 4Mica's contract {contract}, to {owner}",
            asset.name, asset.network
        );
        Some(self.parties().call(core4mica::finalize_withdrawal(&asset.address), words))
    }

    pub(super) fn parties(&self) -> Parties<'_> {
        Parties { contract: self.contract, owner: self.owner, asset: self.asset }
    }
}

/// What one account owes or is owed in one asset.
#[derive(Clone, Copy, Debug)]
pub struct ClearingAccount<'a> {
    /// The clearing house, as pinned or as the core's parameters name it.
    pub clearing_house: Address,
    /// Who owes or is owed.
    pub participant: Address,
    /// The pinned asset; its address is zero for native ether.
    pub asset: &'a Asset,
}

impl ClearingAccount<'_> {
    /// Allows the clearing house to take exactly `amount`, when what it may take now is not enough. `None` when nothing
    /// has to be allowed.
    pub fn allow(&self, amount: Amount, allowed_now: Amount) -> Option<Transaction> {
        self.parties().allow(amount, allowed_now, "clearing house")
    }

    /// Pays what is owed of a cycle. `None` for no amount, a proof of more than [`clearing_house::MAX_PROOF`] hashes, or
    /// a contract that cannot be one.
    pub fn pay_net_debit(&self, cycle_id: &Hash, amount: Amount, proof: &[Hash]) -> Option<Transaction> {
        let Parties { asset, contract, .. } = self.parties().amounting(amount)?;
        let data = clearing_house::pay_net_debit(cycle_id, &amount, proof)?;
        let (debit, cycle) = (stated(asset, amount), hex::encode(cycle_id));
        let words = format!("Pay the net debit of {debit} of cycle {cycle} to 4Mica's clearing house {contract}");
        Some(Transaction { value: self.parties().value(amount), ..self.parties().call(data, words) })
    }

    /// Takes what is owed by a cycle. `None` as for [`pay_net_debit`](Self::pay_net_debit).
    pub fn claim_net_credit(&self, cycle_id: &Hash, amount: Amount, proof: &[Hash]) -> Option<Transaction> {
        let Parties { asset, contract, owner } = self.parties().amounting(amount)?;
        let data = clearing_house::claim_net_credit(cycle_id, &amount, proof)?;
        let (credit, cycle) = (stated(asset, amount), hex::encode(cycle_id));
        let words = format!(
            "Take the net credit of {credit} of cycle {cycle} out of 4Mica's clearing house {contract}, to {owner}"
        );
        Some(self.parties().call(data, words))
    }

    pub(super) fn parties(&self) -> Parties<'_> {
        Parties { contract: self.clearing_house, owner: self.participant, asset: self.asset }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Parties<'a> {
    pub(super) contract: Address,
    pub(super) owner: Address,
    pub(super) asset: &'a Asset,
}

impl<'a> Parties<'a> {
    // A call to nobody, or to the token instead, would succeed and lose what goes with it.
    pub(super) fn sound(self) -> Option<Parties<'a>> {
        (!self.contract.is_reserved() && self.contract != self.asset.address).then_some(self)
    }

    pub(super) fn amounting(self, amount: Amount) -> Option<Parties<'a>> {
        if amount.is_zero() { None } else { self.sound() }
    }

    fn allow(self, amount: Amount, allowed_now: Amount, name: &str) -> Option<Transaction> {
        let Parties { asset, contract, .. } = self.amounting(amount)?;
        if asset.address == Address::ZERO || allowed_now >= amount {
            return None;
        }
        let words = format!("Allow 4Mica's {name} {contract} to take exactly {}", stated(asset, amount));
        Some(Transaction { to: asset.address, ..self.call(erc20::approve(&contract, &amount), words) })
    }

    fn value(self, amount: Amount) -> Amount {
        if self.asset.address == Address::ZERO { amount } else { Amount::ZERO }
    }

    fn call(self, data: Vec<u8>, words: String) -> Transaction {
        let Parties { contract, owner, asset } = self;
        Transaction { network: asset.network, from: owner, to: contract, value: Amount::ZERO, data, words }
    }
}

#[cfg(test)]
mod tests;
