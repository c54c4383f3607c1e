//! Amounts of a currency, for limits over several tokens pinned to it.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use crate::primitives::Amount;
use crate::registry::Asset;

/// Decimal places of the internal unit.
pub(crate) const PLACES: u8 = 18;

/// An amount in units of `10^-18` of an ISO 4217 currency.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct Money {
    currency: String,
    units: Amount,
}

impl Money {
    /// Reads `0.10 USD`: digits, at most one point, up to 18 places, one space, three capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, currency) = text.split_once(' ')?;
        let code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = !whole.is_empty()
            && !number.ends_with('.')
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        let places = u8::try_from(fraction.len()).ok().filter(|places| *places <= PLACES)?;
        if !code || !digits {
            return None;
        }
        let joined = format!("{whole}{fraction}");
        let canonical = joined.trim_start_matches('0');
        let count = Amount::from_decimal(if canonical.is_empty() { "0" } else { canonical }).ok()?;
        Some(Money { currency: String::from(currency), units: count.scaled_up(PLACES - places)? })
    }

    /// One US dollar.
    pub(super) fn dollar() -> Self {
        Money { currency: String::from("USD"), units: Amount::from_u64(10_u64.pow(u32::from(PLACES))) }
    }

    /// That many units of a currency.
    pub(super) fn of_units(currency: &str, units: Amount) -> Self {
        Money { currency: String::from(currency), units }
    }

    /// Value of a token amount in the currency the token is pinned to. `None` without a pin, or beyond any range.
    pub fn of(asset: &Asset, amount: Amount) -> Option<Self> {
        let currency = asset.currency.clone()?;
        Some(Money { currency, units: amount.scaled_up(PLACES.checked_sub(asset.decimals)?)? })
    }

    /// The smallest count of a token's atomic units that is worth it: the inverse of [`Money::of`], rounded up. `None` for a
    /// token of another currency, or beyond any range.
    pub fn units_of(&self, asset: &Asset) -> Option<Amount> {
        (asset.currency.as_deref() == Some(self.currency())).then_some(())?;
        if let Some(more) = asset.decimals.checked_sub(PLACES) {
            return self.units.scaled_up(more);
        }
        let digits = self.units.to_string();
        let (whole, rest) = digits.split_at(digits.len().saturating_sub(usize::from(PLACES - asset.decimals)));
        let whole = Amount::from_decimal(if whole.is_empty() { "0" } else { whole }).ok()?;
        if rest.bytes().all(|digit| digit == b'0') { Some(whole) } else { whole.plus(Amount::from_u64(1)) }
    }

    /// Sum, or `None` for another currency or above the range.
    pub(crate) fn plus(&self, other: &Money) -> Option<Money> {
        let units = (self.currency == other.currency).then(|| self.units.plus(other.units))??;
        Some(Money { currency: self.currency.clone(), units })
    }

    /// ISO 4217 code.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Count of `10^-18` units.
    pub fn units(&self) -> Amount {
        self.units
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.units.to_string();
        let padded = format!("{digits:0>width$}", width = usize::from(PLACES) + 1);
        let (whole, fraction) = padded.split_at(padded.len() - usize::from(PLACES));
        let fraction = fraction.trim_end_matches('0');
        // Prices read as prices: at least two places.
        write!(f, "{whole}.{fraction:0<2} {}", self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Network;
    use crate::registry::Registry;

    #[test]
    fn parse_and_display_agree() {
        for (text, shown) in
            [("0.10 USD", "0.10 USD"), ("5 USD", "5.00 USD"), ("0.000001 USD", "0.000001 USD"), ("0 EUR", "0.00 EUR")]
        {
            assert_eq!(Money::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn parse_refuses_anything_ambiguous() {
        for text in [
            "",
            "5",
            "USD",
            "5USD",
            "$5",
            "5  USD",
            "5 usd",
            "5 US",
            "-5 USD",
            "5. USD",
            ".5 USD",
            "1,000 USD",
            "1e3 USD",
            "0.1234567890123456789 USD",
        ] {
            assert_eq!(Money::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn money_becomes_the_smallest_count_of_units_that_is_worth_it() {
        let network = Network::from_chain_id(8453).unwrap();
        let usdc = Registry::default().first_asset(network).unwrap();
        let with = |decimals| Asset { decimals, ..usdc.clone() };
        for (decimals, money, units) in [
            (6, "0.01 USD", "10000"),
            (6, "0.000001 USD", "1"),
            (6, "0.0000001 USD", "1"),
            (6, "0.010000000000000001 USD", "10001"),
            (6, "0.010000999999999999 USD", "10001"),
            (6, "1234567 USD", "1234567000000"),
            (6, "0 USD", "0"),
            (0, "0.01 USD", "1"),
            (0, "2.000000000000000001 USD", "3"),
            (2, "0.10 USD", "10"),
            (18, "0.01 USD", "10000000000000000"),
            (18, "0.000000000000000001 USD", "1"),
            (20, "0.01 USD", "1000000000000000000"),
        ] {
            let amount = Money::parse(money).unwrap().units_of(&with(decimals)).unwrap();
            assert_eq!(amount.to_string(), units, "{money} with {decimals} decimals");
        }
        assert_eq!(Money::parse("1 EUR").unwrap().units_of(&usdc), None);
        assert_eq!(Money::parse("1 USD").unwrap().units_of(&Asset { currency: None, ..usdc }), None);
    }
}
