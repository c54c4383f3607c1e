//! What a way to pay costs: a price as sellers write it in, a count of a pinned token's smallest units out.

use super::offer::atomic;
use crate::json::Node;
use crate::policy::Money;
use crate::primitives::{Address, Amount, Network};
use crate::registry::{Asset, Registry};
use crate::sale::OptionError;

const PRICE: &str = "a price as `0.01 USD`, or { amount, asset } in the token's smallest units; never zero";
const ASSET: &str = "a token of the registry, or of `assets`";

/// Token and price of one way to pay.
pub(super) fn read(node: &Node<'_>, network: Network, registry: &Registry) -> Result<(Asset, Amount), OptionError> {
    let named = match node.member("asset") {
        None => None,
        Some(node) => Some(address(node).ok_or(OptionError::new("asset", ASSET))?),
    };
    let wrong = || OptionError::new("price", PRICE);
    let price = node.member("price").ok_or_else(wrong)?;
    let pinned = |address: &Address| registry.asset(network, address).ok_or_else(|| OptionError::new("asset", ASSET));
    let (asset, amount) = match price.text() {
        Some(text) => {
            let money = Money::parse(text).ok_or_else(wrong)?;
            let asset = match &named {
                Some(address) => pinned(address)?,
                None => registry.first_asset(network).ok_or_else(|| OptionError::new("asset", ASSET))?,
            };
            let amount = money.units_of(&asset);
            let amount = amount.ok_or_else(|| OptionError::new("price", "an amount of the token's own currency"))?;
            (asset, amount)
        }
        None => {
            let (amount, address) = atomic(price).ok_or_else(wrong)?;
            if named.is_some_and(|named| named != address) {
                return Err(OptionError::new("asset", "the token of the price"));
            }
            (pinned(&address)?, amount)
        }
    };
    if amount.is_zero() { Err(wrong()) } else { Ok((asset, amount)) }
}

/// Refuses a price below the seller's own lowest one, and one that cannot be compared with it (threats S9).
pub(super) fn above_floor(asset: &Asset, amount: Amount, floor: Option<&Money>) -> Result<(), OptionError> {
    let Some(floor) = floor else { return Ok(()) };
    let worth = Money::of(asset, amount).filter(|worth| worth.currency() == floor.currency());
    if worth.is_some_and(|worth| worth >= *floor) {
        Ok(())
    } else {
        Err(OptionError::new("price", "not below `floor`, and of the same currency"))
    }
}

fn address(node: &Node<'_>) -> Option<Address> {
    Address::parse(node.text()?).ok()
}
