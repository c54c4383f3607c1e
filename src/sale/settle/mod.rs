//! Settling: a row whose payment was sealed, to what is known of its settlement.
//!
//! A facilitator's word is read strictly, and a failure proves nothing (threats P30, S10): only the chain, or a core's
//! stated reason, makes a refusal. Asking again sends the identical bytes.

mod evidence;
mod exact;
mod guarantee;
mod told;

use alloc::string::String;

use super::config::Paywall;
use super::present::Presented;
use super::row::Row;
use super::sell::{Desk, Party, Stop};
use crate::core4mica::facilitator::verify_request;
use crate::error::SaleCode;
use crate::json;
use crate::owner::pinned_asset;
use crate::primitives::{Address, Network};
use crate::record::{EvidenceFacts, TermsFacts};
use crate::registry::Asset;
use crate::x402::SchemeName;
use crate::x402::facilitator::{Asked, Verified};

/// Whether the price wants the chain's word and nobody can ask for it.
pub(super) fn evidence_is_missing(presented: &Presented) -> bool {
    let (offer, paywall) = (presented.offer(), presented.terms().paywall());
    offer.scheme == SchemeName::Exact
        && exact::wants_evidence(&offer.asset, offer.amount, paywall)
        && !paywall.has_node(offer.network)
}

/// What is known of a settlement.
pub(super) enum Outcome {
    /// It happened: what the record says of it, and what the buyer is told.
    Settled { evidence: EvidenceFacts, settlement: String },
    /// Proven: it did not happen and never will. Why, for people.
    Refused(String),
    /// Nobody knows.
    Unknown { code: SaleCode, facts: String, evidence: EvidenceFacts },
}

/// A facilitator's verification.
pub(super) enum Verification {
    Valid,
    /// Its reason, quoted.
    Invalid(String),
    NoAnswer,
}

/// Asks the facilitator whether the payment could be settled now.
pub(super) async fn verify(desk: &Desk, paywall: &Paywall, row: &Row) -> Result<Verification, Stop> {
    let Some(subject) = Subject::of(row, paywall) else { return Ok(Verification::NoAnswer) };
    let sealed = row.sealed.as_ref().ok_or(Stop::Store(UNSEALED))?;
    let request = verify_request(subject.url, sealed.version, &sealed.payment, &sealed.requirements);
    let fetched = desk.fetch(subject.party(), request).await?;
    let verified = Verified::read(fetched.status, &fetched.body, &subject.asked(sealed.version));
    Ok(match verified {
        Verified::Valid => Verification::Valid,
        Verified::NoAnswer if seeded_bug!(24) => Verification::Valid,
        Verified::NoAnswer => Verification::NoAnswer,
        Verified::Invalid(reason) => Verification::Invalid(reason.as_deref().map(json::quoted).unwrap_or_default()),
    })
}

/// Settles. `again` where an earlier request to settle may have been made; `parameters` are those of the pinned core that
/// the payment was checked under, where they are at hand.
pub(super) async fn settle(
    desk: &Desk,
    paywall: &Paywall,
    row: &Row,
    again: bool,
    parameters: Option<&[u8]>,
) -> Result<Outcome, Stop> {
    desk.may_be_settled();
    let Some(subject) = Subject::of(row, paywall) else {
        return Ok(unknown(row, SaleCode::Unknown, "this seller no longer has what the payment was made for"));
    };
    match subject.scheme {
        SchemeName::Exact => exact::settle(desk, paywall, row, &subject, again).await,
        SchemeName::Credit => guarantee::settle(desk, paywall, row, &subject, again, parameters).await,
    }
}

const UNSEALED: &str = "the sealed part of this sale is missing";

fn unknown(row: &Row, code: SaleCode, facts: impl Into<String>) -> Outcome {
    Outcome::Unknown { code, facts: facts.into(), evidence: row.record.evidence.clone() }
}

/// What a row is about, in terms of what the seller has configured now.
struct Subject<'a> {
    scheme: SchemeName,
    network: Network,
    asset: Asset,
    payer: Address,
    terms: &'a TermsFacts,
    /// Of the facilitator.
    url: &'a str,
}

impl<'a> Subject<'a> {
    fn of(row: &'a Row, paywall: &'a Paywall) -> Option<Self> {
        let terms = &row.record.facts.terms;
        let (scheme, network) = (SchemeName::parse(&terms.scheme)?, Network::parse(&terms.network)?);
        let asset = pinned_asset(terms, paywall.registry())?;
        let url = &paywall.facilitator(scheme)?.url;
        Some(Subject { scheme, network, asset, payer: row.record.facts.attempt.payer, terms, url })
    }

    fn party(&self) -> Party {
        match self.scheme {
            SchemeName::Exact => Party::Exact,
            SchemeName::Credit => Party::Credit,
        }
    }

    fn asked(&self, version: u64) -> Asked {
        let version = if version == 1 { crate::x402::Version::V1 } else { crate::x402::Version::V2 };
        Asked { version, payer: self.payer, network: self.network, amount: self.terms.amount }
    }
}
