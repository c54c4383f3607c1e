//! What one route asks for: the seller's terms as JSON in, offers and the texts of their challenges out, compiled once.
//!
//! Knows no request: what depends on one (its URL, the time, a nonce) is filled in by `challenge`.

mod entry;
mod extensions;
mod offer;
mod price;
mod read;

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use extensions::{SIGN_IN, push as push_member};
pub use offer::SaleOffer;

use super::config::{IdentifierRule, Paywall};
use super::present::Place;
use super::sign_in::SignInOffer;
use super::{OptionError, Refusal};
use crate::policy::Money;
use crate::primitives::Network;

/// When content leaves, and who bears the risk until then.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Release {
    /// Settle, then work: the buyer waits for the chain and bears the risk of failing work.
    SettleFirst,
    /// Verify, work, settle, then answer: nobody is charged for work that failed.
    VerifyFirst,
    /// Verify, work, answer, then settle: the seller risks up to the cap for each payer and day.
    Optimistic {
        /// Highest value served and not settled, for one payer.
        cap: Money,
    },
}

/// The compiled terms of a route.
#[derive(Debug)]
pub struct Terms {
    pub(super) paywall: Rc<Paywall>,
    pub(super) offers: Vec<Rc<SaleOffer>>,
    pub(super) resource: Resource,
    /// Members of `extensions` that never change, as JSON without the braces.
    pub(super) extensions: String,
    /// `accepts` of version 2, as JSON.
    pub(super) accepts: String,
    release: Release,
}

/// What a route says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Resource {
    pub(super) description: Option<String>,
    pub(super) service_name: Option<String>,
    /// Members of an entry of version 1 that say it, as JSON without braces.
    pub(super) members_v1: String,
    /// Members of `resource` after its URL, as JSON that begins with a comma, or nothing.
    pub(super) members: String,
}

impl Terms {
    /// Reads what a route asks for: one way to pay, or
    /// `{"accepts", "description"?, "mimeType"?, "serviceName"?, "tags"?, "iconUrl"?, "extensions"?, "release"?, "floor"?}`
    /// with one way or a list of up to 16.
    ///
    /// A way to pay is `{"scheme"?, "network", "payTo", "price", "asset"?, "maxTimeoutSeconds"?, "extra"?}`. The price is
    /// an amount of the token's currency as `0.01 USD`, rounded up to the token's smallest unit, or
    /// `{"amount", "asset"}` in those units. Without an asset the first pinned one of the network is meant. `floor` is the
    /// lowest price that a route may ask; nothing is sold for zero. `extra` belongs to `4mica-credit`.
    ///
    /// # Errors
    /// [`OptionError`] names the first field that is unknown, malformed, or cannot be paid or settled.
    pub fn parse(paywall: &Rc<Paywall>, bytes: &[u8]) -> Result<Self, OptionError> {
        read::terms(paywall, bytes)
    }

    /// What the seller set up for all routes.
    pub fn paywall(&self) -> &Rc<Paywall> {
        &self.paywall
    }

    /// Ways to pay, in the seller's order.
    pub fn offers(&self) -> &[Rc<SaleOffer>] {
        &self.offers
    }

    /// The place of a request, as buyers see it.
    ///
    /// # Errors
    /// As [`Place::parse`].
    pub fn place(&self, url: &str) -> Result<Place, Refusal> {
        Place::parse(url, self.paywall.origin.as_ref())
    }

    /// When content leaves.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Whether a challenge for them has a nonce, for which it needs entropy.
    pub fn has_nonce(&self) -> bool {
        self.sign_in().is_some()
    }

    pub(super) fn sign_in(&self) -> Option<&SignInOffer> {
        self.paywall.sign_in.as_ref()
    }

    pub(super) fn identifier(&self) -> Option<IdentifierRule> {
        self.paywall.identifier
    }

    /// Networks of the offers, each once.
    pub(super) fn networks(&self) -> Vec<Network> {
        let mut networks: Vec<Network> = Vec::new();
        for offer in &self.offers {
            if !networks.contains(&offer.network) {
                networks.push(offer.network);
            }
        }
        networks
    }
}
