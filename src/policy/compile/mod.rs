//! Policy as data: JSON in, compiled rules and their hash out.

mod canonical;
mod read;
#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

pub(crate) use read::asset_text;
pub(super) use read::{array, asset_id, label, set, texts, unknown_member};

use super::budgets;
use super::pattern::Sellers;
use super::{Choice, Money, Policy};
use crate::error::Code;
use crate::json::{self, Node};
use crate::primitives::{Network, keccak256};
use crate::x402::SchemeName;

/// Window when the policy sets none, in seconds.
const DEFAULT_WINDOW_S: u64 = 300;
/// No policy may allow more (threats P45).
const MAX_WINDOW_S: u64 = 900;
/// Time to answer a question when the policy sets none, in seconds.
const DEFAULT_APPROVAL_S: u64 = 3_600;
/// Shortest and longest such time: a minute, a week.
const APPROVAL_S: core::ops::RangeInclusive<u64> = 60..=604_800;
/// Largest rise of a price, in percent.
const MAX_RISE: u64 = 10_000;

/// A field of the policy that cannot be understood. Refused whole: half a policy is not a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyError {
    /// Name of the field, an unknown one as the owner wrote it (64 characters of it at most; `budgets.limits` for one
    /// inside another), or `policy` for the text as a whole.
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

const FIELDS: [&str; 19] = [
    "perRequest",
    "perAsset",
    "budgets",
    "sellers",
    "networks",
    "assets",
    "schemes",
    "payTo",
    "maxWindowSeconds",
    "payToChange",
    "newSeller",
    "changedTerms",
    "maxRise",
    "onRise",
    "askAbove",
    "askCategories",
    "categories",
    "approvalSeconds",
    "ephemeralLimit",
];

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
            zones: Vec::new(),
            sellers: Sellers::default(),
            networks: None,
            assets: None,
            schemes: Vec::new(),
            pay_to: Vec::new(),
            pay_to_change: Choice::Ask,
            new_seller: Choice::Allow,
            changed_terms: Choice::Allow,
            max_rise: None,
            on_rise: Choice::Ask,
            ask_above: None,
            ask_categories: Vec::new(),
            categories: None,
            approval_s: DEFAULT_APPROVAL_S,
            ephemeral_limit: Money::dollar(),
            max_window_s: DEFAULT_WINDOW_S,
            hash: [0; 32],
        }
    }

    /// Reads a policy. Every field may be left out; of `perRequest` and `perAsset` one must be there for anything to be
    /// paid.
    ///
    /// Limits of one price:
    /// - `perRequest`: `"0.10 USD"`, over all tokens pinned to the currency.
    /// - `perAsset`: `{"eip155:8453/erc20:0x…": "10000"}`, atomic units, in addition.
    /// - `ephemeralLimit`: `"1 USD"` (default), while the store forgets with the process.
    /// - `maxRise`: percent above the last price of the same resource in the same token, 0 to 10 000; `onRise`: `"ask"`
    ///   (default) or `"deny"`, only beside it.
    ///
    /// Limits of sums, at most 32:
    /// - `budgets`: `[{"limit": "5 USD", "every": "day"}]`. Instead of `limit` in a currency: `limit` in atomic units
    ///   with `asset`, or `count` of purchases, or `atOnce`, without `every`. `every`: `minute`, `hour`, `day`, `week`
    ///   or seconds up to 31 622 400, all of which roll; `calendar-day` or `calendar-month` of `timeZone` (IANA name,
    ///   default `UTC`); `lifetime`. `per`: one or more of [`Scope`](super::Scope), a sum for each value.
    ///   `only`: `{"category": ["data"]}`, purchases with one of the values. Two that differ in the limit alone are an
    ///   error.
    ///
    /// Lists:
    /// - `sellers`: [patterns](super::Pattern), or `{"allow": […], "deny": […]}`, of which `deny` wins. Without
    ///   `allow`: ordinary https hosts.
    /// - `payTo`: `{"api.example.com": ["0x…"]}`, recipients by pattern; the narrowest pattern counts.
    /// - `networks`, `assets`, `schemes`: allow-lists; `schemes` in order of preference.
    /// - `categories`: of the purpose; one that has none is not on the list.
    ///
    /// Questions, `"allow"`, `"ask"` or `"deny"`:
    /// - `payToChange` (default `"ask"`): a recipient that this seller did not have before and that is not pinned.
    /// - `newSeller` (default `"allow"`): nothing is remembered of the seller.
    /// - `changedTerms` (default `"allow"`): anything but the price differs from the last purchase of the resource.
    /// - `askAbove`: `"1 USD"`, asks about higher prices and about those that have no value in the currency.
    /// - `askCategories`: asks about these.
    /// - `approvalSeconds`: time to answer, 60 to 604 800, default 3 600.
    ///
    /// `maxWindowSeconds`: longest life of an authorisation, 1 to 900, default 300.
    ///
    /// # Errors
    /// [`PolicyError`] names the first field that is unknown, or else malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let root = json::read(bytes).map_err(|_| PolicyError::at("policy"))?;
        root.members().ok_or_else(|| PolicyError::at("policy"))?;
        unknown_member(&root, "", &FIELDS)?;
        let mut policy = Policy::nothing();
        policy.read_limits(&root)?;
        policy.read_lists(&root)?;
        policy.read_questions(&root)?;
        policy.hash = keccak256(policy.canonical().as_bytes());
        Ok(policy)
    }

    fn read_limits(&mut self, root: &Node<'_>) -> Result<(), PolicyError> {
        self.per_request = field(root, "perRequest", read::money)?;
        self.per_asset = field(root, "perAsset", read::per_asset)?.unwrap_or_default();
        if let Some(node) = root.member("budgets") {
            (self.budgets, self.zones) = budgets::read_all(node)?;
        }
        if let Some(limit) = field(root, "ephemeralLimit", read::money)? {
            self.ephemeral_limit = limit;
        }
        let window = |node: &Node<'_>| node.integer().filter(|seconds| (1..=MAX_WINDOW_S).contains(seconds));
        if let Some(seconds) = field(root, "maxWindowSeconds", window)? {
            self.max_window_s = seconds;
        }
        Ok(())
    }

    fn read_lists(&mut self, root: &Node<'_>) -> Result<(), PolicyError> {
        if let Some(node) = root.member("sellers") {
            self.sellers = read::sellers(node)?;
        }
        self.networks = field(root, "networks", |node| set(node, |node| Network::parse(node.text()?)))?;
        self.assets = field(root, "assets", |node| set(node, |node| asset_id(node.text()?)))?;
        let schemes = field(root, "schemes", read::schemes)?;
        self.schemes = schemes.unwrap_or_else(|| [SchemeName::Exact, SchemeName::Credit].into());
        self.pay_to = field(root, "payTo", read::pay_to)?.unwrap_or_default();
        self.categories = field(root, "categories", |node| set(node, label))?;
        Ok(())
    }

    fn read_questions(&mut self, root: &Node<'_>) -> Result<(), PolicyError> {
        let choice = |name, default| Ok(field(root, name, read::choice)?.unwrap_or(default));
        self.pay_to_change = choice("payToChange", Choice::Ask)?;
        self.new_seller = choice("newSeller", Choice::Allow)?;
        self.changed_terms = choice("changedTerms", Choice::Allow)?;
        self.max_rise = field(root, "maxRise", |node| node.integer().filter(|percent| *percent <= MAX_RISE))?;
        self.on_rise = choice("onRise", Choice::Ask)?;
        // A rule that could never apply would only look like one.
        let never = self.on_rise == Choice::Deny && self.max_rise.is_none();
        if self.on_rise == Choice::Allow || never {
            return Err(PolicyError::at("onRise"));
        }
        self.ask_above = field(root, "askAbove", read::money)?;
        self.ask_categories = field(root, "askCategories", |node| set(node, label))?.unwrap_or_default();
        let approval = |node: &Node<'_>| node.integer().filter(|seconds| APPROVAL_S.contains(seconds));
        if let Some(seconds) = field(root, "approvalSeconds", approval)? {
            self.approval_s = seconds;
        }
        Ok(())
    }
}

// An absent field is fine, a malformed one is not.
fn field<T>(
    root: &Node<'_>,
    name: &'static str,
    read: impl FnOnce(&Node<'_>) -> Option<T>,
) -> Result<Option<T>, PolicyError> {
    match root.member(name) {
        None => Ok(None),
        Some(node) => read(node).map(Some).ok_or(PolicyError::at(name)),
    }
}
