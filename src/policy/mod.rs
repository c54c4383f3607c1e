//! The owner's rules: an offer in, an approval or a denial that names its rule out.
//!
//! Knows amounts, lists and pins. Knows no keys, no network and no clock. Denies by default: what no rule allows
//! is not paid.

mod compile;
mod decide;
mod money;
mod sorted;

use alloc::vec::Vec;

pub use compile::PolicyError;
pub(crate) use compile::asset_text;
pub use decide::{Approved, Context, Decision, Denied, Pending, Purpose, Refused};
pub use money::Money;

use crate::budget::Window;
use crate::primitives::{Address, Amount, Hash, Network, Origin};
use crate::x402::SchemeName;

/// A token on a network.
pub type AssetId = (Network, Address);

/// How long a budget counts back.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Every {
    /// The last 3 600 seconds.
    Hour,
    /// The last 86 400 seconds.
    Day,
    /// For ever.
    Lifetime,
}

impl Every {
    /// The option's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Every::Hour => "hour",
            Every::Day => "day",
            Every::Lifetime => "lifetime",
        }
    }

    /// How far back that is.
    pub const fn window(self) -> Window {
        match self {
            Every::Hour => Window::Rolling(3_600),
            Every::Day => Window::Rolling(86_400),
            Every::Lifetime => Window::Lifetime,
        }
    }
}

/// A limit on the sum of everything reserved, unresolved and settled.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Budget {
    /// Largest sum.
    pub limit: Money,
    /// Window.
    pub every: Every,
}

/// Compiled rules. Immutable; the paying handle has no way to change them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    per_request: Option<Money>,
    per_asset: Vec<(AssetId, Amount)>,
    budgets: Vec<Budget>,
    sellers: Option<Vec<Origin>>,
    networks: Option<Vec<Network>>,
    assets: Option<Vec<AssetId>>,
    /// In the owner's order of preference.
    schemes: Vec<SchemeName>,
    pay_to: Vec<(Origin, Vec<Address>)>,
    max_window_s: u64,
    hash: Hash,
}

impl Policy {
    /// Version of the rules: the hash of their canonical form. Every record carries it.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// Seconds for which a question to the owner stays open.
    pub fn approval_s(&self) -> u64 {
        3_600
    }

    /// Longest time an authorisation may stay valid, in seconds.
    pub fn max_window_s(&self) -> u64 {
        self.max_window_s
    }
}
