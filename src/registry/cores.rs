//! 4Mica cores: which one answers for a network, and what must never change about it.
//!
//! A seller never names a core (threats P46 to P48). Built-in entries know the published addresses only; name,
//! version, contract and operator key are taken from the core's own public parameters over https, or pinned by
//! the host program, in which case a difference stops everything.

use alloc::string::String;
use alloc::vec::Vec;

use crate::primitives::{Address, Network, Origin};

/// The four incompatible protocol generations of `4mica-credit`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Generation {
    /// Generation 1: tabs opened at the seller.
    Tab,
    /// Generation 2: settlement cycles, domain without a contract.
    Cycle,
    /// Generation 3: as 2, domain with a contract.
    Sdk2,
    /// Generation 4: clearing house, recipient behind a commitment.
    ClearingHouse,
}

impl Generation {
    /// The name used in options and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Generation::Tab => "tab",
            Generation::Cycle => "cycle",
            Generation::Sdk2 => "sdk2",
            Generation::ClearingHouse => "clearing-house",
        }
    }

    /// Reads an option's name.
    pub fn parse(text: &str) -> Option<Self> {
        [Generation::Tab, Generation::Cycle, Generation::Sdk2, Generation::ClearingHouse]
            .into_iter()
            .find(|generation| generation.as_str() == text)
    }
}

/// A core and what the host program pinned of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Core {
    /// Network it clears on.
    pub network: Network,
    /// Base URL without trailing slash.
    pub url: String,
    /// Generation, when pinned; else taken from the public parameters.
    pub generation: Option<Generation>,
    /// EIP-712 domain name, when pinned.
    pub name: Option<String>,
    /// EIP-712 domain version, when pinned.
    pub version: Option<String>,
    /// Core4Mica (generations 1 to 3) or clearing house (generation 4) contract, when pinned.
    pub contract: Option<Address>,
    /// BLS operator key (generations 1 to 3), when pinned.
    pub operator_key: Option<[u8; 48]>,
    /// Signer of receipts (generation 4), when pinned.
    pub guarantee_signer: Option<Address>,
    /// Clearing house of generations 1 to 3, whose cores do not publish it. Nothing is paid to one that is not pinned.
    pub clearing_house: Option<Address>,
    /// Origins besides the seller's own that may be asked for a tab, and so learn who pays (generation 1).
    pub tab_origins: Vec<Origin>,
    /// Which validations of a seller the owner accepts beyond what the core trusts.
    pub validations: ValidationRules,
}

/// The owner's word about validations. What is not restricted is left to what the core trusts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ValidationRules {
    /// Registry contracts that may record one.
    pub registries: Option<Vec<Address>>,
    /// Who may validate: an address, or an account as CAIP-10 writes it; in lower case.
    pub validators: Option<Vec<String>>,
    /// Lowest score that a seller may ask for, 1 to 100.
    pub min_score: Option<u8>,
}

impl Core {
    /// A core of which only the address is known.
    pub fn at(network: Network, url: &str) -> Self {
        Core {
            network,
            url: String::from(url.trim_end_matches('/')),
            generation: None,
            name: None,
            version: None,
            contract: None,
            operator_key: None,
            guarantee_signer: None,
            clearing_house: None,
            tab_origins: Vec::new(),
            validations: ValidationRules::default(),
        }
    }
}

/// Published cores. Source: SDK 1.3.1 configuration.
pub(super) const PUBLISHED: &[(u64, &str)] = &[
    (8453, "https://base.api.4mica.xyz"),
    (84532, "https://base.sepolia.api.4mica.xyz"),
    (11155111, "https://ethereum.sepolia.api.4mica.xyz"),
];
