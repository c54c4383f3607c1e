//! What the host program adds to the pinned tables, as data: JSON in, a [`Registry`] out.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Asset, Core, Generation, Registry, ValidationRules};
use crate::json::{Node, only};
use crate::primitives::{Address, Network, Origin, Url, hex};

impl Registry {
    /// Reads the members `assets` and `cores` of options, where they are there:
    ///
    /// - `assets`: `[{"network", "address", "name", "version", "decimals", "currency"?}]`, tokens the owner vouches
    ///   for, with the EIP-712 domain of the contract;
    /// - `cores`: `[{"network", "url", "generation"?, "name"?, "version"?, "contract"?, "operatorKey"?, "guaranteeSigner"?,
    ///   "clearingHouse"?,
    ///   "tabOrigins"?, "validations"?}]`, 4Mica cores and what must not change about them; `validations` is
    ///   `{"registries"?, "validators"?, "minScore"?}`. What a core says of itself decides what is signed, and a tab
    ///   endpoint learns who pays: both are reached over https, or on this machine (threats P48).
    ///
    /// # Errors
    /// Name of the member that is malformed.
    pub fn read(options: &Node<'_>) -> Result<Self, &'static str> {
        let assets = list(options, "assets", asset).ok_or("assets")?;
        let cores = list(options, "cores", core_entry).ok_or("cores")?;
        Ok(Registry::new(assets, cores))
    }
}

fn list<T>(root: &Node<'_>, name: &str, read: fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    match root.member(name) {
        None => Some(Vec::new()),
        Some(node) => node.elements()?.iter().map(read).collect(),
    }
}

fn asset(node: &Node<'_>) -> Option<Asset> {
    only(node, &["network", "address", "name", "version", "decimals", "currency"])?;
    let text = |name: &str| node.member(name)?.text();
    let currency = match node.member("currency") {
        None => None,
        Some(node) => Some(node.text().filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()))?),
    };
    // Read before any text is copied: half of it would have to be dropped at every way out.
    let network = Network::parse(text("network")?)?;
    let address = Address::parse(text("address")?).ok()?;
    let (name, version) = (text("name")?, text("version")?);
    let decimals = u8::try_from(node.member("decimals")?.integer()?).ok().filter(|decimals| *decimals <= 18)?;
    Some(Asset {
        network,
        address,
        name: String::from(name),
        version: String::from(version),
        decimals,
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
    Url::parse(url)?.origin.is_private().then_some(())?;
    let address = |name: &str| read_if(text(name)?, |text| Address::parse(text).ok());
    let network = Network::parse(text("network")??)?;
    let generation = read_if(text("generation")?, Generation::parse)?;
    let (name, version) = (text("name")?, text("version")?);
    let contract = address("contract")?;
    let operator_key = read_if(text("operatorKey")?, hex::decode_fixed)?;
    let guarantee_signer = address("guaranteeSigner")?;
    let clearing_house = address("clearingHouse")?;
    let tab_origins = list(node, "tabOrigins", |node| Origin::parse(node.text()?).filter(Origin::is_private))?;
    let validations = match node.member("validations") {
        None => ValidationRules::default(),
        Some(node) => validation_rules(node)?,
    };
    Some(Core {
        generation,
        name: name.map(String::from),
        version: version.map(String::from),
        contract,
        operator_key,
        guarantee_signer,
        clearing_house,
        tab_origins,
        validations,
        ..Core::at(network, url)
    })
}

fn validation_rules(node: &Node<'_>) -> Option<ValidationRules> {
    only(node, &["registries", "validators", "minScore"])?;
    let given = |name: &str| node.member(name).is_some();
    let registries = list(node, "registries", |node| Address::parse(node.text()?).ok())?;
    let validators = list(node, "validators", |node| {
        let text = node.text()?;
        // CAIP-10: `eip155:chain:account`.
        let named = text.strip_prefix("eip155:").and_then(|rest| rest.split_once(':'));
        let account = named.filter(|(chain, _)| Network::parse(&alloc::format!("eip155:{chain}")).is_some());
        Address::parse(account.map_or(text, |(_, account)| account)).ok().map(|_| text.to_ascii_lowercase())
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
