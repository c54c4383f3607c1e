//! What the seller's own node says of a payment by `exact`: the money moved to the seller, it never will, or neither is
//! proven.

use alloc::string::String;

use super::{Subject, told};
use crate::contract::authorisation::{self, Fate, Inquiry, Look, MARGIN_S, Transfer, transfers};
use crate::contract::rpc::{self, Call};
use crate::primitives::{Hash, hex};
use crate::sale::config::Paywall;
use crate::sale::row::Row;
use crate::sale::sell::{Desk, Stop};
use crate::sale::settle::Outcome;

/// How long before it was presented a payment may have been used, in seconds. What is older stays unproven.
const EARLIER_S: u64 = 600;

/// What the chain says.
pub(super) enum Seen {
    /// The transfer happened, in this transaction.
    Paid(Hash),
    /// It never will; why, for people.
    Dead(String),
    /// Neither is proven.
    Nothing,
}

/// What one transaction proves.
pub(super) enum Named {
    /// It made the transfer.
    Paid,
    /// It is there, and it did not.
    Not,
    /// Nobody knows.
    Nothing,
}

/// Whether a node can be asked about this payment.
pub(super) fn has_node(subject: &Subject<'_>, paywall: &Paywall) -> bool {
    paywall.has_node(subject.network)
}

/// Searches the finalized chain for the use of the nonce.
pub(super) async fn search(desk: &Desk, row: &Row, subject: &Subject<'_>) -> Result<Seen, Stop> {
    let attempt = &row.record.facts.attempt;
    let (Some(valid_before_s), Some(first)) = (attempt.valid_before_s, row.record.history().first()) else {
        return Ok(Seen::Nothing);
    };
    let question = authorisation::Subject {
        network: subject.network,
        token: subject.asset.address,
        payer: subject.payer,
        nonce: attempt.nonce,
        valid_before_s,
        since_s: first.at_s.saturating_sub(EARLIER_S + MARGIN_S),
        // The payer can, at any time.
        uncancelled_s: None,
    };
    let (mut inquiry, mut call) = Inquiry::new(question, desk.now_s());
    let fate = loop {
        let answer = desk.call(call).await?;
        match inquiry.on_answer(answer.status, &answer.body, desk.now_s()) {
            Look::Call(next) => call = next,
            Look::Found(fate) => break fate,
        }
    };
    match fate {
        Fate::Dead { block } => Ok(Seen::Dead(alloc::format!("unused or cancelled, as of block {block}"))),
        Fate::Used { transaction: Some(transaction), .. } => match look(desk, row, subject, &transaction).await? {
            Named::Paid => Ok(Seen::Paid(transaction)),
            // The payer signed the nonce twice, and the other authorisation was used, for good.
            Named::Not => Ok(Seen::Dead(alloc::format!("nonce used elsewhere, in {}", hex::encode(&transaction)))),
            Named::Nothing => Ok(Seen::Nothing),
        },
        Fate::Used { transaction: None, .. } | Fate::Unsure { .. } => Ok(Seen::Nothing),
    }
}

/// Looks at the newest receipt of a transaction that somebody named.
pub(super) async fn confirm(desk: &Desk, row: &Row, subject: &Subject<'_>, transaction: &Hash) -> Result<Named, Stop> {
    let answer = desk.call(Call::chain_id(subject.network)).await?;
    if rpc::read(answer.status, &answer.body, rpc::quantity) != Ok(subject.network.chain_id()) {
        return Ok(Named::Nothing);
    }
    look(desk, row, subject, transaction).await
}

/// A payment that the chain proved.
pub(super) fn paid(row: &Row, subject: &Subject<'_>, transaction: &Hash) -> Outcome {
    let mut evidence = row.record.evidence.clone();
    evidence.problem = None;
    evidence.transaction = Some(hex::encode(transaction));
    evidence.proof = Some(alloc::format!("chain {}", subject.network));
    Outcome::Settled { evidence, settlement: told::of_transfer(subject, transaction) }
}

async fn look(desk: &Desk, row: &Row, subject: &Subject<'_>, transaction: &Hash) -> Result<Named, Stop> {
    let expected = Transfer {
        token: subject.asset.address,
        payer: subject.payer,
        nonce: row.record.facts.attempt.nonce,
        recipient: subject.terms.pay_to,
        amount: subject.terms.amount,
    };
    let answer = desk.call(Call::receipt(subject.network, transaction)).await?;
    let read = rpc::read(answer.status, &answer.body, |node| transfers(node, transaction, &expected));
    Ok(match read {
        Ok(Some(true)) => Named::Paid,
        Ok(Some(false)) => Named::Not,
        Ok(None) | Err(_) => Named::Nothing,
    })
}
