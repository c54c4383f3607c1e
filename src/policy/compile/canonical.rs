//! A policy back as text, one text for one meaning.

use alloc::string::{String, ToString};

use super::{DEFAULT_APPROVAL_S, asset_text};
use crate::json::{Writer, texts};
use crate::policy::pattern::Sellers;
use crate::policy::{Choice, Money, Pattern, Policy, budgets};
use crate::primitives::{Address, Network};

impl Policy {
    /// The rules as canonical JSON: fixed order, sorted sets, one spelling for each value. What says the default is
    /// left out, except where the first version of the format wrote it: hashes in old records keep their meaning.
    pub fn canonical(&self) -> String {
        self.write_questions(self.write_limits()).finish()
    }

    fn write_limits(&self) -> Writer {
        let object = money(Writer::object(), "perRequest", self.per_request.as_ref());
        let caps = self
            .per_asset
            .iter()
            .fold(Writer::object(), |caps, (id, cap)| caps.text(&asset_text(id), &cap.to_string()));
        let mut object = object.raw("perAsset", &caps.finish()).raw("budgets", &budgets::write_all(&self.budgets));
        if let Some(sellers) = sellers(&self.sellers) {
            object = object.raw("sellers", &sellers);
        }
        if let Some(networks) = &self.networks {
            object = object.raw("networks", &texts(&mut networks.iter().map(Network::to_string)));
        }
        if let Some(assets) = &self.assets {
            object = object.raw("assets", &texts(&mut assets.iter().map(asset_text)));
        }
        object = object.raw("schemes", &texts(&mut self.schemes.iter().map(|scheme| String::from(scheme.as_str()))));
        let pins = self.pay_to.iter().fold(Writer::object(), |pins, (pattern, addresses)| {
            pins.raw(&pattern.to_string(), &texts(&mut addresses.iter().map(Address::checksummed)))
        });
        object.raw("payTo", &pins.finish()).integer("maxWindowSeconds", self.max_window_s)
    }

    fn write_questions(&self, mut object: Writer) -> Writer {
        for (name, choice, default) in [
            ("payToChange", self.pay_to_change, Choice::Ask),
            ("newSeller", self.new_seller, Choice::Allow),
            ("changedTerms", self.changed_terms, Choice::Allow),
            ("onRise", self.on_rise, Choice::Ask),
        ] {
            object = object.text_if(name, Some(choice.as_str()).filter(|_| choice != default));
        }
        let approval_s = Some(self.approval_s).filter(|seconds| *seconds != DEFAULT_APPROVAL_S);
        for (name, value) in [("maxRise", self.max_rise), ("approvalSeconds", approval_s)] {
            if let Some(value) = value {
                object = object.integer(name, value);
            }
        }
        let limit = Some(&self.ephemeral_limit).filter(|limit| **limit != Money::dollar());
        for (name, amount) in [("askAbove", self.ask_above.as_ref()), ("ephemeralLimit", limit)] {
            object = money(object, name, amount);
        }
        let asked = Some(&self.ask_categories).filter(|asked| !asked.is_empty());
        for (name, labels) in [("askCategories", asked), ("categories", self.categories.as_ref())] {
            if let Some(labels) = labels {
                object = object.raw(name, &texts(&mut labels.iter().cloned()));
            }
        }
        object
    }
}

fn money(object: Writer, name: &str, money: Option<&Money>) -> Writer {
    object.text_if(name, money.map(Money::to_string).as_deref())
}

// A list where nothing is denied, as it always was.
fn sellers(sellers: &Sellers) -> Option<String> {
    let list = |patterns: &[Pattern]| texts(&mut patterns.iter().map(Pattern::to_string));
    match (&sellers.allow, sellers.deny.is_empty()) {
        (None, true) => None,
        (Some(allow), true) => Some(list(allow)),
        (None, false) => Some(Writer::object().raw("deny", &list(&sellers.deny)).finish()),
        (Some(allow), false) => {
            Some(Writer::object().raw("allow", &list(allow)).raw("deny", &list(&sellers.deny)).finish())
        }
    }
}
