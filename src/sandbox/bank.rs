//! The money of the sandbox: wallets, collateral and the clearing house's pot, as if a chain kept them.
//!
//! Amounts in atomic units. Nothing is created but by [`Bank::mint`], nothing disappears: what one account loses
//! another has. Knows no HTTP and no guarantees; who may move what is decided by its callers.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::Revert;
use crate::json::Writer;
use crate::primitives::{Address, Amount};

/// Collateral of one account in one asset.
#[derive(Clone, Copy)]
struct Row {
    total: Amount,
    locked: Amount,
    // Counted up with every change, as core shows it.
    version: u64,
    updated_s: u64,
}

impl Row {
    const EMPTY: Row = Row { total: Amount::ZERO, locked: Amount::ZERO, version: 1, updated_s: 0 };

    fn free(&self) -> Amount {
        self.total.minus(self.locked).unwrap_or(Amount::ZERO)
    }

    fn with(self, total: Amount, locked: Amount, now_s: u64) -> Self {
        Row { total, locked, version: self.version + 1, updated_s: now_s }
    }
}

/// Every balance. Keys are account and asset.
#[derive(Default)]
pub(super) struct Bank {
    wallets: BTreeMap<(Address, Address), Amount>,
    collateral: BTreeMap<(Address, Address), Row>,
    pot: BTreeMap<Address, Amount>,
    // Everything that was minted: as it fits 256 bits, so does every sum of parts of it.
    supply: BTreeMap<Address, Amount>,
    suspended: BTreeSet<Address>,
}

impl Bank {
    /// Makes money up.
    pub(super) fn mint(&mut self, account: Address, asset: Address, amount: Amount) -> Result<(), Revert> {
        let minted = self.supply.get(&asset).copied().unwrap_or(Amount::ZERO);
        let supply = minted.plus(amount).ok_or(Revert::AmountTooLarge)?;
        self.supply.insert(asset, supply);
        self.receive(account, asset, amount)
    }

    /// From the wallet into collateral, which registers the account.
    pub(super) fn deposit(&mut self, key: (Address, Address), amount: Amount, now_s: u64) -> Result<(), Revert> {
        let row = self.row(key);
        let total = row.total.plus(amount).ok_or(Revert::AmountTooLarge)?;
        self.spend(key.0, key.1, amount)?;
        self.collateral.insert(key, row.with(total, row.locked, now_s));
        Ok(())
    }

    /// Free collateral back into the wallet.
    pub(super) fn withdraw(&mut self, key: (Address, Address), amount: Amount, now_s: u64) -> Result<(), Revert> {
        let row = self.row(key);
        if row.free() < amount {
            return Err(Revert::InsufficientAvailable);
        }
        let total = row.total.minus(amount).ok_or(Revert::InsufficientAvailable)?;
        self.receive(key.0, key.1, amount)?;
        self.collateral.insert(key, row.with(total, row.locked, now_s));
        Ok(())
    }

    /// Whether the account ever deposited.
    pub(super) fn is_registered(&self, account: &Address) -> bool {
        self.collateral.keys().any(|(owner, _)| owner == account)
    }

    /// Locks collateral for a guarantee. `false`: there is not enough that is free.
    pub(super) fn lock(&mut self, key: (Address, Address), amount: Amount, now_s: u64) -> bool {
        let Some(row) = self.collateral.get(&key).copied().filter(|row| row.free() >= amount) else { return false };
        let Some(locked) = row.locked.plus(amount) else { return false };
        self.collateral.insert(key, row.with(row.total, locked, now_s));
        true
    }

    /// Unlocks what guarantees had locked and nobody is owed any more.
    pub(super) fn unlock(&mut self, key: (Address, Address), amount: Amount, now_s: u64) {
        let row = self.row(key);
        let locked = row.locked.minus(amount).unwrap_or(Amount::ZERO);
        if locked != row.locked {
            self.collateral.insert(key, row.with(row.total, locked, now_s));
        }
    }

    /// From the wallet into the clearing house.
    pub(super) fn pay_in(&mut self, account: Address, asset: Address, amount: Amount) -> Result<(), Revert> {
        let pot = self.pot(&asset).plus(amount).ok_or(Revert::AmountTooLarge)?;
        self.spend(account, asset, amount)?;
        self.pot.insert(asset, pot);
        Ok(())
    }

    /// From the clearing house into a wallet.
    pub(super) fn pay_out(&mut self, account: Address, asset: Address, amount: Amount) -> Result<(), Revert> {
        let pot = self.pot(&asset).minus(amount).ok_or(Revert::ClaimExceedsFundedLiquidity)?;
        self.receive(account, asset, amount)?;
        self.pot.insert(asset, pot);
        Ok(())
    }

    /// From the collateral of a debtor that did not pay into the clearing house.
    pub(super) fn cover(&mut self, key: (Address, Address), amount: Amount, now_s: u64) -> Result<(), Revert> {
        let row = self.row(key);
        let total = row.total.minus(amount).ok_or(Revert::InsufficientAvailable)?;
        let pot = self.pot(&key.1).plus(amount).ok_or(Revert::AmountTooLarge)?;
        self.pot.insert(key.1, pot);
        self.collateral.insert(key, row.with(total, row.locked, now_s));
        Ok(())
    }

    /// Stops or resumes issuance for an account.
    pub(super) fn suspend(&mut self, account: Address, is_suspended: bool) {
        if is_suspended {
            self.suspended.insert(account);
        } else {
            self.suspended.remove(&account);
        }
    }

    /// Whether issuance is stopped for an account.
    pub(super) fn is_suspended(&self, account: &Address) -> bool {
        self.suspended.contains(account)
    }

    /// What core answers about an account: `null` without collateral.
    pub(super) fn balance(&self, account: Address, asset: Address) -> String {
        match self.collateral.get(&(account, asset)) {
            None => String::from("null"),
            Some(row) => Writer::object()
                .text("user_address", &account.lower())
                .text("asset_address", &asset.lower())
                .text("total", &row.total.to_hex_quantity())
                .text("locked", &row.locked.to_hex_quantity())
                .integer("version", row.version)
                .integer("updated_at", row.updated_s)
                .finish(),
        }
    }

    /// Every balance as JSON, amounts as decimal texts.
    pub(super) fn balances(&self) -> String {
        let accounts: BTreeSet<(Address, Address)> =
            self.wallets.keys().chain(self.collateral.keys()).copied().collect();
        let rows: Vec<String> = accounts
            .into_iter()
            .map(|key| {
                let row = self.row(key);
                let wallet = self.wallets.get(&key).copied().unwrap_or(Amount::ZERO);
                Writer::object()
                    .text("account", &key.0.checksummed())
                    .text("asset", &key.1.checksummed())
                    .text("wallet", &alloc::format!("{wallet}"))
                    .text("collateral", &alloc::format!("{}", row.total))
                    .text("locked", &alloc::format!("{}", row.locked))
                    .finish()
            })
            .collect();
        let pots: Vec<String> = self
            .pot
            .iter()
            .map(|(asset, amount)| {
                let pot = Writer::object().text("asset", &asset.checksummed());
                pot.text("amount", &alloc::format!("{amount}")).finish()
            })
            .collect();
        Writer::object()
            .raw("accounts", &alloc::format!("[{}]", rows.join(",")))
            .raw("clearingHouse", &alloc::format!("[{}]", pots.join(",")))
            .finish()
    }

    fn row(&self, key: (Address, Address)) -> Row {
        self.collateral.get(&key).copied().unwrap_or(Row::EMPTY)
    }

    fn pot(&self, asset: &Address) -> Amount {
        self.pot.get(asset).copied().unwrap_or(Amount::ZERO)
    }

    fn spend(&mut self, account: Address, asset: Address, amount: Amount) -> Result<(), Revert> {
        let wallet = self.wallets.get(&(account, asset)).copied().unwrap_or(Amount::ZERO);
        let rest = wallet.minus(amount).ok_or(Revert::TransferFailed)?;
        self.wallets.insert((account, asset), rest);
        Ok(())
    }

    fn receive(&mut self, account: Address, asset: Address, amount: Amount) -> Result<(), Revert> {
        let wallet = self.wallets.get(&(account, asset)).copied().unwrap_or(Amount::ZERO);
        let sum = wallet.plus(amount).ok_or(Revert::AmountTooLarge)?;
        self.wallets.insert((account, asset), sum);
        Ok(())
    }
}
