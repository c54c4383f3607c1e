//! Limits on sums: which purchases one adds up, in which unit, how far back.

mod hold;
mod key;
mod read;
#[cfg(test)]
mod tests;

use alloc::string::String;
use alloc::vec::Vec;

pub(in crate::policy) use hold::Subject;
pub(in crate::policy) use key::short_key;
pub(in crate::policy) use read::{read_all, write_all};

use super::AssetId;
use crate::budget::{Until, Window};
use crate::primitives::Amount;

/// A limit on the sum of everything reserved, unresolved and settled.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Budget {
    /// What is added up.
    pub unit: Unit,
    /// Largest sum, in that unit.
    pub limit: Amount,
    /// How far back.
    pub window: Window,
    /// IANA name of the zone whose midnight ends a calendar window; `UTC` for every other.
    pub zone: String,
    /// A sum of its own for each value of these; sorted.
    pub per: Vec<Scope>,
    /// Adds up only purchases with one of these values, in canonical spelling; sorted.
    pub only: Vec<(Scope, Vec<String>)>,
}

/// What a budget adds up.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Unit {
    /// `10^-18` of a currency, over every token pinned to it.
    Currency(String),
    /// Atomic units of one token.
    Asset(AssetId),
    /// Purchases.
    Count,
    /// Purchases under way: one stops counting with its answer.
    AtOnce,
}

/// What a sum may be kept for each value of. A label the host program did not give has the value `""`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// The host program's task.
    Task,
    /// Its session.
    Session,
    /// The agent.
    Agent,
    /// The pattern that admits the seller, else the seller's origin.
    Seller,
    /// Recipient.
    PayTo,
    /// The host program's category.
    Category,
    /// CAIP-19 id of the token.
    Asset,
    /// CAIP-2 id.
    Network,
    /// Scheme.
    Scheme,
}

impl Scope {
    const ALL: [Scope; 9] = [
        Scope::Task,
        Scope::Session,
        Scope::Agent,
        Scope::Seller,
        Scope::PayTo,
        Scope::Category,
        Scope::Asset,
        Scope::Network,
        Scope::Scheme,
    ];

    /// Reads the option's word.
    pub fn parse(text: &str) -> Option<Self> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// The option's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scope::Task => "task",
            Scope::Session => "session",
            Scope::Agent => "agent",
            Scope::Seller => "seller",
            Scope::PayTo => "payTo",
            Scope::Category => "category",
            Scope::Asset => "asset",
            Scope::Network => "network",
            Scope::Scheme => "scheme",
        }
    }
}

impl Budget {
    /// What gives a payment back to it.
    pub const fn until(&self) -> Until {
        match self.unit {
            Unit::AtOnce => Until::Answer,
            Unit::Currency(_) | Unit::Asset(_) | Unit::Count => Until::Proof,
        }
    }

    /// True when both would be one sum: everything but the limit is equal.
    pub(super) fn is_same_sum(&self, other: &Budget) -> bool {
        (&self.unit, self.window, &self.zone) == (&other.unit, other.window, &other.zone)
            && (&self.per, &self.only) == (&other.per, &other.only)
    }
}
