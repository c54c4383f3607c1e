//! One way to pay: the seller's words in, a [`SaleOffer`] out that this package's own payer would understand.

use alloc::format;
use alloc::string::String;

use super::price;
use crate::json::{Node, only};
use crate::policy::Money;
use crate::primitives::{Address, Amount, Hash, Network, keccak256};
use crate::registry::Asset;
use crate::sale::OptionError;
use crate::sale::config::{Paywall, known, read};
use crate::scheme::guarantee::{HouseValidation, StatedDomain, Validation};
use crate::x402::SchemeName;

/// Windows in seconds: shorter than a block nothing settles, longer than an hour nothing waits.
const WINDOW_S: core::ops::RangeInclusive<u64> = 6..=3_600;
const DEFAULT_WINDOW_S: u64 = 300;

/// One way to pay for a route.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SaleOffer {
    /// Scheme.
    pub scheme: SchemeName,
    /// Network.
    pub network: Network,
    /// Token, from the pinned table.
    pub asset: Asset,
    /// Price in atomic units, never zero.
    pub amount: Amount,
    /// Recipient.
    pub pay_to: Address,
    /// Seconds a buyer has, 6 to 3 600.
    pub window_s: u64,
    /// Validation that a guarantee of generation 1 or 2 must carry.
    pub validation: Option<Validation>,
    /// Validation that a guarantee of generation 3 or 4 must carry.
    pub house_validation: Option<HouseValidation>,
    /// `extra`, as JSON.
    pub(super) extra: String,
    /// The entry of `accepts` in version 2, as JSON.
    pub(super) entry: String,
    hash: Hash,
    price_text: Option<String>,
    /// The entry of version 1, up to the resource and from what the route says of itself on: checksums cost more than
    /// all the rest of a challenge.
    pub(super) entry_v1: [String; 2],
}

impl SaleOffer {
    pub(super) fn read(node: &Node<'_>, paywall: &Paywall, floor: Option<&Money>) -> Result<Self, OptionError> {
        known(node, &["scheme", "network", "payTo", "price", "asset", "maxTimeoutSeconds", "extra"], "accepts")?;
        let scheme = |node: &Node<'_>| SchemeName::parse(node.text()?);
        let scheme = read(node, "scheme", scheme, "`exact` or `4mica-credit`")?.unwrap_or(SchemeName::Exact);
        let network = read(node, "network", |node| Network::parse(node.text()?), NETWORK)?;
        let network = network.ok_or_else(|| OptionError::new("network", NETWORK))?;
        if paywall.facilitator(scheme).is_none() {
            return Err(OptionError::new("scheme", "one that has a facilitator"));
        }
        if scheme == SchemeName::Credit && paywall.registry.core(network).is_none() {
            return Err(OptionError::new("network", "one with a 4Mica core; name yours in `cores`"));
        }
        let (asset, amount) = price::read(node, network, &paywall.registry)?;
        if scheme == SchemeName::Exact && asset.address == Address::ZERO {
            return Err(OptionError::new("asset", "a token: `exact` has no native ether"));
        }
        price::above_floor(&asset, amount, floor)?;
        let pay_to = read(node, "payTo", |node| Address::parse(node.text()?).ok(), PAY_TO)?;
        let pay_to = pay_to.filter(|address| !paywall.registry.is_forbidden_recipient(address));
        let window = |node: &Node<'_>| node.integer().filter(|seconds| WINDOW_S.contains(seconds));
        let mut offer = SaleOffer {
            scheme,
            network,
            pay_to: pay_to.ok_or_else(|| OptionError::new("payTo", PAY_TO))?,
            window_s: read(node, "maxTimeoutSeconds", window, "seconds, 6 to 3600")?.unwrap_or(DEFAULT_WINDOW_S),
            validation: None,
            house_validation: None,
            extra: String::from("{}"),
            entry: String::new(),
            hash: [0; 32],
            price_text: None,
            entry_v1: Default::default(),
            asset,
            amount,
        };
        offer.read_extra(node.member("extra"))?;
        offer.entry = offer.written_v2();
        offer.hash = keccak256(offer.entry.as_bytes());
        offer.price_text = offer.price().map(|price| format!("{price}"));
        offer.entry_v1 = offer.written_v1();
        Ok(offer)
    }

    // For `exact` nothing is left to say: buyers are told the token's domain that is pinned.
    fn read_extra(&mut self, extra: Option<&Node<'_>>) -> Result<(), OptionError> {
        if self.scheme == SchemeName::Exact {
            self.extra = self.domain();
            return match extra {
                None => Ok(()),
                Some(_) => Err(OptionError::new("extra", "nothing for `exact`: it is made from the pinned token")),
            };
        }
        let Some(extra) = extra else { return Ok(()) };
        let wrong = || OptionError::new("extra", "an object that payers of 4Mica understand");
        extra.members().ok_or_else(wrong)?;
        StatedDomain::read(Some(extra)).map_err(|_| wrong())?;
        self.validation = Validation::read(Some(extra)).map_err(|_| wrong())?;
        self.house_validation = HouseValidation::read(Some(extra)).map_err(|_| wrong())?;
        let foreign = self.validation.as_ref().and_then(|validation| validation.chain_id);
        if foreign.is_some_and(|chain_id| chain_id != self.network.chain_id()) {
            return Err(OptionError::new("extra", "a validation on the network of the payment"));
        }
        self.extra = String::from(extra.raw);
        Ok(())
    }

    /// The entry of `accepts` in version 2, as JSON.
    pub fn entry(&self) -> &str {
        &self.entry
    }

    /// Hash of [`SaleOffer::entry`]: all that is asked.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// What the price is worth, where the token is pinned to a currency.
    pub fn price(&self) -> Option<Money> {
        Money::of(&self.asset, self.amount)
    }

    /// The price for people.
    pub fn price_text(&self) -> Option<&str> {
        self.price_text.as_deref()
    }
}

const NETWORK: &str = "a network as `eip155:8453`";
const PAY_TO: &str = "an account of yours: 0x and 40 digits, no token and no system contract";

/// `{"amount", "asset"}` of a price.
pub(super) fn atomic(node: &Node<'_>) -> Option<(Amount, Address)> {
    only(node, &["amount", "asset"])?;
    let amount = Amount::from_decimal(node.member("amount")?.text()?).ok()?;
    Some((amount, Address::parse(node.member("asset")?.text()?).ok()?))
}
