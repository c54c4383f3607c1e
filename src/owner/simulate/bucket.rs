//! What purchases of one outcome add up to.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use super::super::tally::array;
use crate::json::{Writer, push_string};
use crate::policy::{Money, asset_text};
use crate::primitives::Amount;
use crate::registry::Asset;

/// Sums, and how often each rule decided.
#[derive(Debug, Default)]
pub(super) struct Bucket {
    count: u64,
    /// None: beyond any number.
    currencies: BTreeMap<String, Option<Money>>,
    assets: BTreeMap<String, Option<Amount>>,
    /// Name, with how often and when first.
    by: BTreeMap<String, (u64, u64)>,
}

impl Bucket {
    pub(super) fn add(&mut self, asset: &Asset, amount: Amount, by: &str, at_s: u64) {
        self.count += 1;
        self.by.entry(by.to_string()).or_insert((0, at_s)).0 += 1;
        let sum = self.assets.entry(asset_text(&(asset.network, asset.address))).or_insert(Some(Amount::ZERO));
        *sum = sum.and_then(|sum| sum.plus(amount));
        if let Some(currency) = &asset.currency {
            let price = Money::of(asset, amount);
            let sum = self.currencies.entry(currency.clone()).or_insert_with(|| Money::of(asset, Amount::ZERO));
            *sum = sum.as_ref().zip(price).and_then(|(sum, price)| sum.plus(&price));
        }
    }

    pub(super) fn to_json(&self) -> String {
        let currencies = self.currencies.iter().map(|(currency, sum)| {
            let mut json = String::new();
            let shown = sum.as_ref().map_or_else(|| alloc::format!("beyond any number {currency}"), Money::to_string);
            push_string(&mut json, &shown);
            json
        });
        let assets = self.assets.iter().map(|(asset, sum)| {
            let shown = sum.as_ref().unwrap_or(&Amount::MAX).to_string();
            Writer::object().text("asset", asset).text("amount", &shown).finish()
        });
        let by = self.by.iter().map(|(name, (count, first_s))| {
            Writer::object().text("name", name).integer("count", *count).integer("first", *first_s).finish()
        });
        Writer::object()
            .integer("count", self.count)
            .raw("currencies", &array(currencies))
            .raw("assets", &array(assets))
            .raw("by", &array(by))
            .finish()
    }
}
