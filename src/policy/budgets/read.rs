//! Budgets as JSON, both ways.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Budget, Scope, Unit};
use crate::budget::Window;
use crate::json::{Node, Writer, array, texts};
use crate::policy::compile::{PolicyError, asset_id, asset_text, label, set, unknown_member};
use crate::policy::{Money, Pattern, sorted};
use crate::primitives::{Address, Amount, Network};
use crate::x402::SchemeName;

/// Budgets of one policy at most: a store counts them all in one step.
const MAX_BUDGETS: usize = 32;
/// Longest rolling window, in seconds: a leap year.
const MAX_WINDOW_S: u64 = 31_622_400;
/// Largest count of purchases: what JavaScript writes exactly.
const MAX_COUNT: u64 = (1 << 53) - 1;
/// After so many seconds a purchase whose process died gives its place back.
const UNDER_WAY_S: u64 = 900;
const UTC: &str = "UTC";

const FIELDS: [&str; 8] = ["limit", "asset", "count", "atOnce", "every", "timeZone", "per", "only"];

/// Reads the `budgets` of a policy, and the time zones they count in other than UTC.
pub(in crate::policy) fn read_all(node: &Node<'_>) -> Result<(Vec<Budget>, Vec<String>), PolicyError> {
    let malformed = || PolicyError { field: Cow::Borrowed("budgets") };
    let elements = node.elements().filter(|elements| elements.len() <= MAX_BUDGETS).ok_or_else(malformed)?;
    let (mut budgets, mut zones): (Vec<Budget>, Vec<String>) = (Vec::new(), Vec::new());
    for element in elements {
        unknown_member(element, "budgets", &FIELDS)?;
        let budget = Budget::read(element).ok_or_else(malformed)?;
        // Two limits under one key would be one sum with two meanings.
        if budgets.iter().any(|other| other.is_same_sum(&budget)) {
            return Err(malformed());
        }
        if budget.zone != UTC {
            sorted::insert(&mut zones, budget.zone.clone());
        }
        sorted::insert(&mut budgets, budget);
    }
    Ok((budgets, zones))
}

impl Budget {
    fn read(node: &Node<'_>) -> Option<Self> {
        let (unit, limit) = measure(node)?;
        let window = match (&unit, node.member("every")) {
            (Unit::AtOnce, None) => Window::Rolling(UNDER_WAY_S),
            (Unit::AtOnce, Some(_)) => return None,
            (Unit::Currency(_) | Unit::Asset(_) | Unit::Count, every) => read_window(every?)?,
        };
        let zone = match node.member("timeZone") {
            None => UTC,
            Some(zone) => zone.text().filter(|zone| window.is_calendar() && is_zone(zone))?,
        };
        Some(Budget {
            unit,
            limit,
            window,
            zone: String::from(zone),
            per: node.member("per").map_or(Some(Vec::new()), read_per)?,
            only: node.member("only").map_or(Some(Vec::new()), read_only)?,
        })
    }

    /// The budget as canonical JSON: what says the default is left out.
    fn canonical(&self) -> String {
        let object = Writer::object();
        let object = match &self.unit {
            Unit::Currency(currency) => object.text("limit", &Money::of_units(currency, self.limit).to_string()),
            Unit::Asset(id) => object.text("limit", &self.limit.to_string()).text("asset", &asset_text(id)),
            Unit::Count => object.raw("count", &self.limit.to_string()),
            Unit::AtOnce => object.raw("atOnce", &self.limit.to_string()),
        };
        let object = match (&self.unit, self.window) {
            (Unit::AtOnce, _) => object,
            (_, Window::Rolling(seconds)) if self.window.word().is_none() => object.integer("every", seconds),
            (_, window) => object.text("every", &window.name()),
        };
        let mut object = object.text_if("timeZone", Some(self.zone.as_str()).filter(|zone| *zone != UTC));
        if !self.per.is_empty() {
            object = object.raw("per", &texts(&mut self.per.iter().map(|scope| String::from(scope.as_str()))));
        }
        if !self.only.is_empty() {
            let only = self.only.iter().fold(Writer::object(), |only, (scope, values)| {
                only.raw(scope.as_str(), &texts(&mut values.iter().cloned()))
            });
            object = object.raw("only", &only.finish());
        }
        object.finish()
    }
}

// What is added up, and the largest sum: exactly one way of saying it.
fn measure(node: &Node<'_>) -> Option<(Unit, Amount)> {
    let count = |node: &Node<'_>| node.integer().filter(|count| *count <= MAX_COUNT).map(Amount::from_u64);
    let member = |name| node.member(name);
    match (member("limit"), member("asset"), member("count"), member("atOnce")) {
        (Some(limit), None, None, None) => {
            let money = Money::parse(limit.text()?)?;
            // The largest number stands for prices beyond any number: it is no limit.
            let limit = Some(money.units()).filter(|limit| *limit < Amount::MAX)?;
            Some((Unit::Currency(String::from(money.currency())), limit))
        }
        (Some(limit), Some(asset), None, None) => {
            Some((Unit::Asset(asset_id(asset.text()?)?), Amount::from_decimal(limit.text()?).ok()?))
        }
        (None, None, Some(limit), None) => Some((Unit::Count, count(limit)?)),
        (None, None, None, Some(limit)) => Some((Unit::AtOnce, count(limit)?)),
        (Some(_) | None, Some(_) | None, Some(_) | None, Some(_) | None) => None,
    }
}

fn read_window(node: &Node<'_>) -> Option<Window> {
    match node.text() {
        Some(word) => Window::parse(word),
        None => node.integer().filter(|seconds| (1..=MAX_WINDOW_S).contains(seconds)).map(Window::Rolling),
    }
}

// A name as the IANA writes them; whether the zone exists is for the runtime to say.
fn is_zone(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

fn read_per(node: &Node<'_>) -> Option<Vec<Scope>> {
    match node.text() {
        Some(scope) => Some([Scope::parse(scope)?].into()),
        None => set(node, |node| Scope::parse(node.text()?)),
    }
}

fn read_only(node: &Node<'_>) -> Option<Vec<(Scope, Vec<String>)>> {
    let mut only = Vec::new();
    for (key, values) in node.members()? {
        let scope = Scope::parse(key)?;
        let values = set(values, |node| canonical_value(scope, node))?;
        // Nothing would ever count.
        if values.is_empty() {
            return None;
        }
        sorted::put(&mut only, scope, values);
    }
    Some(only)
}

// The spelling that `Subject::value` gives it, or, for sellers, that of a pattern.
fn canonical_value(scope: Scope, node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    match scope {
        Scope::Task | Scope::Session | Scope::Agent | Scope::Category => label(node),
        Scope::Seller => Some(Pattern::parse(text)?.to_string()),
        Scope::PayTo => Some(Address::parse(text).ok()?.checksummed()),
        Scope::Asset => Some(asset_text(&asset_id(text)?)),
        Scope::Network => Some(Network::parse(text)?.to_string()),
        Scope::Scheme => Some(String::from(SchemeName::parse(text)?.as_str())),
    }
}

/// Every budget as canonical JSON.
pub(in crate::policy) fn write_all(budgets: &[Budget]) -> String {
    array(&mut budgets.iter().map(Budget::canonical))
}
