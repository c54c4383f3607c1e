//! One clearing cycle of one asset: guarantees in, one net debit or credit for each participant out.
//!
//! Knows no balances: what is owed is computed here, who paid is noted here, money moves in `bank`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::merkle::{self, Place, Tree};
use crate::primitives::{Address, Amount, Hash};
use crate::sandbox::Revert;

/// What a guarantee adds to a cycle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) payer: Address,
    pub(crate) recipient: Address,
    pub(crate) amount: Amount,
    /// `false` while a validation is pending: such a charge is not netted.
    pub(crate) is_final: bool,
}

/// Charges of one asset between two moments.
#[derive(Debug)]
pub(crate) struct Cycle {
    pub(crate) text: String,
    pub(crate) id: Hash,
    pub(crate) asset: Address,
    pub(crate) charges: Vec<Charge>,
    pub(crate) batch: Option<Batch>,
}

/// A frozen cycle.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) root: Hash,
    pub(crate) positions: Vec<Position>,
    /// Unix seconds: the last one in which debtors may pay.
    pub(crate) submission_s: u64,
}

/// What one participant owes or is owed, in atomic units. One of the two is zero; both for who is even.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    pub(crate) participant: Address,
    pub(crate) debit: Amount,
    pub(crate) credit: Amount,
    /// Collateral that the participant's charges keep locked.
    pub(crate) locked: Amount,
    pub(crate) leaf: Hash,
    pub(crate) proof: Vec<Hash>,
    pub(crate) is_settled: bool,
}

impl Position {
    pub(crate) fn is_creditor(&self) -> bool {
        !self.credit.is_zero()
    }

    pub(crate) fn is_debtor(&self) -> bool {
        !self.debit.is_zero()
    }

    /// The net amount, whichever side it is on.
    pub(crate) fn amount(&self) -> Amount {
        if self.is_creditor() { self.credit } else { self.debit }
    }
}

#[derive(Clone, Copy)]
struct Gross {
    outgoing: Amount,
    incoming: Amount,
}

impl Cycle {
    /// Freezes the cycle: every final charge is netted, every net amount becomes a leaf.
    ///
    /// # Errors
    /// [`Revert::CycleAlreadyCommitted`], [`Revert::AmountZero`] without anything to net (as the contract says of an
    /// empty batch), [`Revert::AmountTooLarge`].
    pub(super) fn freeze(&mut self, chain_id: u64, house: Address, submission_s: u64) -> Result<&Batch, Revert> {
        if self.batch.is_some() {
            return Err(Revert::CycleAlreadyCommitted);
        }
        let place = Place { chain_id, house, cycle_id: self.id, asset: self.asset };
        let mut positions = Vec::new();
        for (participant, Gross { outgoing, incoming }) in self.gross()? {
            let debit = outgoing.minus(incoming).unwrap_or(Amount::ZERO);
            let credit = incoming.minus(outgoing).unwrap_or(Amount::ZERO);
            let is_creditor = !credit.is_zero();
            let leaf = merkle::leaf(&place, &participant, if is_creditor { &credit } else { &debit }, is_creditor);
            positions.push(Position {
                participant,
                debit,
                credit,
                locked: outgoing,
                leaf,
                proof: Vec::new(),
                is_settled: false,
            });
        }
        if positions.is_empty() {
            return Err(Revert::AmountZero);
        }
        let charged = |position: &&mut Position| position.is_debtor() || position.is_creditor();
        let tree = Tree::new(positions.iter_mut().filter(charged).map(|position| position.leaf).collect());
        for position in positions.iter_mut().filter(charged) {
            position.proof = tree.proof(&position.leaf);
        }
        Ok(self.batch.insert(Batch { root: tree.root(), positions, submission_s }))
    }

    fn gross(&self) -> Result<BTreeMap<Address, Gross>, Revert> {
        let mut gross = BTreeMap::new();
        let empty = Gross { outgoing: Amount::ZERO, incoming: Amount::ZERO };
        for charge in self.charges.iter().filter(|charge| charge.is_final) {
            let payer = gross.entry(charge.payer).or_insert(empty);
            payer.outgoing = payer.outgoing.plus(charge.amount).ok_or(Revert::AmountTooLarge)?;
            let recipient = gross.entry(charge.recipient).or_insert(empty);
            recipient.incoming = recipient.incoming.plus(charge.amount).ok_or(Revert::AmountTooLarge)?;
        }
        Ok(gross)
    }
}

impl Batch {
    pub(crate) fn position(&self, participant: &Address) -> Option<&Position> {
        self.positions.iter().find(|position| position.participant == *participant)
    }
}
