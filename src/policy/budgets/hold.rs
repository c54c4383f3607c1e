//! What a purchase takes of each budget that it counts against.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Budget, Scope, Unit};
use crate::budget::Hold;
use crate::policy::decide::Purpose;
use crate::policy::{Money, Pattern, Policy, asset_text};
use crate::primitives::{Amount, Origin};
use crate::scheme::Offer;

/// What is known of a purchase.
pub(in crate::policy) struct Subject<'a> {
    pub(in crate::policy) purpose: &'a Purpose,
    /// Origin, and what sums per seller are kept under.
    pub(in crate::policy) seller: Option<(&'a Origin, String)>,
    pub(in crate::policy) offer: Option<&'a Offer>,
}

impl Subject<'_> {
    // `None` for what is not known yet.
    fn value(&self, scope: Scope) -> Option<String> {
        let label = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        match scope {
            Scope::Task => label(&self.purpose.task),
            Scope::Session => label(&self.purpose.session),
            Scope::Agent => label(&self.purpose.agent),
            Scope::Category => label(&self.purpose.category),
            Scope::Seller => self.seller.as_ref().map(|(_, name)| name.clone()),
            Scope::PayTo => self.offer.map(|offer| offer.pay_to.checksummed()),
            Scope::Asset => self.offer.map(|offer| asset_text(&(offer.network, offer.asset.address))),
            Scope::Network => self.offer.map(|offer| offer.network.to_string()),
            Scope::Scheme => self.offer.map(|offer| String::from(offer.scheme.as_str())),
        }
    }

    // What is not known rules nothing out.
    fn has_one_of(&self, scope: Scope, values: &[String]) -> bool {
        if scope == Scope::Seller {
            let named = |seller: &Origin| {
                values.iter().any(|text| Pattern::parse(text).is_some_and(|pattern| pattern.matches(seller)))
            };
            return self.seller.as_ref().is_none_or(|(seller, _)| named(seller));
        }
        self.value(scope).is_none_or(|value| values.contains(&value))
    }
}

impl Policy {
    /// Every budget a purchase counts against, in the order of the policy. A budget whose key depends on what is not
    /// known is left out; without an offer the others are held for nothing, to be asked about.
    pub(in crate::policy) fn holds(&self, subject: &Subject<'_>, now_s: u64, zones: &[i32]) -> Vec<Hold> {
        let hold = |budget: &Budget| budget.hold(subject, now_s, self.offset_min(budget, zones));
        self.budgets.iter().filter_map(hold).collect()
    }

    fn offset_min(&self, budget: &Budget, zones: &[i32]) -> i32 {
        let index = self.zones.iter().position(|zone| *zone == budget.zone);
        index.and_then(|index| zones.get(index)).copied().unwrap_or(0)
    }

    /// The budgets that can be named before a seller states terms, each held for nothing, so that a store can tell what
    /// remains: all but those per recipient, token, network or scheme, and, without a seller, those per seller. What
    /// the purpose or the seller rules out is left out.
    pub fn budgets_without_terms(
        &self,
        seller: Option<&Origin>,
        purpose: &Purpose,
        now_s: u64,
        zones: &[i32],
    ) -> Vec<Hold> {
        let seller = seller.map(|seller| (seller, self.sellers.name(seller)));
        self.holds(&Subject { purpose, seller, offer: None }, now_s, zones)
    }
}

impl Budget {
    fn hold(&self, subject: &Subject<'_>, now_s: u64, offset_min: i32) -> Option<Hold> {
        if !self.only.iter().all(|(scope, values)| subject.has_one_of(*scope, values)) {
            return None;
        }
        let amount = match subject.offer {
            Some(offer) => self.unit.amount(offer)?,
            None => Amount::ZERO,
        };
        Some(Hold {
            key: self.key(|scope| subject.value(scope))?,
            amount,
            limit: self.limit,
            span: self.window.span(now_s, offset_min),
            until: self.until(),
            shown: (self.unit.shown(amount), self.unit.shown(self.limit)),
        })
    }
}

impl Unit {
    // `None` where the offer does not count.
    fn amount(&self, offer: &Offer) -> Option<Amount> {
        match self {
            Unit::Currency(currency) => {
                let counts = offer.asset.currency.as_ref() == Some(currency);
                // A price beyond the range of the currency fits no budget; it must not escape them.
                let price = || Money::of(&offer.asset, offer.amount).map_or(Amount::MAX, |price| price.units());
                counts.then(price)
            }
            Unit::Asset(id) => (*id == (offer.network, offer.asset.address)).then_some(offer.amount),
            Unit::Count | Unit::AtOnce => Some(Amount::from_u64(1)),
        }
    }

    // For people.
    fn shown(&self, amount: Amount) -> String {
        match self {
            Unit::Currency(currency) => Money::of_units(currency, amount).to_string(),
            Unit::Asset(_) => alloc::format!("{amount} atomic units"),
            Unit::Count if amount == Amount::from_u64(1) => String::from("1 purchase"),
            Unit::Count => alloc::format!("{amount} purchases"),
            Unit::AtOnce => alloc::format!("{amount} at once"),
        }
    }
}
