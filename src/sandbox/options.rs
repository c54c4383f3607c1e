//! Options of a sandbox: JSON of the host program in, checked values out. Everything has a default.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::SandboxError;
use super::wire::any_address;
use crate::json::{self, Node};
use crate::primitives::{Address, Amount, Network};
use crate::registry::Generation;
use crate::x402::Version;

/// Chains on which nothing is worth anything: Base Sepolia, Ethereum Sepolia, OP Sepolia, Arbitrum Sepolia, Polygon
/// Amoy, Avalanche Fuji, and 31337, which development nodes use.
const TEST_CHAINS: [u64; 7] = [84_532, 11_155_111, 11_155_420, 421_614, 80_002, 43_113, 31_337];

/// Most sellers of one sandbox.
const MAX_SELLERS: usize = 64;
/// Longest cycle and payment window: a year.
const MAX_PERIOD_S: u64 = 366 * 86_400;

const KNOWN: [&str; 15] = [
    "network",
    "generation",
    "cycleSeconds",
    "paymentSeconds",
    "maxUncheckpointed",
    "assets",
    "sellers",
    "issuers",
    "facilitators",
    "registries",
    "core4mica",
    "clearingHouse",
    "guaranteeRegistry",
    "rpcUrl",
    "coreUrl",
];

/// Circle's USDC on Base Sepolia. In the sandbox a name only: no chain is asked.
const USDC: &str = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";

/// A token of the sandbox, and how its own contract would sign.
#[derive(Clone, Debug)]
pub(super) struct AssetOption {
    pub(super) symbol: String,
    pub(super) address: Address,
    pub(super) decimals: u8,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) currency: Option<String>,
}

/// A seller, before it has a host.
#[derive(Clone, Debug)]
pub(super) struct SellerOption {
    pub(super) price: Amount,
    pub(super) pay_to: Option<Address>,
    pub(super) asset: Option<Address>,
    pub(super) version: Version,
    /// JSON of `extra`, an object.
    pub(super) extra: String,
}

/// Everything a sandbox is made from, besides chance.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) network: Network,
    pub(super) generation: Generation,
    pub(super) cycle_s: u64,
    pub(super) payment_s: u64,
    pub(super) max_uncheckpointed: u64,
    pub(super) assets: Vec<AssetOption>,
    pub(super) sellers: Vec<SellerOption>,
    /// Accounts whose logins may issue for themselves, and for everybody.
    pub(super) issuers: Vec<Address>,
    pub(super) facilitators: Vec<Address>,
    /// Registries whose validations claims V2 may wait for.
    pub(super) registries: Vec<Address>,
    /// Fixed contract addresses, which otherwise are as random as the keys.
    pub(super) core4mica: Option<Address>,
    pub(super) clearing_house: Option<Address>,
    pub(super) guarantee_registry: Option<Address>,
    /// What core says its chain's RPC is.
    pub(super) rpc_url: Option<String>,
    /// What logins must name.
    pub(super) core_url: String,
}

impl Options {
    /// Reads the options.
    ///
    /// # Errors
    /// [`SandboxError::Production`] for any network that is not known to be a test network;
    /// [`SandboxError::Options`] for a member of another type, an unknown member, or a value out of range.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, SandboxError> {
        let root = json::read(bytes).map_err(|_| wrong("options"))?;
        let members = root.members().ok_or(wrong("options"))?;
        if members.iter().any(|(name, _)| !KNOWN.contains(&name.as_ref())) {
            return Err(wrong("options"));
        }
        let network = match text(&root, "network")? {
            None => Network::from_chain_id(84_532),
            Some(text) => Network::parse(text),
        };
        let network = network.ok_or(wrong("network"))?;
        if !TEST_CHAINS.contains(&network.chain_id()) {
            return Err(SandboxError::Production { network });
        }
        let generation = match text(&root, "generation")? {
            None => Generation::Cycle,
            Some("cycle") => Generation::Cycle,
            Some("clearing-house") => Generation::ClearingHouse,
            Some(_) => return Err(wrong("generation")),
        };
        let seconds = |name, default| match integer(&root, name)? {
            None => Ok(default),
            Some(value) if (1..=MAX_PERIOD_S).contains(&value) => Ok(value),
            Some(_) => Err(wrong(name)),
        };
        let max_uncheckpointed = integer(&root, "maxUncheckpointed")?.unwrap_or(100);
        if max_uncheckpointed == 0 {
            return Err(wrong("maxUncheckpointed"));
        }
        let assets = list(&root, "assets", asset)?.unwrap_or_else(|| Vec::from(usdc()));
        let sellers = list(&root, "sellers", seller)?.unwrap_or_else(|| Vec::from([SellerOption::default()]));
        if assets.is_empty() {
            return Err(wrong("assets"));
        }
        if sellers.len() > MAX_SELLERS {
            return Err(wrong("sellers"));
        }
        let accounts = |name| list(&root, name, address).map(Option::unwrap_or_default);
        Ok(Options {
            network,
            generation,
            cycle_s: seconds("cycleSeconds", 86_400)?,
            payment_s: seconds("paymentSeconds", 7_200)?,
            max_uncheckpointed,
            assets,
            sellers,
            issuers: accounts("issuers")?,
            facilitators: accounts("facilitators")?,
            registries: accounts("registries")?,
            core4mica: member(&root, "core4mica", address)?,
            clearing_house: member(&root, "clearingHouse", address)?,
            guarantee_registry: member(&root, "guaranteeRegistry", address)?,
            rpc_url: text(&root, "rpcUrl")?.map(String::from),
            core_url: String::from(text(&root, "coreUrl")?.unwrap_or("https://core.sandbox.test")),
        })
    }
}

impl Default for SellerOption {
    fn default() -> Self {
        SellerOption {
            price: Amount::from_u64(10_000),
            pay_to: None,
            asset: None,
            version: Version::V2,
            extra: String::from("{}"),
        }
    }
}

fn usdc() -> [AssetOption; 1] {
    [AssetOption {
        symbol: String::from("USDC"),
        address: any_address(USDC).unwrap_or(Address::ZERO),
        decimals: 6,
        name: String::from("USDC"),
        version: String::from("2"),
        currency: Some(String::from("USD")),
    }]
}

fn asset(node: &Node<'_>) -> Option<AssetOption> {
    let text = |name: &str| node.member(name).and_then(|node| node.text()).map(String::from);
    let symbol = text("symbol")?;
    Some(AssetOption {
        address: address(node.member("address")?)?,
        decimals: u8::try_from(node.member("decimals")?.integer()?).ok().filter(|decimals| *decimals <= 18)?,
        name: text("name").unwrap_or_else(|| symbol.clone()),
        version: text("version").unwrap_or_else(|| String::from("1")),
        currency: text("currency"),
        symbol,
    })
}

fn seller(node: &Node<'_>) -> Option<SellerOption> {
    let default = SellerOption::default();
    let price = match node.member("price") {
        None => default.price,
        Some(price) => Amount::from_decimal(price.text()?).ok()?,
    };
    let version = match node.member("x402Version") {
        None => default.version,
        Some(version) => match version.integer()? {
            1 => Version::V1,
            2 => Version::V2,
            _ => return None,
        },
    };
    let extra = match node.member("extra") {
        None => default.extra,
        Some(extra) => String::from(extra.members().map(|_| extra.raw)?),
    };
    let given = |name: &str| match node.member(name) {
        None => Some(None),
        Some(node) => address(node).map(Some),
    };
    node.members()?;
    Some(SellerOption { price, pay_to: given("payTo")?, asset: given("asset")?, version, extra })
}

fn address(node: &Node<'_>) -> Option<Address> {
    any_address(node.text()?)
}

/// What an option takes, in words; of any other name, what the options take.
pub(super) fn accepted(field: &str) -> String {
    match field {
        "network" => {
            let networks: Vec<_> = TEST_CHAINS.iter().map(|id| format!("eip155:{id}")).collect();
            format!("a test network: {}", networks.join(", "))
        }
        "generation" => String::from("`cycle` or `clearing-house`"),
        "cycleSeconds" | "paymentSeconds" => format!("a whole number from 1 to {MAX_PERIOD_S}"),
        "maxUncheckpointed" => String::from("a whole number from 1"),
        "assets" => String::from(
            "a list, not empty, of `symbol`, `address`, `decimals` (at most 18) and, if wanted, `name`, `version`, `currency`",
        ),
        "sellers" => format!(
            "a list of at most {MAX_SELLERS}, each with any of `price` (atomic units, as text), `payTo`, `asset`, \
             `x402Version` (1 or 2), `extra` (an object)"
        ),
        "issuers" | "facilitators" | "registries" => String::from("a list of addresses"),
        "core4mica" | "clearingHouse" | "guaranteeRegistry" => String::from("an address"),
        "rpcUrl" | "coreUrl" => String::from("a text"),
        _ => format!("an object with any of {}", KNOWN.join(", ")),
    }
}

fn wrong(field: &'static str) -> SandboxError {
    SandboxError::Options { field }
}

fn member<T>(
    root: &Node<'_>,
    name: &'static str,
    read: impl Fn(&Node<'_>) -> Option<T>,
) -> Result<Option<T>, SandboxError> {
    root.member(name).map(|node| read(node).ok_or(wrong(name))).transpose()
}

fn list<T>(
    root: &Node<'_>,
    name: &'static str,
    read: impl Fn(&Node<'_>) -> Option<T>,
) -> Result<Option<Vec<T>>, SandboxError> {
    member(root, name, |node| node.elements()?.iter().map(&read).collect())
}

fn text<'n>(root: &'n Node<'_>, name: &'static str) -> Result<Option<&'n str>, SandboxError> {
    root.member(name).map(|node| node.text().ok_or(wrong(name))).transpose()
}

fn integer(root: &Node<'_>, name: &'static str) -> Result<Option<u64>, SandboxError> {
    member(root, name, |node| node.integer())
}
