//! The seller's half: a price becomes a challenge, a stranger's payment at most one grant.
//!
//! 1. `config`: what the seller set up once becomes a [`Paywall`].
//! 2. `terms`: what one route asks for becomes [`Terms`], compiled once.
//! 3. `challenge`, `page`, `sign_in`: what buyers are told, and may sign.
//! 4. `present`: a request with a payment is matched, compared and recovered into the proof type [`Presented`].
//! 5. `sell`: what was presented is claimed, worked for, settled and delivered once, in the seller's order: a [`Sale`].
//! 6. `settle`: the facilitator's word, the core's certificate, the chain's evidence.
//! 7. `record`, `row`: what a store keeps of it; `answer`: what the buyer and the seller's log are told.
//!
//! Nothing of a buyer is used but what its signature covers; the rest is compared with what is asked for this request
//! (invariant I27). No network, store, clock or randomness: `now` and entropy are arguments.

mod answer;
mod challenge;
mod config;
mod page;
mod present;
mod record;
mod row;
mod sell;
mod settle;
mod sign_in;
mod terms;

use alloc::string::String;
use core::fmt;

pub use answer::{Agent, Buyer, Ending, Header, Payment, SaleAnswer, SaleReport, pairs};
pub use challenge::Asked;
pub use config::{Facilitator, IdentifierRule, Paywall};
pub use present::{Place, Presented, Request, Trace, Traced, Unverified};
pub use record::{Order, SALE_VERSION, SaleFacts, SaleRecord, SaleStep, Standing};
pub use sell::{Party, Sale, Shown, Step, Told};
pub use sign_in::SignedIn;
pub use terms::{Release, SaleOffer, Terms};

use crate::error::SaleCode;

/// Why a request is not served.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The stable code.
    pub code: SaleCode,
    /// Names and numbers behind it, for people. Nothing of a stranger's that was not parsed, or escaped and bounded.
    pub facts: String,
}

impl Refusal {
    pub(crate) fn new(code: SaleCode, facts: impl Into<String>) -> Self {
        Refusal { code, facts: facts.into() }
    }
}

/// What a seller configured and cannot be meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OptionError {
    /// Path of the field, for example `accepts[1].price`.
    pub field: String,
    /// What it must be.
    pub wanted: &'static str,
}

impl OptionError {
    pub(crate) fn new(field: impl Into<String>, wanted: &'static str) -> Self {
        OptionError { field: field.into(), wanted }
    }

    /// The same one level further out: `price` in `accepts[1]` is `accepts[1].price`.
    fn within(self, outer: &str) -> Self {
        OptionError { field: alloc::format!("{outer}.{}", self.field), ..self }
    }
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.wanted)
    }
}

impl core::error::Error for OptionError {}
