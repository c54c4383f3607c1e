//! Policy as data: JSON in, compiled rules and their hash out.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{AssetId, Budget, Every, Money, Policy, sorted};
use crate::error::Code;
use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Amount, Network, Origin, keccak256};
use crate::x402::SchemeName;

/// Window when the policy sets none, in seconds.
const DEFAULT_WINDOW_S: u64 = 300;
/// No policy may allow more (threats P45).
const MAX_WINDOW_S: u64 = 900;

/// A field of the policy that cannot be understood. Refused whole: half a policy is not a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError {
    /// Name of the field, an unknown one as the owner wrote it (64 characters of it at most), or `policy` for the
    /// text as a whole.
    pub field: Cow<'static, str>,
}

impl PolicyError {
    fn at(field: &'static str) -> Self {
        PolicyError { field: Cow::Borrowed(field) }
    }

    fn unknown(key: &str) -> Self {
        PolicyError { field: key.chars().take(64).filter(|letter| !letter.is_control()).collect() }
    }

    /// The stable code.
    pub const fn code(&self) -> Code {
        Code::PolicySyntax
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read the policy: field `{}` ({})", self.field, self.code())
    }
}

impl core::error::Error for PolicyError {}

const FIELDS: [&str; 9] =
    ["perRequest", "perAsset", "budgets", "sellers", "networks", "assets", "schemes", "payTo", "maxWindowSeconds"];

/// What is in force when the host program sets no policy: pinned dollars only, ten cents a request, one dollar a
/// day, ordinary https hosts only.
const SAFE: &str = r#"{"perRequest":"0.10 USD","budgets":[{"limit":"1 USD","every":"day"}]}"#;

impl Policy {
    /// The safe default.
    pub fn safe() -> Self {
        // The text is ours and covered by a test; a policy that allows nothing is the harmless alternative.
        Policy::parse(SAFE.as_bytes()).unwrap_or_else(|_| Policy::nothing())
    }

    fn nothing() -> Self {
        Policy {
            per_request: None,
            per_asset: Vec::new(),
            budgets: Vec::new(),
            sellers: None,
            networks: None,
            assets: None,
            schemes: Vec::new(),
            pay_to: Vec::new(),
            max_window_s: DEFAULT_WINDOW_S,
            hash: [0; 32],
        }
    }

    /// Reads a policy. Fields left out: no limit in that respect, except `maxWindowSeconds` (300), `schemes` (all)
    /// and the caps, of which at least one must be there for anything to be paid.
    ///
    /// - `perRequest`: `"0.10 USD"`, over all tokens pinned to the currency.
    /// - `perAsset`: `{"eip155:8453/erc20:0x…": "10000"}`, atomic units, in addition.
    /// - `budgets`: `[{"limit": "5 USD", "every": "hour" | "day" | "lifetime"}]`, one per currency and window.
    /// - `sellers`: origins; `payTo`: `{"api.example.com": ["0x…"]}`.
    /// - `networks`, `assets`, `schemes`: allow-lists; `schemes` in order of preference.
    ///
    /// # Errors
    /// [`PolicyError`] names the first field that is unknown or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let root = json::read(bytes).map_err(|_| PolicyError::at("policy"))?;
        let members = root.members().ok_or_else(|| PolicyError::at("policy"))?;
        if let Some((key, _)) = members.iter().find(|(key, _)| !FIELDS.contains(&key.as_ref())) {
            return Err(PolicyError::unknown(key));
        }
        let mut policy = Policy::nothing();
        let field = |name: &'static str| (root.member(name), PolicyError::at(name));
        if let (Some(node), error) = field("perRequest") {
            policy.per_request = Some(node.text().and_then(Money::parse).ok_or(error)?);
        }
        if let (Some(node), error) = field("perAsset") {
            policy.per_asset = per_asset(node).ok_or(error)?;
        }
        if let (Some(node), error) = field("budgets") {
            policy.budgets = budgets(node).ok_or(error)?;
        }
        if let (Some(node), error) = field("sellers") {
            policy.sellers = Some(set(node, |node| Origin::parse(node.text()?)).ok_or(error)?);
        }
        if let (Some(node), error) = field("networks") {
            policy.networks = Some(set(node, |node| Network::parse(node.text()?)).ok_or(error)?);
        }
        if let (Some(node), error) = field("assets") {
            policy.assets = Some(set(node, |node| asset_id(node.text()?)).ok_or(error)?);
        }
        policy.schemes = match field("schemes") {
            (None, _) => [SchemeName::Exact, SchemeName::Credit].into(),
            (Some(node), error) => schemes(node).ok_or(error)?,
        };
        if let (Some(node), error) = field("payTo") {
            policy.pay_to = pay_to(node).ok_or(error)?;
        }
        if let (Some(node), error) = field("maxWindowSeconds") {
            policy.max_window_s = node.integer().filter(|seconds| (1..=MAX_WINDOW_S).contains(seconds)).ok_or(error)?;
        }
        policy.hash = keccak256(policy.canonical().as_bytes());
        Ok(policy)
    }

    /// The rules as canonical JSON: fixed order, sorted sets, one spelling for each value.
    pub fn canonical(&self) -> String {
        let mut object = Writer::object();
        if let Some(cap) = &self.per_request {
            object = object.text("perRequest", &cap.to_string());
        }
        let caps = self
            .per_asset
            .iter()
            .fold(Writer::object(), |caps, (id, cap)| caps.text(&asset_text(id), &cap.to_string()));
        object = object.raw("perAsset", &caps.finish());
        object = object.raw(
            "budgets",
            &array(self.budgets.iter().map(|budget| {
                Writer::object().text("limit", &budget.limit.to_string()).text("every", budget.every.as_str()).finish()
            })),
        );
        if let Some(sellers) = &self.sellers {
            object = object.raw("sellers", &texts(sellers.iter().map(Origin::to_string)));
        }
        if let Some(networks) = &self.networks {
            object = object.raw("networks", &texts(networks.iter().map(Network::to_string)));
        }
        if let Some(assets) = &self.assets {
            object = object.raw("assets", &texts(assets.iter().map(asset_text)));
        }
        object = object.raw("schemes", &texts(self.schemes.iter().map(|scheme| String::from(scheme.as_str()))));
        let pins = self.pay_to.iter().fold(Writer::object(), |pins, (origin, addresses)| {
            pins.raw(&origin.to_string(), &texts(addresses.iter().map(Address::checksummed)))
        });
        object.raw("payTo", &pins.finish()).integer("maxWindowSeconds", self.max_window_s).finish()
    }
}

fn set<T: Ord>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<Vec<T>> {
    let mut set = Vec::new();
    for element in node.elements()? {
        sorted::insert(&mut set, read(element)?);
    }
    Some(set)
}

fn schemes(node: &Node<'_>) -> Option<Vec<SchemeName>> {
    node.elements()?.iter().map(|node| SchemeName::parse(node.text()?)).collect()
}

fn budgets(node: &Node<'_>) -> Option<Vec<Budget>> {
    let mut budgets: Vec<Budget> = Vec::new();
    for element in node.elements()? {
        let budget = budget(element)?;
        // Two limits under one key would be one sum with two meanings.
        if budgets.iter().any(|other| other.limit.currency() == budget.limit.currency() && other.every == budget.every)
        {
            return None;
        }
        sorted::insert(&mut budgets, budget);
    }
    Some(budgets)
}

fn budget(node: &Node<'_>) -> Option<Budget> {
    let known = |key: &str| key == "limit" || key == "every";
    if !node.members()?.iter().all(|(key, _)| known(key)) {
        return None;
    }
    let every = match node.member("every")?.text()? {
        "hour" => Every::Hour,
        "day" => Every::Day,
        "lifetime" => Every::Lifetime,
        _ => return None,
    };
    Some(Budget { limit: Money::parse(node.member("limit")?.text()?)?, every })
}

fn per_asset(node: &Node<'_>) -> Option<Vec<(AssetId, Amount)>> {
    let mut caps = Vec::new();
    for (key, cap) in node.members()? {
        sorted::put(&mut caps, asset_id(key)?, Amount::from_decimal(cap.text()?).ok()?);
    }
    Some(caps)
}

fn pay_to(node: &Node<'_>) -> Option<Vec<(Origin, Vec<Address>)>> {
    let mut pins = Vec::new();
    for (key, addresses) in node.members()? {
        sorted::put(&mut pins, Origin::parse(key)?, set(addresses, |node| Address::parse(node.text()?).ok())?);
    }
    Some(pins)
}

/// Reads a CAIP-19 id of an ERC-20 token, `eip155:8453/erc20:0x…`, or of native ether, `eip155:8453/slip44:60`.
fn asset_id(text: &str) -> Option<AssetId> {
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

fn texts(items: impl Iterator<Item = String>) -> String {
    array(items.map(|item| {
        let mut json = String::new();
        json::push_string(&mut json, &item);
        json
    }))
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safe_policy_is_readable_and_caps_every_payment() {
        let safe = Policy::safe();
        assert_ne!(safe, Policy::nothing());
        assert_eq!(safe.per_request, Money::parse("0.10 USD"));
        assert_eq!(safe.budgets.len(), 1);
    }

    #[test]
    fn hash_depends_on_meaning_not_on_spelling() {
        let hash = |text: &str| *Policy::parse(text.as_bytes()).unwrap().hash();
        let a = r#"{"perRequest":"0.1 USD","sellers":["b.example.com","a.example.com"]}"#;
        let b = r#"{ "sellers" : ["https://a.example.com","b.example.com"], "perRequest":"0.10 USD" }"#;
        assert_eq!(hash(a), hash(b));
        assert_ne!(hash(a), hash(r#"{"perRequest":"0.1 USD","sellers":["a.example.com"]}"#));
    }

    #[test]
    fn canonical_form_reads_back_to_the_same_policy() {
        let text = r#"{"perRequest":"0.1 USD","perAsset":{"eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913":"7","eip155:1/slip44:60":"8"},
            "budgets":[{"limit":"5 USD","every":"day"},{"limit":"9 USD","every":"lifetime"}],"sellers":["api.example.com"],
            "networks":["eip155:8453"],"assets":["eip155:1/slip44:60"],"schemes":["4mica-credit"],
            "payTo":{"api.example.com":["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]},"maxWindowSeconds":60}"#;
        let policy = Policy::parse(text.as_bytes()).unwrap();
        assert_eq!(Policy::parse(policy.canonical().as_bytes()).unwrap(), policy);
    }

    #[test]
    fn a_malformed_field_is_named() {
        for (text, field) in [
            ("[]", "policy"),
            (r#"{"perrequest":"1 USD"}"#, "perrequest"),
            (r#"{"perRequest":"1 USD","max\u0007":1}"#, "max"),
            (r#"{"perRequest":"1"}"#, "perRequest"),
            (r#"{"perRequest":1}"#, "perRequest"),
            (r#"{"perAsset":{"USDC":"1"}}"#, "perAsset"),
            (r#"{"budgets":[{"limit":"1 USD"}]}"#, "budgets"),
            (r#"{"budgets":[{"limit":"1 USD","every":"week"}]}"#, "budgets"),
            (r#"{"budgets":[{"limit":"1 USD","every":"day","per":"task"}]}"#, "budgets"),
            (r#"{"budgets":[{"limit":"1 USD","every":"day"},{"limit":"2 USD","every":"day"}]}"#, "budgets"),
            (r#"{"sellers":["https://u@example.com"]}"#, "sellers"),
            (r#"{"sellers":["example.com/path"]}"#, "sellers"),
            (r#"{"networks":["base"]}"#, "networks"),
            (r#"{"schemes":["Exact"]}"#, "schemes"),
            (r#"{"payTo":{"example.com":["0x1"]}}"#, "payTo"),
            (r#"{"maxWindowSeconds":901}"#, "maxWindowSeconds"),
            (r#"{"maxWindowSeconds":0}"#, "maxWindowSeconds"),
        ] {
            assert_eq!(Policy::parse(text.as_bytes()), Err(PolicyError::at(field)), "{text}");
        }
    }
}
