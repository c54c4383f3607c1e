//! `GET /core/public-params` and `GET /core/cycles/active`.

use alloc::string::String;
use alloc::vec;
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
    /// The contract of the signing domain: Core4Mica (generations 1 to 3), clearing house (generation 4).
    pub contract: Address,
    /// Core4Mica, which holds the collateral.
    pub core4mica: Address,
    /// Where cycles are settled: published (generation 4), else pinned by the owner or not known.
    pub clearing_house: Option<Address>,
    /// Guarantee versions accepted (generations 1 to 3).
    pub versions: Vec<u64>,
    /// BLS key of the operator (generations 1 to 3).
    pub operator_key: Option<[u8; 48]>,
    /// Signer of receipts (generation 4) and the registry contract of their domain.
    pub receipt_signer: Option<(Address, Address)>,
    /// Registries whose validations count (generations 1 and 2).
    pub registries: Vec<Address>,
    /// Who may validate, as the core writes it, in lower case (generations 3 and 4).
    pub validators: Vec<String>,
    /// What certificates of this core must say.
    pub expected: Expected,
}

impl Parameters {
    /// Reads the answer and compares it with everything pinned of this core.
    ///
    /// # Errors
    /// - [`CoreError::Answer`]: not this document.
    /// - [`CoreError::Changed`]: chain, name, version, contract or key differ from the pinned ones, see
    ///   [`Parameters::difference`].
    /// - [`CoreError::Generation`]: another generation than the pinned one, or one that cannot be told.
    ///
    /// # Source
    /// protocol notes 2.4 and 2.10; vectors `4mica/core-public.json`.
    pub fn read(bytes: &[u8], core: &Core) -> Result<Self, CoreError> {
        let parameters = Parameters::parse(bytes, core)?;
        if parameters.difference(core).is_some() { Err(CoreError::Changed) } else { Ok(parameters) }
    }

    /// Reads the answer of a core of the pinned generation, whatever else it says.
    ///
    /// # Errors
    /// As [`Parameters::read`], without `Changed`.
    pub(crate) fn parse(bytes: &[u8], core: &Core) -> Result<Self, CoreError> {
        let root = json::read(bytes).map_err(|_| CoreError::Answer)?;
        let generation = generation(&root, core.generation)?;
        if core.generation.is_some_and(|pinned| pinned != generation) {
            return Err(CoreError::Generation);
        }
        let mut parameters = Parameters::fields(&root, generation).ok_or(CoreError::Answer)?;
        parameters.clearing_house = parameters.clearing_house.or(core.clearing_house);
        Ok(parameters)
    }

    /// The first field, by the core's own name, that differs from what is pinned of it.
    pub fn difference(&self, core: &Core) -> Option<&'static str> {
        let contract =
            if self.generation == Generation::ClearingHouse { "clearing_house_address" } else { "contract_address" };
        let key = core.operator_key.is_none() || core.operator_key == self.operator_key;
        [
            ("chain_id", self.chain_id == core.network.chain_id()),
            ("eip712_name", core.name.as_ref().is_none_or(|pinned| *pinned == self.name)),
            ("eip712_version", core.version.as_ref().is_none_or(|pinned| *pinned == self.version)),
            (contract, core.contract.is_none_or(|pinned| pinned == self.contract)),
            ("public_key", key),
            ("guarantee_signer", core.guarantee_signer.is_none_or(|pinned| self.signs_receipts(&pinned))),
            ("clearing_house_address", core.clearing_house.is_none_or(|pinned| self.clearing_house == Some(pinned))),
        ]
        .into_iter()
        .find_map(|(field, same)| (!same).then_some(field))
    }

    fn signs_receipts(&self, pinned: &Address) -> bool {
        self.receipt_signer.is_some_and(|(signer, _)| signer == *pinned)
    }

    fn fields(root: &Node<'_>, generation: Generation) -> Option<Self> {
        let text = |name: &str| root.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let chain_id = root.member("chain_id")?.integer()?;
        let clearing = generation == Generation::ClearingHouse;
        let contract = address(if clearing { "clearing_house_address" } else { "contract_address" })?;
        let operator_key = match root.member("public_key") {
            Some(node) if !clearing => Some(key_bytes(node)?),
            _ => None,
        };
        let receipt_signer =
            if clearing { Some((address("guarantee_signer")?, address("guarantee_registry_address")?)) } else { None };
        let expected = if generation == Generation::Sdk2 {
            Expected { domain_v1: published_domain(root)?, domain_active: None }
        } else {
            Expected::new(chain_id, &contract, text("active_guarantee_domain_separator").and_then(hex::decode_fixed))
        };
        let versions = match generation {
            // A domain for V1 is published, or nothing was read.
            Generation::Sdk2 if root.member("supported_guarantee_versions").is_none() => vec![1],
            Generation::Sdk2 => list(root, "supported_guarantee_versions", |node| node.integer())?,
            _ => list(root, "accepted_guarantee_versions", |node| node.integer())?,
        };
        let (name, version, core4mica) = (text("eip712_name")?, text("eip712_version")?, address("contract_address")?);
        let registries = list(root, "trusted_validation_registries", |node| Address::parse(node.text()?).ok())?;
        Some(Parameters {
            generation,
            chain_id,
            name: String::from(name),
            version: String::from(version),
            contract,
            core4mica,
            clearing_house: clearing.then_some(contract),
            versions,
            operator_key,
            receipt_signer,
            registries,
            validators: validators(root),
            expected,
        })
    }
}

// Generations 1 and 2 publish the same document. Which of the two it is the owner may pin; otherwise the seller's tab
// endpoint tells.
fn generation(root: &Node<'_>, pinned: Option<Generation>) -> Result<Generation, CoreError> {
    let has = |name: &str| root.member(name).is_some();
    if has("clearing_house_address") {
        Ok(Generation::ClearingHouse)
    } else if has("guarantee_domains") || has("supported_guarantee_versions") {
        Ok(Generation::Sdk2)
    } else if has("accepted_guarantee_versions") {
        Ok(if pinned == Some(Generation::Tab) { Generation::Tab } else { Generation::Cycle })
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

// A byte array; of generation 3 a hex text was seen, too.
fn key_bytes(node: &Node<'_>) -> Option<[u8; 48]> {
    if let Some(text) = node.text() {
        return hex::decode_fixed(text);
    }
    let bytes: Option<Vec<u8>> = node.elements()?.iter().map(|byte| u8::try_from(byte.integer()?).ok()).collect();
    bytes?.try_into().ok()
}

// Generation 3 publishes the domain of its certificates; how it is made is the core's affair.
fn published_domain(root: &Node<'_>) -> Option<Hash> {
    let separator = |node: &Node<'_>, name: &str| hex::decode_fixed(node.member(name)?.text()?);
    let Some(domains) = root.member("guarantee_domains") else {
        return separator(root, "guarantee_domain_separator");
    };
    let mut first = domains
        .elements()?
        .iter()
        .filter(|domain| domain.member("version").and_then(|version| version.integer()) == Some(1));
    // Two domains for one version are two readings.
    let domain = first.next().filter(|_| first.next().is_none())?;
    separator(domain, "domain_separator")
}

// What is no text grants nothing.
fn validators(root: &Node<'_>) -> Vec<String> {
    let elements = root.member("validators").and_then(|node| node.elements()).unwrap_or_default();
    elements.iter().filter_map(|node| Some(node.text()?.to_ascii_lowercase())).collect()
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
    /// Second at which it ends.
    pub period_end_s: u64,
    /// Open payments after which Core wants a checkpoint.
    pub max_uncheckpointed: u64,
}

impl ActiveCycle {
    /// Reads the answer for `asset`.
    ///
    /// # Errors
    /// [`CoreError::Answer`]: not this document, another asset, a clock outside of the cycle, or one that is more
    /// than five minutes from ours (threats P54).
    pub fn read(bytes: &[u8], asset: &Address, now_s: u64) -> Result<Self, CoreError> {
        let root = json::read(bytes).map_err(|_| CoreError::Answer)?;
        let fields = || -> Option<Self> {
            let text = |name: &str| root.member(name)?.text();
            let integer = |name: &str| root.member(name)?.integer();
            let cycle = ActiveCycle {
                cycle_id: hex::decode_fixed(text("cycle_id")?)?,
                server_time_s: integer("server_time")?,
                period_start_s: integer("period_start")?,
                period_end_s: integer("period_end")?,
                max_uncheckpointed: integer("max_uncheckpointed")?,
            };
            let same_asset = Address::parse(text("asset_address")?).ok()? == *asset;
            let in_time = cycle.server_time_s.abs_diff(now_s) <= MAX_CORE_SKEW_S;
            let active = (cycle.period_start_s..=cycle.period_end_s).contains(&cycle.server_time_s);
            (same_asset && in_time && active).then_some(cycle)
        };
        fields().ok_or(CoreError::Answer)
    }
}
