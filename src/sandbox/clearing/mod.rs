//! Clearing cycles: charges in, frozen batches out, and who has paid and claimed.
//!
//! A cycle is as long as the sandbox was told, or ends when it is closed: the next one of the asset begins then.
//! Knows no HTTP (`questions` answers it) and no signatures.

mod cycle;
mod merkle;
mod questions;

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Revert;
use crate::sandbox::bank::Bank;
pub(crate) use cycle::{Batch, Charge, Cycle, Position};
pub(crate) use questions::Question;

use crate::primitives::{Address, Hash, keccak256};

/// How the clearing house works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) chain_id: u64,
    /// Clearing house contract.
    pub(crate) house: Address,
    pub(crate) cycle_s: u64,
    /// How long debtors may pay after a cycle was closed.
    pub(crate) payment_s: u64,
}

/// The period that charges count in at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    pub(crate) text: String,
    pub(crate) id: Hash,
    pub(crate) start_s: u64,
    pub(crate) end_s: u64,
    /// The clock of the core: a cycle that was closed in its first second is followed by one that begins a second on.
    pub(crate) now_s: u64,
}

/// All cycles, by their text id.
pub(crate) struct Clearing {
    pub(crate) terms: Terms,
    cycles: BTreeMap<String, Cycle>,
    // First second of the present cycle of an asset whose last one was closed before its end.
    opened_s: BTreeMap<Address, u64>,
}

impl Clearing {
    pub(crate) fn new(terms: Terms) -> Self {
        Clearing { terms, cycles: BTreeMap::new(), opened_s: BTreeMap::new() }
    }

    /// The period of an asset.
    ///
    /// # Source
    /// Protocol notes, "cycle_id": the hash of `lower(asset):period_start`.
    pub(crate) fn period(&self, asset: &Address, now_s: u64) -> Period {
        let regular_s = now_s - now_s % self.terms.cycle_s;
        let start_s = self.opened_s.get(asset).map_or(regular_s, |opened_s| regular_s.max(*opened_s));
        let text = format!("{}:{start_s}", asset.lower());
        Period {
            id: keccak256(text.as_bytes()),
            text,
            start_s,
            end_s: start_s - start_s % self.terms.cycle_s + self.terms.cycle_s,
            now_s: now_s.max(start_s),
        }
    }

    /// Adds a charge to a period.
    pub(crate) fn charge(&mut self, period: &Period, asset: Address, charge: Charge) {
        let cycle = self.cycles.entry(period.text.clone()).or_insert_with(|| Cycle {
            text: period.text.clone(),
            id: period.id,
            asset,
            charges: Vec::new(),
            batch: None,
        });
        cycle.charges.push(charge);
    }

    /// A cycle that anything was charged in, by its text; with `or_hash` also by its hash.
    pub(crate) fn cycle(&self, name: &str, or_hash: bool) -> Option<&Cycle> {
        self.cycles.get(name).or_else(|| {
            let hashed = |cycle: &&Cycle| crate::primitives::hex::encode(&cycle.id) == name.to_ascii_lowercase();
            if or_hash { self.cycles.values().find(hashed) } else { None }
        })
    }

    /// Freezes every open cycle of an asset that has something to net, and opens the payment window. Who owes nothing
    /// has its collateral back at once.
    ///
    /// # Errors
    /// [`Revert::AmountZero`]: nothing to net.
    pub(crate) fn close(&mut self, asset: &Address, bank: &mut Bank, now_s: u64) -> Result<Vec<&Cycle>, Revert> {
        let period = self.period(asset, now_s);
        let submission_s = period.now_s + self.terms.payment_s;
        let mut closed = Vec::new();
        for cycle in self.cycles.values_mut().filter(|cycle| cycle.asset == *asset && cycle.batch.is_none()) {
            let text = cycle.text.clone();
            match cycle.freeze(self.terms.chain_id, self.terms.house, submission_s) {
                Ok(batch) => {
                    for even in batch.positions.iter().filter(|position| !position.is_debtor()) {
                        bank.unlock((even.participant, *asset), even.locked, now_s);
                    }
                    closed.push(text);
                }
                // Nothing but pending validations: the cycle waits for them.
                Err(Revert::AmountZero) => {}
                Err(revert) => return Err(revert),
            }
        }
        if closed.is_empty() {
            return Err(Revert::AmountZero);
        }
        if closed.contains(&period.text) {
            self.opened_s.insert(*asset, period.now_s.max(period.start_s + 1));
        }
        Ok(closed.iter().filter_map(|text| self.cycles.get(text)).collect())
    }

    /// A debtor pays from its wallet and has its collateral back.
    pub(crate) fn pay(&mut self, cycle: &str, who: &Address, bank: &mut Bank, now_s: u64) -> Result<(), Revert> {
        let (asset, submission_s, position) = self.open_position(cycle, who, Position::is_debtor)?;
        if now_s > submission_s {
            return Err(Revert::PaymentWindowElapsed);
        }
        bank.pay_in(*who, asset, position.debit)?;
        bank.unlock((*who, asset), position.locked, now_s);
        position.is_settled = true;
        Ok(())
    }

    /// A creditor takes what it is owed, once enough was paid in.
    pub(crate) fn claim(&mut self, cycle: &str, who: &Address, bank: &mut Bank) -> Result<(), Revert> {
        let (asset, _, position) = self.open_position(cycle, who, Position::is_creditor)?;
        bank.pay_out(*who, asset, position.credit)?;
        position.is_settled = true;
        Ok(())
    }

    /// After the window: what a debtor owes is taken from its collateral.
    pub(crate) fn default(&mut self, cycle: &str, who: &Address, bank: &mut Bank, now_s: u64) -> Result<(), Revert> {
        let (asset, submission_s, position) = self.open_position(cycle, who, Position::is_debtor)?;
        if now_s <= submission_s {
            return Err(Revert::PaymentFinalityPending);
        }
        bank.unlock((*who, asset), position.locked, now_s);
        bank.cover((*who, asset), position.debit, now_s)?;
        position.is_settled = true;
        Ok(())
    }

    // Asset, last second of the window, and the position itself.
    fn open_position(
        &mut self,
        cycle: &str,
        who: &Address,
        is_meant: impl Fn(&Position) -> bool,
    ) -> Result<(Address, u64, &mut Position), Revert> {
        let cycle = self.cycles.get_mut(cycle).ok_or(Revert::CycleNotFound)?;
        let batch = cycle.batch.as_mut().ok_or(Revert::CycleNotFound)?;
        let position = batch.positions.iter_mut().find(|position| position.participant == *who && is_meant(position));
        let position = position.ok_or(Revert::InvalidProof)?;
        if position.is_settled { Err(Revert::AlreadySettled) } else { Ok((cycle.asset, batch.submission_s, position)) }
    }
}
