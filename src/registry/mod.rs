//! What we know about networks, tokens and cores without asking anybody. Only the host program may add to it.

mod assets;
mod cores;
mod networks;
mod options;

use alloc::string::String;
use alloc::vec::Vec;

pub use cores::{Core, Generation, ValidationRules};

use crate::primitives::{Address, Network};

/// A token of which we know the signing domain and the value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Asset {
    /// Network.
    pub network: Network,
    /// Token contract, zero for native ether.
    pub address: Address,
    /// EIP-712 domain name of the token.
    pub name: String,
    /// EIP-712 domain version of the token.
    pub version: String,
    /// Decimals: atomic units are `10^-decimals` of the unit. At most 36.
    pub decimals: u8,
    /// ISO 4217 code of the currency it is pinned to, one to one.
    pub currency: Option<String>,
}

/// The pinned tables plus what the host program added. Host entries win over built-in ones.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    assets: Vec<Asset>,
    cores: Vec<Core>,
}

impl Registry {
    /// With entries of the host program.
    pub fn new(assets: Vec<Asset>, cores: Vec<Core>) -> Self {
        Registry { assets, cores }
    }

    /// The token at an address, when it is pinned.
    pub fn asset(&self, network: Network, address: &Address) -> Option<Asset> {
        let own = self.assets.iter().find(|asset| asset.network == network && asset.address == *address);
        own.cloned().or_else(|| built_in_asset(network, address))
    }

    /// The token meant where none is named: the first of the host program, else the first pinned one.
    pub fn first_asset(&self, network: Network) -> Option<Asset> {
        let own = self.assets.iter().find(|asset| asset.network == network);
        own.cloned().or_else(|| {
            let row = assets::ROWS.iter().find(|row| row.0 == network.chain_id())?;
            built_in_asset(network, &row.1)
        })
    }

    /// The core of a network, when there is one.
    pub fn core(&self, network: Network) -> Option<Core> {
        let own = self.cores.iter().find(|core| core.network == network);
        own.cloned().or_else(|| {
            let (_, url) = cores::PUBLISHED.iter().find(|(chain_id, _)| *chain_id == network.chain_id())?;
            Some(Core::at(network, url))
        })
    }

    /// True for an address that must never be paid: reserved, a pinned token on any network, or a contract of
    /// the payment machinery (threats P36).
    pub fn is_forbidden_recipient(&self, address: &Address) -> bool {
        address.is_reserved()
            || SYSTEM_ADDRESSES.contains(address)
            || assets::ROWS.iter().any(|row| row.1 == *address)
            || self.assets.iter().any(|asset| asset.address == *address)
    }
}

/// Network of an x402 v1 name.
pub(crate) fn network_of_v1_name(name: &str) -> Option<Network> {
    let (_, chain_id) = networks::V1_NAMES.iter().find(|(known, _)| *known == name)?;
    Network::from_chain_id(*chain_id)
}

/// The x402 v1 name of a network.
#[cfg(feature = "seller")]
pub(crate) fn v1_name_of_network(network: Network) -> Option<&'static str> {
    networks::V1_NAMES.iter().find(|(_, chain_id)| *chain_id == network.chain_id()).map(|(name, _)| *name)
}

// Permit2, x402's exact and upto proxies, the batch settlement contract and its collector, Multicall3, the
// deterministic deployer, ERC-4337 entry points. Source: x402 EVM scheme specifications and their deployments.
const SYSTEM_ADDRESSES: [Address; 9] = [
    Address::pinned("0x000000000022D473030F116dDEE9F6B43aC78BA3"),
    Address::pinned("0x402085c248EeA27D92E8b30b2C58ed07f9E20001"),
    Address::pinned("0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"),
    Address::pinned("0x4020074e9dF2ce1deE5A9C1b5c3f541D02a10003"),
    Address::pinned("0x4020806089470a89826cB9fB1f4059150b550004"),
    Address::pinned("0xcA11bde05977b3631167028862bE2a173976CA11"),
    Address::pinned("0x4e59b44847b379578588920cA78FbF26c0B4956C"),
    Address::pinned("0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789"),
    Address::pinned("0x0000000071727De22E5E9d8BAf0edAc6f37da032"),
];

fn built_in_asset(network: Network, address: &Address) -> Option<Asset> {
    let (_, _, name, version, decimals) =
        assets::ROWS.iter().find(|row| row.0 == network.chain_id() && row.1 == *address)?;
    Some(Asset {
        network,
        address: *address,
        name: String::from(*name),
        version: String::from(*version),
        decimals: *decimals,
        currency: Some(String::from("USD")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pinned_address_is_written_with_its_checksum() {
        let sources = [include_str!("assets.rs"), include_str!("mod.rs")];
        let texts = sources.iter().flat_map(|source| source.split('"')).filter(|text| text.len() == 42);
        let addresses: Vec<_> = texts.filter(|text| text.starts_with("0x")).collect();
        assert!(addresses.len() > assets::ROWS.len() + SYSTEM_ADDRESSES.len());
        for text in addresses {
            assert!(Address::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_is_an_asset_on_its_own_network_only() {
        let usdc = Address::parse("0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913").unwrap();
        let network = |chain_id| Network::from_chain_id(chain_id).unwrap();
        let registry = Registry::default();
        assert_eq!(registry.asset(network(8453), &usdc).unwrap().name, "USD Coin");
        assert_eq!(registry.asset(network(84532), &usdc), None);
    }

    #[test]
    fn tokens_system_contracts_and_nobody_are_forbidden_recipients() {
        let registry = Registry::default();
        for address in [Address::ZERO, SYSTEM_ADDRESSES[0], assets::ROWS[0].1] {
            assert!(registry.is_forbidden_recipient(&address), "{address}");
        }
        let seller = Address::parse("0x209693Bc6afc0C5328bA36FaF03C514EF312287C").unwrap();
        assert!(!registry.is_forbidden_recipient(&seller));
    }
}
