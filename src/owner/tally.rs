//! What was spent, and what may have been: records in, sums out.
//!
//! Nothing is converted and nothing rounded: sums are of one token in atomic units, and of one currency as the prices
//! were at the decision. Days are those of UTC, by the second in which budget was held.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::calendar::day;
use crate::json::Writer;
use crate::policy::Money;
use crate::primitives::Amount;
use crate::record::{Record, State};

/// Sums over records.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    read: u64,
    unread: u64,
    total: Sums,
    sellers: BTreeMap<Option<String>, Sums>,
    tasks: BTreeMap<Option<String>, Sums>,
    agents: BTreeMap<Option<String>, Sums>,
    days: BTreeMap<Option<String>, Sums>,
}

/// Paid, and what counts as spent until it is proven dead.
#[derive(Clone, Debug)]
struct Spent<T> {
    settled: T,
    unresolved: T,
}

#[derive(Clone, Debug, Default)]
struct Sums {
    settled: u64,
    unresolved: u64,
    currencies: BTreeMap<String, Spent<Money>>,
    assets: BTreeMap<String, Spent<Amount>>,
}

/// One purchase that counts.
struct Item {
    settled: bool,
    asset: String,
    amount: Amount,
    price: Option<Money>,
}

impl Tally {
    /// Counts a record. A text that is no record of this version, or would carry a sum beyond 2^256, is only counted as
    /// unread.
    pub fn add(&mut self, record: &str) {
        let Some(record) = Record::read(record.as_bytes()) else {
            self.unread += 1;
            return;
        };
        let Some(item) = item(&record) else {
            self.read += 1;
            return;
        };
        // Every other sum is a part of the total, so none of them overflows where it does not.
        if self.total.plus(&item).is_none() {
            self.unread += 1;
            return;
        }
        self.read += 1;
        let held = record.history().iter().find(|step| step.state == State::Reserved);
        let groups = [
            (&mut self.sellers, Some(record.request.seller.clone())),
            (&mut self.tasks, record.request.task.clone()),
            (&mut self.agents, record.request.agent.clone()),
            (&mut self.days, held.map(|step| day(step.at_s))),
        ];
        for (group, name) in groups {
            let _ = group.entry(name).or_default().plus(&item);
        }
    }

    /// `{"read", "unread", "total", "sellers", "tasks", "agents", "days"}`: the first two are counts of records, `total`
    /// is a sum and the others are arrays of sums, each with its `name` (absent for purchases without one).
    ///
    /// A sum is `{"settled", "unresolved", "currencies", "assets"}`: two counts of purchases, then
    /// `[{"currency": "USD", "settled": "0.01 USD", "unresolved": "0.00 USD"}]` and
    /// `[{"asset": "eip155:8453/erc20:0x…", "settled": "10000", "unresolved": "0"}]`. The same purchases count in both.
    pub fn to_json(&self) -> String {
        Writer::object()
            .integer("read", self.read)
            .integer("unread", self.unread)
            .raw("total", &self.total.write(Writer::object()))
            .raw("sellers", &group(&self.sellers))
            .raw("tasks", &group(&self.tasks))
            .raw("agents", &group(&self.agents))
            .raw("days", &group(&self.days))
            .finish()
    }
}

impl Sums {
    // All of it or nothing.
    fn plus(&mut self, item: &Item) -> Option<()> {
        let zero = Spent { settled: Amount::ZERO, unresolved: Amount::ZERO };
        let mut asset = self.assets.get(&item.asset).cloned().unwrap_or(zero);
        let sum = if item.settled { &mut asset.settled } else { &mut asset.unresolved };
        *sum = sum.plus(item.amount)?;
        // Together, too: so that a group is never above its total.
        asset.settled.plus(asset.unresolved)?;
        if let Some(price) = &item.price {
            let zero = Money::parse(&format!("0 {}", price.currency()))?;
            let mut spent = match self.currencies.get(price.currency()) {
                Some(spent) => spent.clone(),
                None => Spent { settled: zero.clone(), unresolved: zero },
            };
            let sum = if item.settled { &mut spent.settled } else { &mut spent.unresolved };
            *sum = sum.plus(price)?;
            self.currencies.insert(String::from(price.currency()), spent);
        }
        self.assets.insert(item.asset.clone(), asset);
        *if item.settled { &mut self.settled } else { &mut self.unresolved } += 1;
        Some(())
    }

    fn write(&self, object: Writer) -> String {
        let currencies = self
            .currencies
            .iter()
            .map(|(currency, spent)| spent.write(Writer::object().text("currency", currency)).finish());
        let assets =
            self.assets.iter().map(|(asset, spent)| spent.write(Writer::object().text("asset", asset)).finish());
        object
            .integer("settled", self.settled)
            .integer("unresolved", self.unresolved)
            .raw("currencies", &array(currencies))
            .raw("assets", &array(assets))
            .finish()
    }
}

impl<T: ToString> Spent<T> {
    fn write(&self, object: Writer) -> Writer {
        object.text("settled", &self.settled.to_string()).text("unresolved", &self.unresolved.to_string())
    }
}

fn item(record: &Record) -> Option<Item> {
    let settled = match record.state() {
        State::Settled => true,
        State::Reserved | State::Signed | State::Unknown => false,
        State::Planned | State::Asked | State::Approved | State::Refused | State::Dead => return None,
    };
    let terms = record.terms.as_ref()?;
    let price = terms.price.as_deref().and_then(Money::parse);
    Some(Item { settled, asset: terms.asset.clone(), amount: terms.amount, price })
}

fn group(sums: &BTreeMap<Option<String>, Sums>) -> String {
    array(sums.iter().map(|(name, sums)| sums.write(Writer::object().text_if("name", name.as_deref()))))
}

pub(super) fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// Every price that one seller stated, oldest first, whether it was paid or not:
/// `[{"at", "resource": "GET /weather", "asset", "amount", "price"?, "state", "purchaseId"}]`. `seller` is an origin as
/// records have it. Texts that are no record of this version are left out.
pub fn prices<'a>(records: impl Iterator<Item = &'a str>, seller: &str) -> String {
    let read = records.filter_map(|text| Record::read(text.as_bytes()));
    let mut rows: Vec<(u64, String)> =
        read.filter(|record| record.request.seller == seller).filter_map(price).collect();
    rows.sort_by_key(|(at_s, _)| *at_s);
    array(rows.into_iter().map(|(_, row)| row))
}

fn price(record: Record) -> Option<(u64, String)> {
    let at_s = record.history().first()?.at_s;
    let terms = record.terms.as_ref()?;
    let row = Writer::object()
        .integer("at", at_s)
        .text("resource", &format!("{} {}", record.request.method, record.request.path))
        .text("asset", &terms.asset)
        .text("amount", &terms.amount.to_string())
        .text_if("price", terms.price.as_deref())
        .text("state", record.state().as_str())
        .text("purchaseId", &record.purchase_id);
    Some((at_s, row.finish()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW_S, SELLER};
    use super::*;
    use serde_json::Value;

    fn tally(records: &[Record]) -> Value {
        let mut tally = Tally::default();
        records.iter().for_each(|record| tally.add(&record.to_json()));
        serde_json::from_str(&tally.to_json()).unwrap()
    }

    #[test]
    fn what_is_settled_and_what_is_in_doubt_are_summed_apart() {
        let sums =
            tally(&[sample::settled(), sample::unknown(), sample::reserved(), sample::asked(), sample::signed()]);
        assert_eq!((&sums["read"], &sums["unread"]), (&5.into(), &0.into()));
        let total = &sums["total"];
        assert_eq!((&total["settled"], &total["unresolved"]), (&1.into(), &3.into()));
        assert_eq!(total["currencies"][0]["settled"], "0.01 USD");
        assert_eq!(total["currencies"][0]["unresolved"], "0.03 USD");
        assert_eq!(total["assets"][0]["unresolved"], "30000");
        for group in ["sellers", "tasks", "agents", "days"] {
            assert_eq!(sums[group][0]["unresolved"], 3, "{group}");
        }
        assert_eq!(sums["sellers"][0]["name"], SELLER);
        assert_eq!(sums["days"][0]["name"], "2026-11-21");
    }

    #[test]
    fn what_was_refused_or_is_dead_costs_nothing() {
        let mut dead = sample::unknown();
        dead.enter(State::Dead, NOW_S + 9);
        let sums = tally(&[dead, sample::asked()]);
        assert_eq!((&sums["read"], &sums["total"]["currencies"]), (&2.into(), &Value::Array(Vec::new())));
    }

    #[test]
    fn currencies_and_tokens_are_never_mixed() {
        let mut euro = sample::settled();
        euro.terms.as_mut().unwrap().price = Some(String::from("7.5 EUR"));
        euro.terms.as_mut().unwrap().asset = String::from("eip155:1/slip44:60");
        let mut bare = sample::settled();
        bare.terms.as_mut().unwrap().price = None;
        let total = &tally(&[sample::settled(), sample::rebuilt(euro), sample::rebuilt(bare)])["total"];
        assert_eq!(total["currencies"].as_array().unwrap().len(), 2);
        assert_eq!(total["currencies"][0]["settled"], "7.50 EUR");
        assert_eq!(total["currencies"][1]["settled"], "0.01 USD");
        assert_eq!(total["assets"][1]["settled"], "20000");
    }

    #[test]
    fn a_sum_beyond_any_number_is_not_taken_and_hides_nothing() {
        let mut huge = sample::settled();
        huge.terms.as_mut().unwrap().amount = Amount::MAX;
        huge.terms.as_mut().unwrap().price = None;
        let sums = tally(&[sample::unknown(), sample::rebuilt(huge)]);
        assert_eq!((&sums["read"], &sums["unread"]), (&1.into(), &1.into()));
        assert_eq!((&sums["total"]["settled"], &sums["total"]["unresolved"]), (&0.into(), &1.into()));
    }

    #[test]
    fn labels_are_data_whatever_they_are() {
        let mut record = sample::settled();
        record.request.task = Some(String::from("__proto__"));
        record.request.agent = None;
        let mut tally = Tally::default();
        tally.add(&sample::rebuilt(record).to_json());
        tally.add("{}");
        let sums: Value = serde_json::from_str(&tally.to_json()).unwrap();
        assert_eq!(sums["tasks"][0]["name"], "__proto__");
        assert!(sums["agents"][0].get("name").is_none());
        assert_eq!(sums["unread"], 1);
    }

    #[test]
    fn prices_are_those_of_one_seller_in_order_of_time() {
        let mut other = sample::settled();
        other.request.seller = String::from("https://other.example.com");
        let texts = [sample::asked(), sample::rebuilt(other), sample::settled()].map(|record| record.to_json());
        let mut texts = Vec::from(texts);
        texts.insert(0, String::from("damaged"));
        let rows: Value = serde_json::from_str(&prices(texts.iter().map(String::as_str), SELLER)).unwrap();
        assert_eq!(rows.as_array().unwrap().len(), 2);
        assert_eq!((&rows[0]["resource"], &rows[0]["amount"]), (&"GET /weather".into(), &"10000".into()));
        assert_eq!((&rows[1]["state"], &rows[1]["at"]), (&"settled".into(), &NOW_S.into()));
    }
}
