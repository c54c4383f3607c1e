mod denials;
mod notes;
mod questions;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::policy::Purpose;
use crate::primitives::Amount;
use crate::registry::Asset;
use crate::x402::Challenge;

pub(in crate::policy) const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
pub(in crate::policy) const RECIPIENT: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
pub(in crate::policy) const OTHER: &str = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";
/// Pinned to the euro, and to nothing.
pub(in crate::policy) const EURO: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
pub(in crate::policy) const POINTS: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const NOW_S: u64 = 1_795_227_467;

/// One offer, and everything a decision about it looks at.
pub(in crate::policy) struct Scene {
    pub(in crate::policy) policy: Policy,
    pub(in crate::policy) offer: Offer,
    pub(in crate::policy) seller: Origin,
    pub(in crate::policy) purpose: Purpose,
    pub(in crate::policy) now_s: u64,
    pub(in crate::policy) zones: Vec<i32>,
    pub(in crate::policy) noted: Vec<Option<String>>,
    pub(in crate::policy) durable: bool,
    registry: Registry,
}

impl Scene {
    /// 0.01 dollars under these rules, to a seller of whom nothing is remembered.
    pub(in crate::policy) fn under(policy: &str) -> Self {
        let policy = Policy::parse(policy.as_bytes()).unwrap_or_else(|error| panic!("{error}: {policy}"));
        let asset = |address: &str, name: &str, currency: Option<&str>| Asset {
            network: crate::primitives::Network::parse("eip155:8453").unwrap(),
            address: Address::parse(address).unwrap(),
            name: name.to_string(),
            version: "1".to_string(),
            decimals: 6,
            currency: currency.map(String::from),
        };
        let tokens = Vec::from([asset(EURO, "Euro", Some("EUR")), asset(POINTS, "Points", None)]);
        let seller = Origin::parse("api.example.com").unwrap();
        let registry = Registry::new(tokens, Vec::new());
        let noted = policy.note_keys(&seller, "GET /weather").iter().map(|_| None).collect();
        let offer = offer(&registry, "exact", USDC, "10000", "{}");
        let zones = policy.zones().iter().map(|_| 0).collect();
        let purpose = Purpose::default();
        Scene { policy, offer, seller, purpose, now_s: NOW_S, zones, noted, durable: true, registry }
    }

    pub(in crate::policy) fn at(mut self, seller: &str) -> Self {
        self.seller = Origin::parse(seller).unwrap();
        self
    }

    pub(in crate::policy) fn priced(mut self, amount: u64) -> Self {
        self.offer.amount = Amount::from_u64(amount);
        self
    }

    pub(in crate::policy) fn paid_to(mut self, address: &str) -> Self {
        self.offer.pay_to = Address::parse(address).unwrap();
        self
    }

    pub(in crate::policy) fn in_token(mut self, address: &str) -> Self {
        self.offer = offer(&self.registry, "exact", address, &self.offer.amount.to_string(), "{}");
        self
    }

    /// A 4Mica guarantee of this price, with this `extra`.
    pub(in crate::policy) fn guaranteed(mut self, amount: &str, extra: &str) -> Self {
        self.offer = offer(&self.registry, "4mica-credit", USDC, amount, extra);
        self
    }

    /// The same from a seller that speaks x402 version 1.
    pub(in crate::policy) fn guaranteed_v1(mut self, amount: &str) -> Self {
        let text = format!(
            r#"{{"x402Version":1,"accepts":[{{"scheme":"4mica-credit","network":"base","maxAmountRequired":"{amount}","asset":"{USDC}","payTo":"{RECIPIENT}","maxTimeoutSeconds":60,"resource":"https://api.example.com/weather"}}]}}"#
        );
        let challenge = Challenge::read_v1(text.as_bytes()).unwrap();
        self.offer = Offer::read(&challenge, &challenge.entries[0], &self.registry).unwrap();
        self
    }

    pub(in crate::policy) fn category(mut self, category: &str) -> Self {
        self.purpose.category = Some(category.to_string());
        self
    }

    pub(in crate::policy) fn ephemeral(mut self) -> Self {
        self.durable = false;
        self
    }

    pub(in crate::policy) fn noted(mut self, notes: &[Option<&str>]) -> Self {
        self.noted = notes.iter().map(|note| note.map(String::from)).collect();
        self
    }

    /// After a purchase that was allowed, or to which somebody said yes.
    pub(in crate::policy) fn after(mut self, before: &Scene) -> Self {
        let approved = before.approved();
        let remembered = |note: &crate::budget::Note| note.value.clone().or_else(|| note.was.clone());
        self.noted = approved.notes().iter().map(remembered).collect();
        self
    }

    pub(in crate::policy) fn decide(&self) -> Decision {
        self.policy.decide(
            self.offer.clone(),
            &Context {
                seller: &self.seller,
                resource: "GET /weather",
                purpose: &self.purpose,
                payer: Address::parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266").ok(),
                registry: &self.registry,
                now_s: self.now_s,
                zones: &self.zones,
                noted: &self.noted,
                durable: self.durable,
            },
        )
    }

    pub(in crate::policy) fn approved(&self) -> Approved {
        match self.decide() {
            Decision::Allow(approved) => approved,
            Decision::Ask(pending) => {
                let binding = *pending.approval().binding();
                pending.granted(&binding).unwrap()
            }
            Decision::Deny(refused) => panic!("{}", refused.denied),
        }
    }

    /// `allow`, or the code of what asks or denies, with its facts.
    pub(in crate::policy) fn said(&self) -> String {
        match self.decide() {
            Decision::Allow(_) => String::from("allow"),
            Decision::Ask(pending) => pending.question().to_string(),
            Decision::Deny(refused) => format!("{}: {}", refused.denied.code(), refused.denied.facts()),
        }
    }
}

fn offer(registry: &Registry, scheme: &str, token: &str, amount: &str, extra: &str) -> Offer {
    let text = format!(
        r#"{{"x402Version":2,"accepts":[{{"scheme":"{scheme}","network":"eip155:8453","amount":"{amount}","asset":"{token}","payTo":"{RECIPIENT}","maxTimeoutSeconds":60,"extra":{extra}}}]}}"#
    );
    let challenge = Challenge::read_v2(text.as_bytes()).unwrap();
    Offer::read(&challenge, &challenge.entries[0], registry).unwrap()
}

/// The fields of a policy, with a cap far above every price.
pub(in crate::policy) fn generous(fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { "," };
    format!(r#"{{"perRequest":"1000 USD"{comma}{fields}}}"#)
}
