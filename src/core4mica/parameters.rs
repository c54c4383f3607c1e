//! `GET /core/public-params` and `GET /core/cycles/active`.

use alloc::string::String;
use alloc::vec::Vec;

use super::CoreError;
use crate::json::{self, Node};
use crate::primitives::{Address, Hash, hex};
use crate::registry::{Core, Generation};
use crate::scheme::guarantee::Expected;

/// Largest difference between our clock and a core's, in seconds.
const MAX_CORE_SKEW_S: u64 = 300;

/// What a core says of itself, held against what is pinned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parameters {
    /// Generation it speaks.
    pub generation: Generation,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// EIP-712 domain name payers sign under (generations 1 to 3).
    pub name: String,
    /// EIP-712 domain version.
    pub version: String,
    /// Core4Mica (generations 1 to 3), clearing house (generation 4).
    pub contract: Address,
    /// Guarantee versions accepted (generation 2).
    pub versions: Vec<u64>,
    /// BLS key of the operator (generations 1 to 3).
    pub operator_key: Option<[u8; 48]>,
    /// Signer of receipts (generation 4) and the registry contract of their domain.
    pub receipt_signer: Option<(Address, Address)>,
    /// Registries whose validations count.
    pub registries: Vec<Address>,
    /// What certificates of this core must say.
    pub expected: Expected,
}

impl Parameters {
    /// Reads the answer and compares it with everything pinned of this core.
    ///
    /// # Errors
    /// - [`CoreError::Answer`]: not this document.
    /// - [`CoreError::Changed`]: chain, name, version, contract or key differ from the pinned ones.
    /// - [`CoreError::Generation`]: another generation than the pinned one, or one that cannot be told.
    ///
    /// # Source
    /// protocol notes 2.4 and 2.10; vectors `4mica/core-public.json`.
    pub fn read(bytes: &[u8], core: &Core) -> Result<Self, CoreError> {
        let root = json::read(bytes).map_err(|_| CoreError::Answer)?;
        let generation = generation(&root)?;
        let parameters = Parameters::fields(&root, generation).ok_or(CoreError::Answer)?;
        if core.generation.is_some_and(|pinned| pinned != generation) {
            return Err(CoreError::Generation);
        }
        let same = parameters.chain_id == core.network.chain_id()
            && core.name.as_ref().is_none_or(|pinned| *pinned == parameters.name)
            && core.version.as_ref().is_none_or(|pinned| *pinned == parameters.version)
            && core.contract.is_none_or(|pinned| pinned == parameters.contract)
            && (core.operator_key.is_none() || core.operator_key == parameters.operator_key);
        if same { Ok(parameters) } else { Err(CoreError::Changed) }
    }

    fn fields(root: &Node<'_>, generation: Generation) -> Option<Self> {
        let text = |name: &str| root.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let chain_id = root.member("chain_id")?.integer()?;
        let clearing = generation == Generation::ClearingHouse;
        let contract = address(if clearing { "clearing_house_address" } else { "contract_address" })?;
        let operator_key = match root.member("public_key") {
            Some(node) if !clearing => Some(byte_array(node)?),
            _ => None,
        };
        let receipt_signer =
            if clearing { Some((address("guarantee_signer")?, address("guarantee_registry_address")?)) } else { None };
        let domain_active = text("active_guarantee_domain_separator").and_then(hex::decode_fixed);
        Some(Parameters {
            generation,
            chain_id,
            name: String::from(text("eip712_name")?),
            version: String::from(text("eip712_version")?),
            contract,
            versions: list(root, "accepted_guarantee_versions", |node| node.integer())?,
            operator_key,
            receipt_signer,
            registries: list(root, "trusted_validation_registries", |node| Address::parse(node.text()?).ok())?,
            expected: Expected::new(chain_id, &contract, domain_active),
        })
    }
}

fn generation(root: &Node<'_>) -> Result<Generation, CoreError> {
    let has = |name: &str| root.member(name).is_some();
    if has("clearing_house_address") {
        Ok(Generation::ClearingHouse)
    } else if has("guarantee_domains") || has("supported_guarantee_versions") {
        Ok(Generation::Sdk2)
    } else if has("accepted_guarantee_versions") {
        Ok(Generation::Cycle)
    } else {
        Err(CoreError::Generation)
    }
}

fn list<T>(root: &Node<'_>, name: &str, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    match root.member(name) {
        None => Some(Vec::new()),
        Some(node) => node.elements()?.iter().map(read).collect(),
    }
}

fn byte_array(node: &Node<'_>) -> Option<[u8; 48]> {
    let bytes: Option<Vec<u8>> = node.elements()?.iter().map(|byte| u8::try_from(byte.integer()?).ok()).collect();
    bytes?.try_into().ok()
}

/// The cycle an authorisation of generation 4 is charged in, and Core's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ActiveCycle {
    /// Identifier.
    pub cycle_id: Hash,
    /// Core's clock, Unix seconds.
    pub server_time_s: u64,
    /// First second of the cycle.
    pub period_start_s: u64,
}

impl ActiveCycle {
    /// Reads the answer for `asset`.
    ///
    /// # Errors
    /// [`CoreError::Answer`]: not this document, another asset, a clock before the cycle, or one that is more than
    /// five minutes from ours (threats P54).
    pub fn read(bytes: &[u8], asset: &Address, now_s: u64) -> Result<Self, CoreError> {
        let root = json::read(bytes).map_err(|_| CoreError::Answer)?;
        let fields = || -> Option<Self> {
            let text = |name: &str| root.member(name)?.text();
            let cycle = ActiveCycle {
                cycle_id: hex::decode_fixed(text("cycle_id")?)?,
                server_time_s: root.member("server_time")?.integer()?,
                period_start_s: root.member("period_start")?.integer()?,
            };
            let same_asset = Address::parse(text("asset_address")?).ok()? == *asset;
            let in_time = cycle.server_time_s.abs_diff(now_s) <= MAX_CORE_SKEW_S;
            (same_asset && in_time && cycle.server_time_s >= cycle.period_start_s).then_some(cycle)
        };
        fields().ok_or(CoreError::Answer)
    }
}
