//! Amounts and requests as a person reads them. Knows no wallet.

use alloc::format;
use alloc::string::{String, ToString};

use crate::primitives::{Address, Amount};
use crate::registry::Asset;

/// `2.5 USDC`: an amount in the unit that people count in, to the last digit.
pub fn counted(asset: &Asset, amount: Amount) -> String {
    let places = usize::from(asset.decimals);
    let digits = format!("{:0>width$}", amount.to_string(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{whole}{point}{fraction} {}", asset.name)
}

/// With its network: tokens have the same name on many.
pub(in crate::contract) fn stated(asset: &Asset, amount: Amount) -> String {
    format!("{} ({})", counted(asset, amount), asset.network)
}

/// A request for a withdrawal, sent or signed.
pub(in crate::contract) fn withdrawn(contract: &Address, asset: &Asset, amount: Amount) -> String {
    let amount = stated(asset, amount);
    format!(
        "Ask 4Mica's contract {contract} for {amount} of collateral back, to be taken out when its waiting time is over"
    )
}

/// The end of such a request, sent or signed.
pub(in crate::contract) fn taken_back(contract: &Address, asset: &Asset) -> String {
    let Asset { name, network, .. } = asset;
    format!(
        "Cancel the withdrawal of {name} ({network}) from 4Mica's contract {contract}: it stays there as collateral"
    )
}
