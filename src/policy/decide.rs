//! One offer against the rules. The answer is the same in every runtime: no clock, no order of arrival.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::compile::asset_text;
use super::{AssetId, Money, Policy, sorted};
use crate::budget::{Hold, Note, Until};
use crate::error::Code;
use crate::primitives::{Address, Amount, Hash, Network, Origin};
use crate::registry::Registry;
use crate::scheme::Offer;
use crate::x402::SchemeName;

/// What the rules need to know besides the offer.
#[derive(Debug)]
pub struct Context<'a> {
    /// Origin of the URL the host program requested. Never a field of the challenge.
    pub seller: &'a Origin,
    /// Method and path that were requested: `GET /weather`.
    pub resource: &'a str,
    /// What the host program says of the purchase.
    pub purpose: &'a Purpose,
    /// Who would pay; absent when only a quote is asked for.
    pub payer: Option<Address>,
    /// Pinned tables.
    pub registry: &'a Registry,
    /// Unix second.
    pub now_s: u64,
    /// Minutes east of UTC now, for each of [`Policy::zones`].
    pub zones: &'a [i32],
    /// What the store remembers, for each of [`Policy::note_keys`], as it lies there.
    pub noted: &'a [Option<String>],
    /// Whether the store outlives the process.
    pub durable: bool,
}

/// What the host program says of a purchase. Labels that budgets are counted by; none of them is secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Purpose {
    /// Task this belongs to.
    pub task: Option<String>,
    /// Why it is bought.
    pub reason: Option<String>,
    /// Who buys.
    pub agent: Option<String>,
    /// In which session.
    pub session: Option<String>,
    /// What kind of thing.
    pub category: Option<String>,
}

/// What the rules say to an offer.
#[derive(Debug)]
pub enum Decision {
    /// Pay.
    Allow(Approved),
    /// Pay if a person says yes to exactly these terms.
    Ask(Pending),
    /// Do not pay.
    Deny(Box<Refused>),
}

/// An offer that was denied, and why.
#[derive(Debug)]
pub struct Refused {
    /// The terms.
    pub offer: Offer,
    /// Their binding: [`Offer::binding`].
    pub binding: Hash,
    /// The first rule that says no.
    pub denied: Denied,
}

/// An offer within the limits that wants a person's yes.
#[derive(Debug)]
pub struct Pending {
    approved: Approved,
    /// The rule that asks.
    question: Code,
}

impl Pending {
    /// The offer and everything else the rules found.
    pub fn approval(&self) -> &Approved {
        &self.approved
    }

    /// Why a person is asked.
    pub fn question(&self) -> Code {
        self.question
    }

    /// Somebody said yes to terms of this binding. `None` when those are others.
    pub(crate) fn granted(self, binding: &Hash) -> Option<Approved> {
        (self.approved.binding == *binding).then_some(self.approved)
    }
}

/// Why an offer is not paid.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Denied {
    /// Above `perRequest`.
    OverCap {
        /// Price in the policy's currency.
        price: Money,
        /// Largest price allowed.
        limit: Money,
    },
    /// Above `perAsset`, in atomic units.
    OverAssetCap {
        /// Price.
        price: Amount,
        /// Largest price allowed.
        limit: Amount,
    },
    /// More than the currency of `perRequest` can express.
    OverRange {
        /// Price in atomic units.
        price: Amount,
        /// Largest price allowed.
        limit: Money,
    },
    /// No cap covers this token.
    NoCap {
        /// Token.
        asset: AssetId,
    },
    /// Price of zero.
    AmountZero,
    /// Scheme not listed.
    Scheme(SchemeName),
    /// Network not listed.
    Network(Network),
    /// Token not listed.
    Asset(AssetId),
    /// Seller not listed, or not an ordinary https host.
    Seller(Origin),
    /// The payer itself, a token, a system contract or nobody.
    PayToForbidden(Address),
    /// Another recipient than the pinned ones.
    PayToNotPinned(Address),
}

impl Denied {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            Denied::OverCap { .. } | Denied::OverAssetCap { .. } | Denied::OverRange { .. } => Code::OverCap,
            Denied::NoCap { .. } => Code::NoCap,
            Denied::AmountZero => Code::AmountZero,
            Denied::Scheme(_) => Code::SchemeNotAllowed,
            Denied::Network(_) => Code::NetworkNotAllowed,
            Denied::Asset(_) => Code::AssetNotAllowed,
            Denied::Seller(_) => Code::SellerNotAllowed,
            Denied::PayToForbidden(_) => Code::PaytoForbidden,
            Denied::PayToNotPinned(_) => Code::PaytoNotPinned,
        }
    }

    /// The numbers and names behind the denial, for people; empty when the code says it all. Spelled by us from
    /// parsed values: a seller's text does not get in.
    pub fn facts(&self) -> String {
        match self {
            Denied::OverCap { price, limit } => alloc::format!("price {price}, limit {limit}"),
            Denied::OverAssetCap { price, limit } => alloc::format!("price {price}, limit {limit} atomic units"),
            Denied::OverRange { price, limit } => alloc::format!("price {price} atomic units, limit {limit}"),
            Denied::NoCap { asset } | Denied::Asset(asset) => asset_text(asset),
            Denied::AmountZero => String::new(),
            Denied::Scheme(scheme) => String::from(scheme.as_str()),
            Denied::Network(network) => network.to_string(),
            Denied::Seller(seller) => seller.to_string(),
            Denied::PayToForbidden(pay_to) | Denied::PayToNotPinned(pay_to) => pay_to.checksummed(),
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot approve the price: {} ({})", self.code().meaning(), self.code())
    }
}

impl core::error::Error for Denied {}

/// Proof that an offer passed [`Policy::approve`]. There is no other way to make one.
#[derive(Debug)]
pub struct Approved {
    offer: Offer,
    binding: Hash,
    holds: Vec<Hold>,
    notes: Vec<Note>,
    rule: String,
    policy: Hash,
    window_s: u64,
}

impl Approved {
    /// The terms that were approved.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// What must be reserved before anything is signed.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// What is remembered of the seller once budget is held.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Hash of what a yes or a quote is bound to: [`Offer::binding`].
    pub fn binding(&self) -> &Hash {
        &self.binding
    }

    /// The rule that allowed it, for people: `perRequest 0.10 USD`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Version of the policy that decided.
    pub fn policy(&self) -> &Hash {
        &self.policy
    }

    /// Seconds the authorisation may stay valid: the smaller of the seller's and the policy's.
    pub fn window_s(&self) -> u64 {
        self.window_s
    }

    /// Price in the currency of the token's pin.
    pub fn price(&self) -> Option<Money> {
        Money::of(&self.offer.asset, self.offer.amount)
    }
}

impl Policy {
    /// Decides on one offer. The first rule that says no wins, in the order seller, scheme, network, asset, recipient,
    /// amount; then the first that asks.
    pub fn decide(&self, offer: Offer, context: &Context<'_>) -> Decision {
        let binding = offer.binding(context.seller);
        match self.rule(&offer, context) {
            Err(denied) => Decision::Deny(Box::new(Refused { offer, binding, denied })),
            Ok(rule) => {
                let holds = self.holds(&offer);
                let window_s = offer.window_s.min(self.max_window_s);
                let notes = Vec::new();
                Decision::Allow(Approved { offer, binding, holds, notes, rule, policy: self.hash, window_s })
            }
        }
    }

    /// Keys of what the store should tell before a decision.
    pub fn note_keys(&self, _seller: &Origin, _resource: &str) -> Vec<String> {
        Vec::new()
    }

    /// IANA names of the time zones that budgets count in.
    pub fn zones(&self) -> &[String] {
        &[]
    }

    fn rule(&self, offer: &Offer, context: &Context<'_>) -> Result<String, Denied> {
        let id = (offer.network, offer.asset.address);
        match &self.sellers {
            Some(sellers) if !sellers.contains(context.seller) => return Err(Denied::Seller(context.seller.clone())),
            None if !context.seller.is_ordinary() => return Err(Denied::Seller(context.seller.clone())),
            _ => {}
        }
        if !self.schemes.contains(&offer.scheme) {
            return Err(Denied::Scheme(offer.scheme));
        }
        if self.networks.as_ref().is_some_and(|networks| !networks.contains(&offer.network)) {
            return Err(Denied::Network(offer.network));
        }
        if self.assets.as_ref().is_some_and(|assets| !assets.contains(&id)) {
            return Err(Denied::Asset(id));
        }
        if context.payer == Some(offer.pay_to) || context.registry.is_forbidden_recipient(&offer.pay_to) {
            return Err(Denied::PayToForbidden(offer.pay_to));
        }
        if sorted::at(&self.pay_to, context.seller).is_some_and(|pins| !pins.contains(&offer.pay_to)) {
            return Err(Denied::PayToNotPinned(offer.pay_to));
        }
        if offer.amount.is_zero() {
            return Err(Denied::AmountZero);
        }
        self.cap(offer)
    }

    /// The currency prices are compared in.
    pub(crate) fn currency(&self) -> Option<&str> {
        self.per_request.as_ref().map(Money::currency)
    }

    /// Position in the owner's order of preference; smaller is better.
    pub(crate) fn preference(&self, offer: &Offer) -> usize {
        self.schemes.iter().position(|scheme| *scheme == offer.scheme).unwrap_or(usize::MAX)
    }

    fn cap(&self, offer: &Offer) -> Result<String, Denied> {
        let id = (offer.network, offer.asset.address);
        let asset_cap = sorted::at(&self.per_asset, &id);
        if let Some(limit) = asset_cap.filter(|limit| offer.amount > **limit) {
            return Err(Denied::OverAssetCap { price: offer.amount, limit: *limit });
        }
        let price = Money::of(&offer.asset, offer.amount);
        match (&self.per_request, price) {
            (Some(limit), Some(price)) if limit.currency() == price.currency() => {
                if price.units() > limit.units() {
                    return Err(Denied::OverCap { price, limit: limit.clone() });
                }
                Ok(alloc::format!("perRequest {limit}"))
            }
            // A price beyond the range of the currency is beyond any cap.
            (Some(limit), None) if offer.asset.currency.as_deref() == Some(limit.currency()) => {
                Err(Denied::OverRange { price: offer.amount, limit: limit.clone() })
            }
            _ => match asset_cap {
                Some(limit) => Ok(alloc::format!("perAsset {} {limit}", asset_text(&id))),
                None => Err(Denied::NoCap { asset: id }),
            },
        }
    }

    fn holds(&self, offer: &Offer) -> Vec<Hold> {
        let Some(currency) = &offer.asset.currency else { return Vec::new() };
        // A price beyond the range of the currency fits no budget; it must not escape them.
        let price = Money::of(&offer.asset, offer.amount);
        let amount = price.as_ref().map_or(Amount::from_word(&[0xff; 32]), Money::units);
        let shown = price.map_or_else(|| offer.amount.to_string(), |price| price.to_string());
        let applies = self.budgets.iter().filter(|budget| budget.limit.currency() == currency);
        applies
            .map(|budget| Hold {
                key: alloc::format!("all/{currency}/{}", budget.every.as_str()),
                amount,
                limit: budget.limit.units(),
                span: budget.every.window().span(0, 0),
                until: Until::Proof,
                shown: (shown.clone(), budget.limit.to_string()),
            })
            .collect()
    }
}
