//! What the seller set up once, as data: JSON in, a [`Paywall`] out.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::OptionError;
use super::sign_in::SignInOffer;
use super::terms::Release;
use crate::json::{self, Node, Value};
use crate::policy::Money;
use crate::primitives::{Network, Origin, Url};
use crate::registry::Registry;
use crate::x402::{SchemeName, Version};

/// Where payments of one scheme are verified and settled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Facilitator {
    /// Base URL without trailing slash.
    pub url: String,
    /// Version it is spoken to in, whatever the buyer speaks.
    pub version: Version,
}

/// Whether buyers are asked for a payment identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IdentifierRule {
    /// It is taken where there is one.
    Optional,
    /// There is no sale without one, and so none in version 1, which has no place for it.
    Required,
}

/// What a seller set up for all its routes.
#[derive(Clone, Debug)]
pub struct Paywall {
    pub(super) registry: Registry,
    exact: Option<Facilitator>,
    credit: Option<Facilitator>,
    rpc: Vec<Network>,
    pub(super) release: Release,
    pub(super) evidence_above: Option<Money>,
    handler_timeout_ms: u64,
    timeout_ms: u64,
    result_s: u64,
    pub(super) sign_in: Option<SignInOffer>,
    pub(super) identifier: Option<IdentifierRule>,
    pub(super) origin: Option<Origin>,
}

const KNOWN: [&str; 12] = [
    "assets",
    "cores",
    "facilitators",
    "rpc",
    "release",
    "evidenceAbove",
    "handlerTimeoutMs",
    "timeoutMs",
    "resultSeconds",
    "signIn",
    "paymentIdentifier",
    "origin",
];

impl Paywall {
    /// Reads
    /// `{"facilitators", "assets"?, "cores"?, "rpc"?, "release"?, "evidenceAbove"?, "handlerTimeoutMs"?, "timeoutMs"?,
    /// "resultSeconds"?, "signIn"?, "paymentIdentifier"?, "origin"?}`:
    ///
    /// - `facilitators`: `{"exact"?: {"url", "x402Version"?: 1 | 2}, "4mica-credit"?: …}`, over https or on this machine;
    /// - `assets`, `cores`: see [`Registry::read`];
    /// - `rpc`: networks of which the driver can ask a node, `["eip155:8453"]`;
    /// - `release`: `"verify-first"` (what is not said), `"settle-first"`, `{"optimistic": {"cap": "1 USD"}}`;
    /// - `evidenceAbove`: price from which a settlement of `exact` is believed only once the chain shows it;
    /// - `handlerTimeoutMs` (30 000), `timeoutMs` (10 000): how long work and one question may take;
    /// - `resultSeconds` (3 600, up to a year): how long after its settlement a kept result is handed out again;
    /// - `signIn`: `true` or `{"statement"?}`; `paymentIdentifier`: `"optional"` or `"required"`;
    /// - `origin`: where buyers see this server, when that is not what requests say.
    ///
    /// # Errors
    /// [`OptionError`] names the first field that is unknown or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, OptionError> {
        let root = json::read(bytes).map_err(|_| OptionError::new("options", "one JSON object"))?;
        known(&root, &KNOWN, "options")?;
        let facilitators = root.member("facilitators");
        if let Some(node) = facilitators {
            known(node, &["exact", "4mica-credit"], "facilitators")?;
        }
        let facilitator = |scheme: &'static str| match facilitators.and_then(|node| node.member(scheme)) {
            None => Ok(None),
            Some(node) => {
                facilitator(node).map(Some).map_err(|error| error.within(&alloc::format!("facilitators.{scheme}")))
            }
        };
        let registry = Registry::read(&root).map_err(|field| OptionError::new(field, "see its type"))?;
        Ok(Paywall {
            registry,
            exact: facilitator("exact")?,
            credit: facilitator("4mica-credit")?,
            rpc: networks(&root).ok_or(OptionError::new("rpc", "networks as `eip155:8453`"))?,
            release: read(&root, "release", Release::read, Release::WANTED)?.unwrap_or(Release::VerifyFirst),
            evidence_above: read(&root, "evidenceAbove", money, "an amount as `10 USD`")?,
            handler_timeout_ms: read(&root, "handlerTimeoutMs", milliseconds, MILLISECONDS)?.unwrap_or(30_000),
            timeout_ms: read(&root, "timeoutMs", milliseconds, MILLISECONDS)?.unwrap_or(10_000),
            result_s: read(&root, "resultSeconds", seconds, "seconds, 0 to 31536000")?.unwrap_or(3_600),
            sign_in: read(&root, "signIn", SignInOffer::read, SignInOffer::WANTED)?.flatten(),
            identifier: read(&root, "paymentIdentifier", identifier, "`optional` or `required`")?,
            origin: read(&root, "origin", public_origin, "an origin as `https://api.example.com`")?,
        })
    }

    /// Pinned tokens and cores.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Who verifies and settles a scheme.
    pub fn facilitator(&self, scheme: SchemeName) -> Option<&Facilitator> {
        match scheme {
            SchemeName::Exact => self.exact.as_ref(),
            SchemeName::Credit => self.credit.as_ref(),
        }
    }

    /// Whether the driver can ask a node of a network.
    pub fn has_node(&self, network: Network) -> bool {
        self.rpc.contains(&network)
    }

    /// Price from which a settlement of `exact` wants the chain's word.
    pub fn evidence_above(&self) -> Option<&Money> {
        self.evidence_above.as_ref()
    }

    /// How long after its settlement a result that was handed out is handed out again, in seconds.
    pub fn result_s(&self) -> u64 {
        self.result_s
    }

    /// Longest time one copy of the seller can be busy with a sale: nobody takes it over before.
    pub fn lease_s(&self) -> u64 {
        (self.handler_timeout_ms + 2 * self.timeout_ms).div_ceil(1_000) + 10
    }
}

const MILLISECONDS: &str = "milliseconds, 1 to 600000";

pub(super) fn known(node: &Node<'_>, names: &[&str], whole: &str) -> Result<(), OptionError> {
    let members = node.members().ok_or_else(|| OptionError::new(whole, "an object"))?;
    match members.iter().find(|(key, _)| !names.contains(&key.as_ref())) {
        None => Ok(()),
        Some((key, _)) => {
            let key: String = key.chars().filter(|letter| !json::is_escaped(*letter)).take(64).collect();
            Err(OptionError::new(key, "no such option"))
        }
    }
}

/// A member where it is there.
pub(super) fn read<T>(
    root: &Node<'_>,
    name: &str,
    read: impl Fn(&Node<'_>) -> Option<T>,
    wanted: &'static str,
) -> Result<Option<T>, OptionError> {
    match root.member(name) {
        None => Ok(None),
        Some(node) => read(node).map(Some).ok_or_else(|| OptionError::new(name, wanted)),
    }
}

fn facilitator(node: &Node<'_>) -> Result<Facilitator, OptionError> {
    known(node, &["url", "x402Version"], "url")?;
    let url = read(node, "url", private_url, "a URL over https, or on this machine")?;
    let version = |node: &Node<'_>| match node.integer()? {
        1 => Some(Version::V1),
        2 => Some(Version::V2),
        _ => None,
    };
    Ok(Facilitator {
        url: url.ok_or_else(|| OptionError::new("url", "a URL over https, or on this machine"))?,
        version: read(node, "x402Version", version, "1 or 2")?.unwrap_or(Version::V2),
    })
}

// Signed payments and the facilitator's own keys go there. A query or fragment would swallow the route.
fn private_url(node: &Node<'_>) -> Option<String> {
    let text = node.text()?.trim_end_matches('/');
    let plain = !text.contains(['?', '#']);
    (plain && Url::parse(text)?.origin.is_private()).then(|| String::from(text))
}

fn networks(root: &Node<'_>) -> Option<Vec<Network>> {
    match root.member("rpc") {
        None => Some(Vec::new()),
        Some(node) => node.elements()?.iter().map(|node| Network::parse(node.text()?)).collect(),
    }
}

pub(super) fn money(node: &Node<'_>) -> Option<Money> {
    Money::parse(node.text()?)
}

fn milliseconds(node: &Node<'_>) -> Option<u64> {
    node.integer().filter(|milliseconds| (1..=600_000).contains(milliseconds))
}

fn seconds(node: &Node<'_>) -> Option<u64> {
    node.integer().filter(|seconds| *seconds <= 31_536_000)
}

fn identifier(node: &Node<'_>) -> Option<IdentifierRule> {
    match node.text()? {
        "optional" => Some(IdentifierRule::Optional),
        "required" => Some(IdentifierRule::Required),
        _ => None,
    }
}

// With its scheme: `http` and `https` are two places.
fn public_origin(node: &Node<'_>) -> Option<Origin> {
    let text = node.text()?;
    let url = Url::parse(text)?;
    (url.origin.to_string() == text.trim_end_matches('/')).then_some(url.origin)
}

impl Release {
    pub(super) const WANTED: &'static str = "`verify-first`, `settle-first`, or `{ optimistic: { cap: '1 USD' } }`";

    pub(super) fn read(node: &Node<'_>) -> Option<Self> {
        match &node.value {
            Value::String(text) if text == "verify-first" => Some(Release::VerifyFirst),
            Value::String(text) if text == "settle-first" => Some(Release::SettleFirst),
            _ => {
                json::only(node, &["optimistic"])?;
                let optimistic = node.member("optimistic")?;
                json::only(optimistic, &["cap"])?;
                Some(Release::Optimistic { cap: money(optimistic.member("cap")?)? })
            }
        }
    }
}
