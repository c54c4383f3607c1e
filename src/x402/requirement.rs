//! One entry of `accepts`, read strictly where we use it and kept raw where we do not.

use alloc::string::String;

use super::{ChallengeError as Error, Version};
use crate::json::{Node, Value};
use crate::primitives::{Address, AddressError, Amount, AmountError, Network};

/// The schemes this package speaks. Names match exactly; a look-alike is another scheme.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum SchemeName {
    /// `exact`: an authorised stablecoin transfer of exactly the price.
    Exact,
    /// `4mica-credit`: a signed guarantee backed by collateral.
    Credit,
}

impl SchemeName {
    /// Reads the wire name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "exact" => Some(SchemeName::Exact),
            "4mica-credit" => Some(SchemeName::Credit),
            _ => None,
        }
    }

    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            SchemeName::Exact => "exact",
            SchemeName::Credit => "4mica-credit",
        }
    }
}

/// A requirement whose every used field passed the strict reader. Everything else is in `raw`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requirement<'a> {
    /// Scheme.
    pub scheme: SchemeName,
    /// Network.
    pub network: Network,
    /// The network as the seller spelled it; v1 payments repeat this spelling.
    pub network_text: String,
    /// Price in atomic units of `asset`.
    pub amount: Amount,
    /// Token contract; zero means native ether (guarantees only).
    pub asset: Address,
    /// Recipient.
    pub pay_to: Address,
    /// Seconds the seller gives for paying, from 1 up.
    pub window_s: u64,
    /// The scheme's own fields, uninterpreted.
    pub extra: Option<Node<'a>>,
    /// `resource` of a v1 entry.
    pub resource: Option<String>,
    /// The whole entry as received: v2 payments echo it verbatim.
    pub raw: &'a str,
}

const KNOWN_KEYS: [&str; 13] = [
    "scheme",
    "network",
    "amount",
    "maxAmountRequired",
    "asset",
    "payTo",
    "maxTimeoutSeconds",
    "extra",
    "resource",
    "description",
    "mimeType",
    "outputSchema",
    "x402Version",
];

impl<'a> Requirement<'a> {
    /// Reads one entry. An error concerns this entry only: others may still be payable.
    pub(crate) fn read(node: &Node<'a>, version: Version) -> Result<Self, Error> {
        let members = node.members().ok_or(Error::Type)?;
        for (key, _) in members {
            refuse_look_alike(key, &KNOWN_KEYS)?;
        }
        let scheme = SchemeName::parse(text(node, "scheme")?).ok_or(Error::Scheme)?;
        let network_text = text(node, "network")?;
        let extra = match node.member("extra") {
            None | Some(Node { value: Value::Null, .. }) => None,
            Some(extra) if extra.members().is_some() => Some(extra.clone()),
            Some(_) => return Err(Error::Type),
        };
        Ok(Requirement {
            scheme,
            network: read_network(network_text, version)?,
            network_text: String::from(network_text),
            amount: read_amount(node, version)?,
            asset: read_address(node, "asset")?,
            pay_to: read_address(node, "payTo")?,
            window_s: read_window(node)?,
            extra,
            resource: node.member("resource").and_then(Node::text).map(String::from),
            raw: node.raw,
        })
    }
}

/// Refuses a key that a careless reader could take for a known one: other case, separators, or letters of
/// another alphabet (threats P9).
pub(crate) fn refuse_look_alike(key: &str, known: &[&str]) -> Result<(), Error> {
    if known.contains(&key) {
        return Ok(());
    }
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
    };
    let imitates = !key.is_ascii() || known.iter().any(|name| plain(name) == plain(key));
    if imitates { Err(Error::UnknownKey) } else { Ok(()) }
}

fn text<'n>(node: &'n Node<'_>, name: &str) -> Result<&'n str, Error> {
    node.member(name).and_then(Node::text).ok_or(Error::Type)
}

fn read_network(text: &str, version: Version) -> Result<Network, Error> {
    let named = || match version {
        Version::V1 => crate::registry::network_of_v1_name(text),
        Version::V2 => None,
    };
    Network::parse(text).or_else(named).ok_or(Error::Network)
}

fn read_amount(node: &Node<'_>, version: Version) -> Result<Amount, Error> {
    let (v2, v1) = (node.member("amount"), node.member("maxAmountRequired"));
    let field = match (v2, v1, version) {
        (Some(_), Some(_), _) | (None, Some(_), Version::V2) => return Err(Error::MixedVersion),
        // 4Mica's own paywall sends v1 challenges with the v2 field name.
        (Some(field), None, _) | (None, Some(field), Version::V1) => field,
        (None, None, _) => return Err(Error::AmountType),
    };
    Amount::from_decimal(field.text().ok_or(Error::AmountType)?).map_err(|error| match error {
        AmountError::Syntax => Error::AmountSyntax,
        AmountError::NonCanonical => Error::AmountNoncanonical,
        AmountError::TooLarge => Error::AmountRange,
    })
}

fn read_address(node: &Node<'_>, name: &str) -> Result<Address, Error> {
    Address::parse(text(node, name)?).map_err(|error| match error {
        AddressError::Syntax => Error::AddressSyntax,
        AddressError::Checksum => Error::AddressChecksum,
    })
}

fn read_window(node: &Node<'_>) -> Result<u64, Error> {
    let field = node.member("maxTimeoutSeconds").ok_or(Error::WindowType)?;
    match field.value {
        Value::Number(_) => field.integer().filter(|seconds| *seconds > 0).ok_or(Error::Window),
        _ => Err(Error::WindowType),
    }
}
