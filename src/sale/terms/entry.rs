//! An offer as it is written: an entry of `accepts` in either version, and the requirements that a facilitator is sent.

use alloc::string::{String, ToString};

use super::Terms;
use super::offer::SaleOffer;
use crate::json::Writer;
use crate::registry::v1_name_of_network;
use crate::x402::{SchemeName, Version};

impl SaleOffer {
    /// The network's name in version 1: its old name for `exact`, which other names never reached, and CAIP-2 for
    /// 4Mica, whose facilitators know no other. `None` where version 1 has no name for it.
    pub fn v1_network(&self) -> Option<String> {
        match self.scheme {
            SchemeName::Exact => v1_name_of_network(self.network).map(String::from),
            SchemeName::Credit => Some(self.network.to_string()),
        }
    }

    fn has_v1_network(&self) -> bool {
        self.scheme == SchemeName::Credit || v1_name_of_network(self.network).is_some()
    }

    pub(super) fn written_v2(&self) -> String {
        Writer::object()
            .text("scheme", self.scheme.as_str())
            .text("network", &self.network.to_string())
            .text("amount", &self.amount.to_string())
            .text("asset", &self.asset.address.checksummed())
            .text("payTo", &self.pay_to.checksummed())
            .integer("maxTimeoutSeconds", self.window_s)
            .raw("extra", &self.extra)
            .finish()
    }

    pub(super) fn domain(&self) -> String {
        Writer::object().text("name", &self.asset.name).text("version", &self.asset.version).finish()
    }

    // The two halves of an entry of version 1, around what a route says of itself.
    pub(super) fn written_v1(&self) -> [String; 2] {
        let network = self.v1_network().unwrap_or_else(|| self.network.to_string());
        let head = Writer::object()
            .text("scheme", self.scheme.as_str())
            .text("network", &network)
            .text("maxAmountRequired", &self.amount.to_string());
        let tail = Writer::object()
            .text("payTo", &self.pay_to.checksummed())
            .integer("maxTimeoutSeconds", self.window_s)
            .text("asset", &self.asset.address.checksummed())
            .raw("extra", &self.extra);
        [head.finish(), tail.finish()].map(inside)
    }
}

// An object without its braces.
pub(super) fn inside(json: String) -> String {
    json.get(1..json.len().saturating_sub(1)).map(String::from).unwrap_or_default()
}

impl Terms {
    /// The offer as requirements in a version, for a resource at `url`.
    pub(in crate::sale) fn requirements(&self, offer: &SaleOffer, version: Version, url: &str) -> String {
        match version {
            Version::V2 => offer.entry.clone(),
            Version::V1 => {
                let mut entry = String::new();
                self.push_v1(&mut entry, offer, url);
                entry
            }
        }
    }

    /// Entries for buyers of version 1, as JSON without brackets: those of `exact` with a name there, or, where no way to
    /// pay is `exact`, those of 4Mica. Other schemes or networks beside them would make the official client of that
    /// version refuse all.
    pub(in crate::sale) fn entries_v1(&self, url: &str) -> String {
        let exact = self.offers.iter().any(|offer| offer.scheme == SchemeName::Exact);
        let mut entries = String::new();
        for offer in self.offers.iter().filter(|offer| !exact || offer.scheme == SchemeName::Exact) {
            if !offer.has_v1_network() {
                continue;
            }
            if !entries.is_empty() {
                entries.push(',');
            }
            self.push_v1(&mut entries, offer, url);
        }
        entries
    }

    fn push_v1(&self, json: &mut String, offer: &SaleOffer, url: &str) {
        let [head, tail] = &offer.entry_v1;
        json.push('{');
        json.push_str(head);
        json.push_str(",\"resource\":");
        crate::json::push_string(json, url);
        for part in [&self.resource.members_v1, tail] {
            json.push(',');
            json.push_str(part);
        }
        json.push('}');
    }

    /// `resource` of version 2, for a resource at `url`.
    pub(in crate::sale) fn written_resource(&self, url: &str) -> String {
        let mut json = String::from("{\"url\":");
        crate::json::push_string(&mut json, url);
        json.push_str(&self.resource.members);
        json.push('}');
        json
    }
}
