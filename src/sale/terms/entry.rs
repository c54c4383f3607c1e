//! An offer as it is written: an entry of `accepts` in either version, and the requirements that a facilitator is sent.

use alloc::string::{String, ToString};

use super::offer::SaleOffer;
use super::{Resource, Terms};
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

    /// The entry of version 1, for a resource at `url`.
    fn written_v1(&self, network: &str, url: &str, resource: &Resource) -> String {
        Writer::object()
            .text("scheme", self.scheme.as_str())
            .text("network", network)
            .text("maxAmountRequired", &self.amount.to_string())
            .text("resource", url)
            .text("description", resource.description.as_deref().unwrap_or_default())
            .text("mimeType", resource.mime_type.as_deref().unwrap_or_default())
            .text("payTo", &self.pay_to.checksummed())
            .integer("maxTimeoutSeconds", self.window_s)
            .text("asset", &self.asset.address.checksummed())
            .raw("extra", &self.extra)
            .finish()
    }
}

impl Terms {
    /// The offer as requirements in a version, for a resource at `url`.
    pub(in crate::sale) fn requirements(&self, offer: &SaleOffer, version: Version, url: &str) -> String {
        match version {
            Version::V2 => offer.entry.clone(),
            Version::V1 => {
                let network = offer.v1_network().unwrap_or_else(|| offer.network.to_string());
                offer.written_v1(&network, url, &self.resource)
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
            let Some(network) = offer.v1_network() else { continue };
            if !entries.is_empty() {
                entries.push(',');
            }
            entries.push_str(&offer.written_v1(&network, url, &self.resource));
        }
        entries
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
