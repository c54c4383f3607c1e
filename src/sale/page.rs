//! What a page for people shows and has a wallet sign: the place of a request and a payer in, JSON out.

use alloc::format;
use alloc::string::{String, ToString};

use super::config::IdentifierRule;
use super::present::Place;
use super::{SaleOffer, Terms};
use crate::json::Writer;
use crate::primitives::{Address, Hash, hex, keccak256_of};
use crate::registry::v1_name_of_network;
use crate::scheme::exact::TransferAuthorization;
use crate::x402::{PAYMENT_IDENTIFIER, SchemeName, Version};

// Clocks of chains and buyers differ: the transfer is valid from some minutes ago.
const SKEW_S: u64 = 600;

impl Terms {
    /// What the page says: `{"price", "network", "networkName", "asset", "assetName", "payTo", "resource", "description"?,
    /// "serviceName"?, "payable"}` of the first offer of `exact`, which a wallet can pay from a page, else of the first.
    pub fn page(&self, place: &Place) -> String {
        let Some(offer) = self.payable().or_else(|| self.offers.first().map(|offer| &**offer)) else {
            return String::from("{}");
        };
        Writer::object()
            .text("price", &price(offer))
            .text("network", &offer.network.to_string())
            .text("networkName", &network_name(offer))
            .text("asset", &offer.asset.address.checksummed())
            .text("assetName", &offer.asset.name)
            .text("payTo", &offer.pay_to.checksummed())
            .text("resource", &place.resource())
            .text_if("description", self.resource.description.as_deref())
            .text_if("serviceName", self.resource.service_name.as_deref())
            .raw("payable", if offer.scheme == SchemeName::Exact { "true" } else { "false" })
            .finish()
    }

    fn payable(&self) -> Option<&SaleOffer> {
        self.offers.iter().map(|offer| &**offer).find(|offer| offer.scheme == SchemeName::Exact)
    }

    /// `{"typedData", "header", "payment"}`: what the wallet of `payer` signs for the first offer of `exact`, the header
    /// that carries the payment as base64 of its JSON, and the payment with an empty `payload.signature`. The nonce comes
    /// from `entropy`, which is fresh for each. `None` where nothing is offered in `exact`.
    pub fn unsigned(&self, place: &Place, payer: &Address, entropy: &Hash, now_s: u64) -> Option<String> {
        let offer = self.payable()?;
        let transfer = TransferAuthorization {
            from: *payer,
            to: offer.pay_to,
            value: offer.amount,
            valid_after_s: now_s.saturating_sub(SKEW_S),
            valid_before_s: now_s.saturating_add(offer.window_s),
            nonce: keccak256_of(&[b"farthing unsigned", payer.as_bytes(), entropy]),
        };
        let mut payment = Writer::object()
            .integer("x402Version", Version::V2.number())
            .raw("payload", &transfer.payload(""))
            .raw("accepted", offer.entry())
            .raw("resource", &self.written_resource(&place.resource()));
        if self.identifier() == Some(IdentifierRule::Required) {
            let id = format!("page_{}", &hex::encode(&keccak256_of(&[b"farthing identifier", entropy]))[2..34]);
            let info = Writer::object().raw("required", "true").text("id", &id).finish();
            let extension = Writer::object().raw("info", &info).finish();
            payment = payment.raw("extensions", &Writer::object().raw(PAYMENT_IDENTIFIER, &extension).finish());
        }
        Some(
            Writer::object()
                .raw("typedData", &transfer.typed_data(&offer.asset))
                .text("header", Version::V2.payment_header())
                .raw("payment", &payment.finish())
                .finish(),
        )
    }
}

// As a person reads it: of the currency where the token is worth one, else of the token.
fn price(offer: &SaleOffer) -> String {
    offer.price_text().map(String::from).unwrap_or_else(|| {
        let (digits, places) = (offer.amount.to_string(), usize::from(offer.asset.decimals));
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{whole}{point}{fraction} {}", offer.asset.name)
    })
}

// `base-sepolia` of version 1 is what people call Base Sepolia; other networks have only their number here.
fn network_name(offer: &SaleOffer) -> String {
    let Some(name) = v1_name_of_network(offer.network) else { return offer.network.to_string() };
    let mut start = true;
    let letter = |letter: char| {
        let shown = match letter {
            '-' => ' ',
            letter if start => letter.to_ascii_uppercase(),
            letter => letter,
        };
        start = letter == '-';
        shown
    };
    name.chars().map(letter).collect()
}
