//! What records and terms say of a payment: texts in, what is pinned of them out.

use alloc::string::String;

use crate::json;
use crate::primitives::{Address, Amount, Network};
use crate::registry::{Asset, Registry};
use crate::x402::{Requirement, SchemeName, Version};

/// The pinned token that records call `asset` (CAIP-19).
pub(super) fn asset_of(text: &str, network: Network, registry: &Registry) -> Option<Asset> {
    let (_, reference) = text.rsplit_once(':')?;
    let asset = registry.asset(network, &Address::parse(reference).ok()?)?;
    (crate::policy::asset_text(&(network, asset.address)) == text).then_some(asset)
}

/// An entry of `accepts`, of either version.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) scheme: SchemeName,
    pub(super) network: Network,
    pub(super) amount: Amount,
    pub(super) asset: String,
    pub(super) pay_to: Address,
}

impl Terms {
    pub(super) fn read(entry: &str, version: u64) -> Option<Self> {
        let version = [Version::V1, Version::V2].into_iter().find(|known| known.number() == version)?;
        let node = json::read(entry.as_bytes()).ok()?;
        let terms = Requirement::read(&node, version).ok()?;
        Some(Terms {
            scheme: terms.scheme,
            network: terms.network,
            amount: terms.amount,
            asset: crate::policy::asset_text(&(terms.network, terms.asset)),
            pay_to: terms.pay_to,
        })
    }
}
