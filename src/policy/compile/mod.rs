//! Policy as data: JSON in, compiled rules and their hash out.

mod canonical;
mod read;
#[cfg(test)]
mod tests;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;
use core::ops::RangeInclusive;

pub(crate) use read::asset_text;
pub(super) use read::{asset_id, label, set, unknown_member};

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
const APPROVAL_S: RangeInclusive<u64> = 60..=604_800;
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
        let mut fields = Fields { root: &root, malformed: None };
        policy.read_limits(&mut fields);
        policy.read_lists(&mut fields);
        policy.read_questions(&mut fields);
        if let Some(error) = fields.malformed {
            return Err(error);
        }
        policy.hash = keccak256(policy.canonical().as_bytes());
        Ok(policy)
    }

    fn read_limits(&mut self, fields: &mut Fields<'_, '_>) {
        self.per_request = fields.read("perRequest", read::money);
        self.per_asset = fields.read("perAsset", read::per_asset).unwrap_or_default();
        (self.budgets, self.zones) = fields.read_deep("budgets", budgets::read_all).unwrap_or_default();
        if let Some(limit) = fields.read("ephemeralLimit", read::money) {
            self.ephemeral_limit = limit;
        }
        self.max_window_s = fields.integer("maxWindowSeconds", 1..=MAX_WINDOW_S).unwrap_or(DEFAULT_WINDOW_S);
    }

    fn read_lists(&mut self, fields: &mut Fields<'_, '_>) {
        self.sellers = fields.read_deep("sellers", read::sellers).unwrap_or_default();
        self.networks = fields.read("networks", |node| set(node, |node| Network::parse(node.text()?)));
        self.assets = fields.read("assets", |node| set(node, |node| asset_id(node.text()?)));
        let schemes = fields.read("schemes", read::schemes);
        self.schemes = schemes.unwrap_or_else(|| [SchemeName::Exact, SchemeName::Credit].into());
        self.pay_to = fields.read("payTo", read::pay_to).unwrap_or_default();
        self.categories = fields.read("categories", read::labels);
    }

    fn read_questions(&mut self, fields: &mut Fields<'_, '_>) {
        self.pay_to_change = fields.read("payToChange", read::choice).unwrap_or(Choice::Ask);
        self.new_seller = fields.read("newSeller", read::choice).unwrap_or(Choice::Allow);
        self.changed_terms = fields.read("changedTerms", read::choice).unwrap_or(Choice::Allow);
        self.max_rise = fields.integer("maxRise", 0..=MAX_RISE);
        let compares = self.max_rise.is_some();
        // A rule that could never apply would only look like one.
        let on_rise = |node: &Node<'_>| match read::choice(node)? {
            Choice::Allow => None,
            Choice::Deny => compares.then_some(Choice::Deny),
            Choice::Ask => Some(Choice::Ask),
        };
        self.on_rise = fields.read("onRise", on_rise).unwrap_or(Choice::Ask);
        self.ask_above = fields.read("askAbove", read::money);
        self.ask_categories = fields.read("askCategories", read::labels).unwrap_or_default();
        self.approval_s = fields.integer("approvalSeconds", APPROVAL_S).unwrap_or(DEFAULT_APPROVAL_S);
    }
}

/// The members of a policy, and the first that is malformed: one way out for all of them.
struct Fields<'n, 'a> {
    root: &'n Node<'a>,
    malformed: Option<PolicyError>,
}

impl Fields<'_, '_> {
    fn read<T>(&mut self, name: &'static str, read: impl FnOnce(&Node<'_>) -> Option<T>) -> Option<T> {
        let value = read(self.root.member(name)?);
        if value.is_none() {
            self.refuse(PolicyError::at(name));
        }
        value
    }

    // Of what names the malformed part itself.
    fn read_deep<T>(&mut self, name: &str, read: fn(&Node<'_>) -> Result<T, PolicyError>) -> Option<T> {
        match read(self.root.member(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(error);
                None
            }
        }
    }

    fn integer(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        self.read(name, |node| node.integer().filter(|value| range.contains(value)))
    }

    fn refuse(&mut self, error: PolicyError) {
        self.malformed.get_or_insert(error);
    }
}
