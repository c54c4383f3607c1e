//! Why an offer is not paid: the rule's code, and our own numbers behind it.

use alloc::string::{String, ToString};
use core::fmt;

use crate::error::Code;
use crate::policy::{AssetId, Money, asset_text};
use crate::primitives::{Address, Amount, Network, Origin};
use crate::x402::SchemeName;

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
    /// Another recipient than every one this seller had.
    PayToChanged(Address),
    /// Seller on the list of those never paid.
    SellerDenied(Origin),
    /// Seller of which nothing is remembered.
    NewSeller(Origin),
    /// Category not listed, or none given.
    Category,
    /// Above `ephemeralLimit`, in a store that forgets.
    Ephemeral {
        /// Price in the currency of the limit.
        price: Money,
        /// Largest price allowed.
        limit: Money,
    },
    /// No value in the currency of `ephemeralLimit`, in a store that forgets, and no cap of the token's own.
    EphemeralValue {
        /// Price in atomic units.
        price: Amount,
        /// Largest price allowed.
        limit: Money,
    },
    /// Not the terms of the last purchase.
    TermsChanged,
    /// More above the last price than allowed. Prices in atomic units.
    PriceRise {
        /// Price.
        price: Amount,
        /// Price of the last purchase.
        last: Amount,
        /// Largest rise, in percent.
        percent: u64,
    },
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
            Denied::Seller(_) | Denied::NewSeller(_) => Code::SellerNotAllowed,
            Denied::PayToForbidden(_) => Code::PaytoForbidden,
            Denied::PayToNotPinned(_) | Denied::PayToChanged(_) => Code::PaytoNotPinned,
            Denied::SellerDenied(_) => Code::SellerDenied,
            Denied::Category => Code::CategoryNotAllowed,
            Denied::Ephemeral { .. } | Denied::EphemeralValue { .. } => Code::StoreEphemeral,
            Denied::TermsChanged => Code::TermsChanged,
            Denied::PriceRise { .. } => Code::PriceRise,
        }
    }

    /// The numbers and names behind the denial, for people; empty when the code says it all. Spelled by us from
    /// parsed values: a seller's text does not get in.
    pub fn facts(&self) -> String {
        match self {
            Denied::OverCap { price, limit } | Denied::Ephemeral { price, limit } => {
                alloc::format!("price {price}, limit {limit}")
            }
            Denied::OverAssetCap { price, limit } => alloc::format!("price {price}, limit {limit} atomic units"),
            Denied::OverRange { price, limit } | Denied::EphemeralValue { price, limit } => {
                alloc::format!("price {price} atomic units, limit {limit}")
            }
            Denied::NoCap { asset } | Denied::Asset(asset) => asset_text(asset),
            Denied::AmountZero | Denied::Category | Denied::TermsChanged => String::new(),
            Denied::Scheme(scheme) => String::from(scheme.as_str()),
            Denied::Network(network) => network.to_string(),
            Denied::Seller(seller) | Denied::SellerDenied(seller) | Denied::NewSeller(seller) => seller.to_string(),
            Denied::PayToForbidden(pay_to) | Denied::PayToNotPinned(pay_to) | Denied::PayToChanged(pay_to) => {
                pay_to.checksummed()
            }
            Denied::PriceRise { price, last, percent } => {
                alloc::format!("price {price}, last {last} atomic units, at most {percent} % more")
            }
        }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot approve the price: {} ({})", self.code().meaning(), self.code())
    }
}

impl core::error::Error for Denied {}
