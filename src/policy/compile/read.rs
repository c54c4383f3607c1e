//! The values of a policy's fields. `None` for a malformed one.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::PolicyError;
use crate::json::Node;
use crate::policy::pattern::Sellers;
use crate::policy::{AssetId, Choice, Money, Pattern, sorted};
use crate::primitives::{Address, Amount, Network};
use crate::x402::SchemeName;

/// Longest label, in bytes: a purchase cannot have a longer one.
const MAX_LABEL_BYTES: usize = 1024;

/// Refuses an object with a member that is not `known`, by its name inside `parent`.
pub(in crate::policy) fn unknown_member(node: &Node<'_>, parent: &str, known: &[&str]) -> Result<(), PolicyError> {
    let unknown = node.members().unwrap_or_default().iter().find(|(key, _)| !known.contains(&key.as_ref()));
    match unknown {
        None => Ok(()),
        Some((key, _)) if parent.is_empty() => Err(PolicyError::unknown(key)),
        Some((key, _)) => Err(PolicyError::unknown(&format!("{parent}.{key}"))),
    }
}

pub(super) fn money(node: &Node<'_>) -> Option<Money> {
    Money::parse(node.text()?)
}

pub(super) fn choice(node: &Node<'_>) -> Option<Choice> {
    Choice::parse(node.text()?)
}

/// A task, category or other word of the host program.
pub(in crate::policy) fn label(node: &Node<'_>) -> Option<String> {
    node.text().filter(|text| text.len() <= MAX_LABEL_BYTES).map(String::from)
}

pub(super) fn labels(node: &Node<'_>) -> Option<Vec<String>> {
    set(node, label)
}

fn pattern(node: &Node<'_>) -> Option<Pattern> {
    Pattern::parse(node.text()?)
}

pub(super) fn sellers(node: &Node<'_>) -> Result<Sellers, PolicyError> {
    unknown_member(node, "sellers", &["allow", "deny"])?;
    let read = || {
        if node.elements().is_some() {
            return Some(Sellers { allow: Some(set(node, pattern)?), deny: Vec::new() });
        }
        node.members()?;
        let list = |name| node.member(name).map_or(Some(None), |node| set(node, pattern).map(Some));
        Some(Sellers { allow: list("allow")?, deny: list("deny")?.unwrap_or_default() })
    };
    read().ok_or(PolicyError::at("sellers"))
}

pub(super) fn schemes(node: &Node<'_>) -> Option<Vec<SchemeName>> {
    node.elements()?.iter().map(|node| SchemeName::parse(node.text()?)).collect()
}

pub(super) fn per_asset(node: &Node<'_>) -> Option<Vec<(AssetId, Amount)>> {
    let mut caps = Vec::new();
    for (key, cap) in node.members()? {
        sorted::put(&mut caps, asset_id(key)?, Amount::from_decimal(cap.text()?).ok()?);
    }
    Some(caps)
}

pub(super) fn pay_to(node: &Node<'_>) -> Option<Vec<(Pattern, Vec<Address>)>> {
    let mut pins = Vec::new();
    for (key, addresses) in node.members()? {
        sorted::put(&mut pins, Pattern::parse(key)?, set(addresses, |node| Address::parse(node.text()?).ok())?);
    }
    Some(pins)
}

/// Reads a CAIP-19 id of an ERC-20 token, `eip155:8453/erc20:0x…`, or of native ether, `eip155:8453/slip44:60`.
pub(in crate::policy) fn asset_id(text: &str) -> Option<AssetId> {
    let (network, token) = text.split_once('/')?;
    let address = match token.strip_prefix("erc20:") {
        Some(address) => Address::parse(address).ok()?,
        None => (token == "slip44:60").then_some(Address::ZERO)?,
    };
    Some((Network::parse(network)?, address))
}

/// Writes a CAIP-19 id.
pub(crate) fn asset_text((network, address): &AssetId) -> String {
    if *address == Address::ZERO { format!("{network}/slip44:60") } else { format!("{network}/erc20:{address}") }
}

/// A list without order or repetition.
pub(in crate::policy) fn set<T: Ord>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut set = Vec::new();
    for element in node.elements()? {
        sorted::insert(&mut set, read(element)?);
    }
    Some(set)
}
