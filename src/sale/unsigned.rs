//! A payment that only lacks its signature, for a page whose wallet signs: an offer and a payer in, what to show out.

use alloc::format;
use alloc::string::String;

use super::config::IdentifierRule;
use super::present::Place;
use super::terms::PAYMENT_IDENTIFIER;
use super::{Refusal, Terms};
use crate::error::SaleCode;
use crate::json::Writer;
use crate::primitives::{Address, Hash, hex, keccak256_of};
use crate::scheme::exact::TransferAuthorization;
use crate::x402::{SchemeName, Version};

// Clocks of chains and buyers differ: the transfer is valid from some minutes ago.
const SKEW_S: u64 = 600;

impl Terms {
    /// `{"typedData", "header", "payment"}`: what the wallet of `payer` signs for the offer at `index`, the header that
    /// carries the payment as base64 of its JSON, and the payment with an empty `payload.signature`. The nonce comes from
    /// `entropy`, which is fresh for each.
    ///
    /// # Errors
    /// `sale/no-match`: no such offer, or not of `exact`.
    pub fn unsigned(
        &self,
        place: &Place,
        payer: &Address,
        index: usize,
        entropy: &Hash,
        now_s: u64,
    ) -> Result<String, Refusal> {
        let offer = self.offers.get(index).filter(|offer| offer.scheme == SchemeName::Exact);
        let offer = offer.ok_or_else(|| Refusal::new(SaleCode::NoMatch, format!("offer {index}")))?;
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
        Ok(Writer::object()
            .raw("typedData", &transfer.typed_data(&offer.asset))
            .text("header", Version::V2.payment_header())
            .raw("payment", &payment.finish())
            .finish())
    }
}
