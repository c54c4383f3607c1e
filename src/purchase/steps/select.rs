//! From a challenge to the one offer that is paid: allowed, then cheapest, then preferred. The seller's order
//! decides nothing.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Code;
use crate::policy::{Approved, Context, Policy};
use crate::primitives::Url;
use crate::purchase::command::Failure;
use crate::registry::Registry;
use crate::scheme::Offer;
use crate::x402::Challenge;

/// Ways to pay that are understood, and what was wrong with the others.
#[derive(Debug)]
pub(in crate::purchase) struct Offers {
    offers: Vec<Offer>,
    considered: Vec<(usize, Code)>,
}

impl Offers {
    /// Reads every entry as far as it can be read.
    pub(super) fn read(challenge: &Challenge<'_>, resource: &Url, registry: &Registry) -> Self {
        let mut offers = Vec::new();
        let mut considered: Vec<_> =
            challenge.skipped.iter().map(|skipped| (skipped.index, skipped.error.code())).collect();
        for entry in &challenge.entries {
            let terms = &entry.requirement;
            let wire = challenge.match_resource(terms, resource).and_then(|()| challenge.match_echo(terms));
            match wire.map_err(|error| error.code()) {
                Err(code) => note(&mut considered, entry.index, code),
                Ok(()) => match Offer::read(challenge, entry, registry) {
                    Ok(offer) => offers.push(offer),
                    Err(error) => note(&mut considered, entry.index, error.code()),
                },
            }
        }
        Offers { offers, considered }
    }

    /// Approves the best offer.
    ///
    /// # Errors
    /// When none is allowed: the denial of the policy if an offer was understood, else what was wrong with the
    /// first entry.
    pub(super) fn select(self, policy: &Policy, context: &Context<'_>) -> Result<Approved, Failure> {
        let mut considered = self.considered;
        let mut denial = None;
        let mut approved: Vec<Approved> = Vec::new();
        for offer in self.offers {
            let index = offer.index;
            match policy.approve(offer, context) {
                Ok(approval) => approved.push(approval),
                Err(denied) => {
                    note(&mut considered, index, denied.code());
                    denial.get_or_insert(denied);
                }
            }
        }
        if let Some(best) = approved.into_iter().min_by(|one, other| rank(policy, one).cmp(&rank(policy, other))) {
            return Ok(best);
        }
        let first = considered.first().map_or(Code::Accepts, |(_, code)| *code);
        let (code, facts) = denial.map_or((first, String::new()), |denied| (denied.code(), denied.facts()));
        Err(Failure { code, facts, considered })
    }
}

// In the order of `accepts`. A sort would be 2 KB gzip for at most 16 entries.
fn note(considered: &mut Vec<(usize, Code)>, index: usize, code: Code) {
    let at = considered.partition_point(|(other, _)| *other < index);
    considered.insert(at, (index, code));
}

// Only prices in the currency of the policy can be compared: others come last, by preference alone. Between equals the
// terms themselves decide, so that a seller gains nothing by its order (threats P38).
fn rank<'a>(policy: &Policy, approved: &'a Approved) -> impl Ord + use<'a> {
    let offer = approved.offer();
    let price = approved.price().filter(|price| policy.currency() == Some(price.currency()));
    let terms = (offer.network, offer.asset.address, offer.amount, offer.pay_to, offer.envelope.accepted());
    (price.is_none(), price.map(|price| price.units()), policy.preference(offer), terms)
}

/// A seller's text for people: escaped, at most 200 characters.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    let mut json = String::new();
    crate::json::push_string(&mut json, &short);
    format!("the seller says {json}")
}
