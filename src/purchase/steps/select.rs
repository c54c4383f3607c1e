//! From a challenge to the one offer that is paid: allowed, then cheapest, then preferred. The seller's order
//! decides nothing.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Code;
use crate::json;
use crate::policy::{Approved, Context, Decision, Pending, Policy, Refused};
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

    /// Decides on the best offer: one that may be paid at once before one that must be asked about.
    ///
    /// # Errors
    /// When none is allowed: the denial of the policy if an offer was understood, else what was wrong with the
    /// first entry.
    pub(super) fn select(self, policy: &Policy, context: &Context<'_>) -> Result<Selected, Denial> {
        let mut considered = self.considered;
        let mut denial = None;
        let (mut allowed, mut asking) = (None, None);
        for offer in self.offers {
            let index = offer.index;
            match policy.decide(offer, context) {
                Decision::Allow(approved) => keep(policy, &mut allowed, approved, |approved| approved),
                Decision::Ask(pending) => keep(policy, &mut asking, pending, Pending::approval),
                Decision::Deny(refused) => {
                    note(&mut considered, index, refused.denied.code());
                    denial.get_or_insert(refused);
                }
            }
        }
        match (allowed, asking) {
            (Some(approved), _) => Ok(Selected::Allowed(approved)),
            (None, Some(pending)) => Ok(Selected::Asking(pending)),
            (None, None) => {
                let first = considered.first().map_or(Code::Accepts, |(_, code)| *code);
                let denied = denial.as_ref().map(|refused| &refused.denied);
                let (code, facts) = denied.map_or((first, String::new()), |denied| (denied.code(), denied.facts()));
                let failure = Failure { considered, ..Failure::with(code, facts) };
                Err(Denial { failure, refused: denial })
            }
        }
    }
}

/// The offer that is paid, or asked about.
#[derive(Debug)]
pub(super) enum Selected {
    Allowed(Approved),
    Asking(Pending),
}

impl Selected {
    pub(super) fn approval(&self) -> &Approved {
        match self {
            Selected::Allowed(approved) => approved,
            Selected::Asking(pending) => pending.approval(),
        }
    }

    pub(super) fn question(&self) -> Option<Code> {
        match self {
            Selected::Allowed(_) => None,
            Selected::Asking(pending) => Some(pending.question()),
        }
    }
}

/// Why none is, and the terms that were denied first.
pub(super) struct Denial {
    pub(super) failure: Failure,
    pub(super) refused: Option<Box<Refused>>,
}

// The better of two, by what each would pay.
fn keep<T>(policy: &Policy, best: &mut Option<T>, other: T, of: impl Fn(&T) -> &Approved) {
    let better = best.as_ref().is_none_or(|best| rank(policy, of(&other)) < rank(policy, of(best)));
    if better {
        *best = Some(other);
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
    format!("the seller says {}", json::quoted(text))
}
