//! The host program's options as data: JSON in, a [`Config`] out.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Config;
use crate::error::Code;
use crate::json::{self, Node};
use crate::policy::{Policy, PolicyError};
use crate::primitives::{Address, Network, Origin, Url, hex};
use crate::registry::{Asset, Core, Generation, Registry, ValidationRules};

/// Options that cannot be understood.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ConfigError {
    /// The policy.
    Policy(PolicyError),
    /// `assets` or `cores`, or the options as a whole.
    Field(&'static str),
}

impl ConfigError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            ConfigError::Policy(error) => error.code(),
            ConfigError::Field(_) => Code::Options,
        }
    }

    /// Name of the field.
    pub fn field(&self) -> &str {
        match self {
            ConfigError::Policy(error) => &error.field,
            ConfigError::Field(field) => field,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the options: field `{}` ({})", self.field(), self.code())
    }
}

impl core::error::Error for ConfigError {}

impl Config {
    /// Reads `{"policy"?, "assets"?, "cores"?, "store"?}`. Without a policy the safe one is in force; without a word
    /// about the store it is taken to be ephemeral.
    ///
    /// - `assets`: `[{"network", "address", "name", "version", "decimals", "currency"?}]`, tokens the owner vouches
    ///   for, with the EIP-712 domain of the contract;
    /// - `cores`: `[{"network", "url", "generation"?, "name"?, "version"?, "contract"?, "operatorKey"?, "guaranteeSigner"?,
    ///   "clearingHouse"?,
    ///   "tabOrigins"?, "validations"?}]`, 4Mica cores and what must not change about them; `validations` is
    ///   `{"registries"?, "validators"?, "minScore"?}`;
    /// - `store`: `"durable"` or `"ephemeral"`, what survives the process.
    ///
    /// # Errors
    /// [`ConfigError`] names the first field that is unknown or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, ConfigError> {
        let root = json::read(bytes).map_err(|_| ConfigError::Field("options"))?;
        only(&root, &["policy", "assets", "cores", "store"]).ok_or(ConfigError::Field("options"))?;
        let policy = match root.member("policy") {
            None => Policy::safe(),
            Some(node) => Policy::parse(node.raw.as_bytes()).map_err(ConfigError::Policy)?,
        };
        let assets = list(&root, "assets", asset).ok_or(ConfigError::Field("assets"))?;
        let cores = list(&root, "cores", core_entry).ok_or(ConfigError::Field("cores"))?;
        let durable = match root.member("store").map(Node::text) {
            None | Some(Some("ephemeral")) => false,
            Some(Some("durable")) => true,
            Some(_) => return Err(ConfigError::Field("store")),
        };
        Ok(Config { policy, registry: Registry::new(assets, cores), durable })
    }
}

fn list<T>(root: &Node<'_>, name: &str, read: fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    match root.member(name) {
        None => Some(Vec::new()),
        Some(node) => node.elements()?.iter().map(read).collect(),
    }
}

fn only(node: &Node<'_>, known: &[&str]) -> Option<()> {
    node.members()?.iter().all(|(key, _)| known.contains(&key.as_ref())).then_some(())
}

fn asset(node: &Node<'_>) -> Option<Asset> {
    only(node, &["network", "address", "name", "version", "decimals", "currency"])?;
    let text = |name: &str| node.member(name)?.text();
    let currency = match node.member("currency") {
        None => None,
        Some(node) => Some(node.text().filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()))?),
    };
    Some(Asset {
        network: Network::parse(text("network")?)?,
        address: Address::parse(text("address")?).ok()?,
        name: String::from(text("name")?),
        version: String::from(text("version")?),
        decimals: u8::try_from(node.member("decimals")?.integer()?).ok().filter(|decimals| *decimals <= 18)?,
        currency: currency.map(String::from),
    })
}

fn core_entry(node: &Node<'_>) -> Option<Core> {
    const KNOWN: [&str; 11] = [
        "network",
        "url",
        "generation",
        "name",
        "version",
        "contract",
        "operatorKey",
        "guaranteeSigner",
        "clearingHouse",
        "tabOrigins",
        "validations",
    ];
    only(node, &KNOWN)?;
    // Absent is fine, malformed is not.
    let text = |name: &str| match node.member(name) {
        None => Some(None),
        Some(node) => node.text().map(Some),
    };
    let url = text("url")??;
    is_private(&Url::parse(url)?.origin).then_some(())?;
    let core = Core::at(Network::parse(text("network")??)?, url);
    Some(Core {
        generation: read_if(text("generation")?, Generation::parse)?,
        name: text("name")?.map(String::from),
        version: text("version")?.map(String::from),
        contract: read_if(text("contract")?, |text| Address::parse(text).ok())?,
        operator_key: read_if(text("operatorKey")?, hex::decode_fixed)?,
        guarantee_signer: read_if(text("guaranteeSigner")?, |text| Address::parse(text).ok())?,
        clearing_house: read_if(text("clearingHouse")?, |text| Address::parse(text).ok())?,
        tab_origins: list(node, "tabOrigins", |node| Origin::parse(node.text()?).filter(is_private))?,
        validations: match node.member("validations") {
            None => ValidationRules::default(),
            Some(node) => validation_rules(node)?,
        },
        ..core
    })
}

// What a core says of itself decides what is signed, and a tab endpoint learns who pays: both are reached over https,
// or on this machine (threats P48).
fn is_private(origin: &Origin) -> bool {
    origin.is_secure() || ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| origin.is_host(host))
}

fn validation_rules(node: &Node<'_>) -> Option<ValidationRules> {
    only(node, &["registries", "validators", "minScore"])?;
    let given = |name: &str| node.member(name).is_some();
    let registries = list(node, "registries", |node| Address::parse(node.text()?).ok())?;
    let validators = list(node, "validators", |node| {
        let text = node.text()?;
        // CAIP-10: `namespace:chain:account`.
        let account = text.rsplit_once(':').filter(|(chain, _)| Network::parse(chain).is_some());
        Address::parse(account.map_or(text, |(_, account)| account)).ok().map(|_| text.to_lowercase())
    })?;
    let min_score = match node.member("minScore") {
        None => None,
        Some(node) => Some(u8::try_from(node.integer()?).ok().filter(|score| (1..=100).contains(score))?),
    };
    Some(ValidationRules {
        registries: given("registries").then_some(registries),
        validators: given("validators").then_some(validators),
        min_score,
    })
}

fn read_if<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => read(text).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_field_is_named() {
        for (text, field) in [
            ("[]", "options"),
            (r#"{"Policy":{}}"#, "options"),
            (r#"{"policy":{"perRequest":1}}"#, "perRequest"),
            (r#"{"assets":[{"network":"eip155:1"}]}"#, "assets"),
            (r#"{"cores":[{"network":"eip155:1","url":"core.example"}]}"#, "cores"),
            (r#"{"cores":[{"network":"eip155:1","url":"https://core.example","generation":"newest"}]}"#, "cores"),
        ] {
            assert_eq!(Config::parse(text.as_bytes()).unwrap_err().field(), field, "{text}");
        }
    }

    #[test]
    fn no_policy_means_the_safe_one() {
        assert_eq!(Config::parse(b"{}").unwrap().policy, Policy::safe());
    }
}
