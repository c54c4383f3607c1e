//! Settling `exact`: the facilitator sends the transfer, and from a price on only the chain's word counts.

use alloc::string::{String, ToString};

use super::evidence::{self, Named, Seen, confirm, has_node, search};
use super::{Outcome, Subject, told, unknown};
use crate::core4mica::facilitator::settle_request;
use crate::error::SaleCode;
use crate::json;
use crate::policy::Money;
use crate::primitives::{Amount, Hash, hex};
use crate::registry::Asset;
use crate::sale::config::Paywall;
use crate::sale::row::Row;
use crate::sale::sell::{Desk, Stop};
use crate::x402::facilitator::Settled;

const UNSEEN: &str = "the chain does not show the transfer yet";
const OTHERWISE: &str = "the transaction that was named did not make the transfer";

pub(super) async fn settle(
    desk: &Desk,
    paywall: &Paywall,
    row: &Row,
    subject: &Subject<'_>,
    again: bool,
) -> Result<Outcome, Stop> {
    if again && has_node(subject, paywall) {
        if let Some(outcome) = earlier(desk, row, subject).await? {
            return Ok(outcome);
        }
    }
    let sealed = row.sealed.as_ref().ok_or(Stop::Store(super::UNSEALED))?;
    let request = settle_request(subject.url, sealed.version, &sealed.payment, &sealed.requirements);
    let fetched = desk.fetch(subject.party(), request).await?;
    let outcome = match Settled::read(fetched.status, &fetched.body, &subject.asked(sealed.version)) {
        Settled::Settled(transaction) => return believed(desk, paywall, row, subject, &transaction).await,
        Settled::Contradicts => unknown(row, SaleCode::Unproven, "the facilitator's success contradicts the payment"),
        Settled::Failed { reason, transaction } => {
            let facts = reason.as_deref().map(json::quoted).unwrap_or_default();
            failed(row, SaleCode::Unknown, facts, transaction.as_ref())
        }
        Settled::NoAnswer if seeded_bug!(26) => return Ok(Outcome::Refused(String::new())),
        Settled::NoAnswer => unknown(row, SaleCode::Unknown, status(fetched.status)),
    };
    if !has_node(subject, paywall) {
        return Ok(outcome);
    }
    // Somebody else may have sent it (threats S18), or the facilitator sent it and did not see it arrive (S10).
    let named = match &outcome {
        Outcome::Unknown { evidence, .. } => named_by(evidence.transaction.as_deref()),
        _ => None,
    };
    Ok(proven(desk, row, subject, named).await?.unwrap_or(outcome))
}

// What became of an earlier request to settle.
async fn earlier(desk: &Desk, row: &Row, subject: &Subject<'_>) -> Result<Option<Outcome>, Stop> {
    let named = named_by(row.record.evidence.transaction.as_deref());
    proven(desk, row, subject, named).await
}

async fn proven(desk: &Desk, row: &Row, subject: &Subject<'_>, named: Option<Hash>) -> Result<Option<Outcome>, Stop> {
    if let Some(transaction) = named {
        if matches!(confirm(desk, row, subject, &transaction).await?, Named::Paid) {
            return Ok(Some(evidence::paid(row, subject, &transaction)));
        }
    }
    Ok(match search(desk, row, subject).await? {
        Seen::Paid(transaction) => Some(evidence::paid(row, subject, &transaction)),
        Seen::Dead(why) => Some(Outcome::Refused(why)),
        Seen::Nothing => None,
    })
}

// The facilitator's success: enough below the limit, else only where the chain shows the transfer.
async fn believed(
    desk: &Desk,
    paywall: &Paywall,
    row: &Row,
    subject: &Subject<'_>,
    transaction: &Hash,
) -> Result<Outcome, Stop> {
    if !wants_evidence(&subject.asset, subject.terms.amount, paywall) {
        let mut evidence = row.record.evidence.clone();
        evidence.problem = None;
        evidence.transaction = Some(hex::encode(transaction));
        return Ok(Outcome::Settled { evidence, settlement: told::of_transfer(subject, transaction) });
    }
    Ok(match confirm(desk, row, subject, transaction).await? {
        Named::Paid => evidence::paid(row, subject, transaction),
        Named::Not => failed(row, SaleCode::Unproven, String::from(OTHERWISE), Some(transaction)),
        Named::Nothing => failed(row, SaleCode::Unknown, String::from(UNSEEN), Some(transaction)),
    })
}

/// Whether the chain must confirm a payment of this price.
pub(super) fn wants_evidence(asset: &Asset, amount: Amount, paywall: &Paywall) -> bool {
    let Some(above) = paywall.evidence_above() else { return false };
    // What cannot be compared is not below it.
    Money::of(asset, amount).is_none_or(|price| price.currency() != above.currency() || price.units() >= above.units())
}

// With the transaction that was named: it is looked at first when it is tried again.
fn failed(row: &Row, code: SaleCode, facts: String, transaction: Option<&Hash>) -> Outcome {
    let mut evidence = row.record.evidence.clone();
    if let Some(transaction) = transaction {
        evidence.transaction = Some(hex::encode(transaction));
    }
    Outcome::Unknown { code, facts, evidence }
}

fn named_by(transaction: Option<&str>) -> Option<Hash> {
    hex::decode_fixed(transaction?)
}

fn status(status: u16) -> String {
    match status {
        0 => String::from("the facilitator did not answer"),
        status => ["the facilitator answered with status ", &status.to_string()].concat(),
    }
}
