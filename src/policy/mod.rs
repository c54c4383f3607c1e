//! The owner's rules: an offer in; an approval, a question to the owner, or a denial that names its rule, out.
//!
//! Knows amounts, lists, pins, and what a store remembers of a seller. Knows no keys, no network and no clock. Denies
//! by default: what no rule allows is not paid.

mod budgets;
mod compile;
mod decide;
mod money;
mod notes;
mod pattern;
mod sorted;

use alloc::string::String;
use alloc::vec::Vec;

pub use budgets::{Budget, Scope, Unit};
pub use compile::PolicyError;
pub(crate) use compile::asset_text;
pub use decide::{Approved, Context, Decision, Denied, Pending, Purpose, Refused};
pub use money::Money;
pub use pattern::Pattern;

use crate::primitives::{Address, Amount, Hash, Network};
use crate::x402::SchemeName;
use pattern::Sellers;

/// A token on a network.
pub type AssetId = (Network, Address);

/// What the owner wants done in a case that is not plainly right or wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Choice {
    /// Pay.
    Allow,
    /// Pay if a person says yes.
    Ask,
    /// Do not pay.
    Deny,
}

impl Choice {
    /// Reads the option's word.
    pub fn parse(text: &str) -> Option<Self> {
        [Choice::Allow, Choice::Ask, Choice::Deny].into_iter().find(|choice| choice.as_str() == text)
    }

    /// The option's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Choice::Allow => "allow",
            Choice::Ask => "ask",
            Choice::Deny => "deny",
        }
    }
}

/// Compiled rules. Immutable; the paying handle has no way to change them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    per_request: Option<Money>,
    per_asset: Vec<(AssetId, Amount)>,
    /// Sorted; no two under one key.
    budgets: Vec<Budget>,
    /// IANA names that budgets use, sorted, without UTC.
    zones: Vec<String>,
    sellers: Sellers,
    networks: Option<Vec<Network>>,
    assets: Option<Vec<AssetId>>,
    /// In the owner's order of preference.
    schemes: Vec<SchemeName>,
    pay_to: Vec<(Pattern, Vec<Address>)>,
    pay_to_change: Choice,
    new_seller: Choice,
    changed_terms: Choice,
    /// Percent; `None` compares nothing.
    max_rise: Option<u64>,
    on_rise: Choice,
    ask_above: Option<Money>,
    ask_categories: Vec<String>,
    categories: Option<Vec<String>>,
    approval_s: u64,
    ephemeral_limit: Money,
    max_window_s: u64,
    hash: Hash,
}

impl Policy {
    /// Version of the rules: the hash of their canonical form. Every record carries it.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Seconds for which a question to the owner stays open: 60 to 604 800.
    pub fn approval_s(&self) -> u64 {
        self.approval_s
    }

    /// Longest time an authorisation may stay valid, in seconds.
    pub fn max_window_s(&self) -> u64 {
        self.max_window_s
    }

    /// IANA names of the time zones that budgets count in, other than UTC.
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// The currency prices are compared in.
    pub(crate) fn currency(&self) -> Option<&str> {
        self.per_request.as_ref().map(Money::currency)
    }
}
