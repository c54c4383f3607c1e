//! The rules that say no, and those that ask.

use alloc::string::String;

use super::changes::Changes;
use super::{Context, Denied};
use crate::error::Code;
use crate::policy::pattern::narrowest;
use crate::policy::{AssetId, Choice, Money, Policy, asset_text, sorted};
use crate::primitives::{Address, Origin};
use crate::scheme::Offer;

impl Policy {
    /// The rule that allows the price, for people.
    pub(super) fn rule(&self, offer: &Offer, context: &Context<'_>, changes: &Changes) -> Result<String, Denied> {
        self.check_request(context, changes)?;
        self.check_kind(offer)?;
        self.check_recipient(offer, context, changes)?;
        if offer.amount.is_zero() && !seeded_bug!(11) {
            return Err(Denied::AmountZero);
        }
        let rule = self.cap(offer)?;
        if !context.durable && !seeded_bug!(16) {
            self.check_ephemeral(offer)?;
        }
        match (changes.terms, changes.rise) {
            (Choice::Deny, _) => Err(Denied::TermsChanged),
            (Choice::Allow | Choice::Ask, Choice::Deny) => {
                let percent = self.max_rise.unwrap_or_default();
                Err(Denied::PriceRise { price: offer.amount, last: changes.last, percent })
            }
            (Choice::Allow | Choice::Ask, Choice::Allow | Choice::Ask) => Ok(rule),
        }
    }

    fn check_request(&self, context: &Context<'_>, changes: &Changes) -> Result<(), Denied> {
        let seller = context.seller;
        if self.sellers.denies(seller) {
            return Err(Denied::SellerDenied(seller.clone()));
        }
        if !self.sellers.allows(seller) {
            return Err(Denied::Seller(seller.clone()));
        }
        if changes.seller == Choice::Deny {
            return Err(Denied::NewSeller(seller.clone()));
        }
        let category = context.purpose.category.as_ref();
        match &self.categories {
            Some(listed) if !category.is_some_and(|category| listed.contains(category)) => Err(Denied::Category),
            Some(_) | None => Ok(()),
        }
    }

    fn check_kind(&self, offer: &Offer) -> Result<(), Denied> {
        if !self.schemes.contains(&offer.scheme) {
            return Err(Denied::Scheme(offer.scheme));
        }
        if self.networks.as_ref().is_some_and(|networks| !networks.contains(&offer.network)) {
            return Err(Denied::Network(offer.network));
        }
        let id = id(offer);
        if self.assets.as_ref().is_some_and(|assets| !assets.contains(&id)) {
            return Err(Denied::Asset(id));
        }
        Ok(())
    }

    fn check_recipient(&self, offer: &Offer, context: &Context<'_>, changes: &Changes) -> Result<(), Denied> {
        let pay_to = offer.pay_to;
        if context.payer == Some(pay_to) || context.registry.is_forbidden_recipient(&pay_to) {
            return Err(Denied::PayToForbidden(pay_to));
        }
        if self.pins(context.seller).is_some_and(|pins| !pins.contains(&pay_to)) {
            return Err(Denied::PayToNotPinned(pay_to));
        }
        if changes.pay_to == Choice::Deny {
            return Err(Denied::PayToChanged(pay_to));
        }
        Ok(())
    }

    /// Recipients pinned for a seller: those of the narrowest pattern.
    pub(super) fn pins(&self, seller: &Origin) -> Option<&[Address]> {
        narrowest(&self.pay_to, |(pattern, _)| pattern, seller).map(|(_, pins)| pins.as_slice())
    }

    fn cap(&self, offer: &Offer) -> Result<String, Denied> {
        let id = id(offer);
        let asset_cap = sorted::at(&self.per_asset, &id);
        if let Some(limit) = asset_cap.filter(|limit| offer.amount > **limit) {
            return Err(Denied::OverAssetCap { price: offer.amount, limit: *limit });
        }
        let price = Money::of(&offer.asset, offer.amount);
        match (&self.per_request, price) {
            (Some(limit), Some(price)) if limit.currency() == price.currency() => {
                if price.units() > limit.units() && !seeded_bug!(1) {
                    return Err(Denied::OverCap { price, limit: limit.clone() });
                }
                Ok(alloc::format!("perRequest {limit}"))
            }
            // A price beyond the range of the currency is beyond any cap.
            (Some(limit), None) if offer.asset.currency.as_deref() == Some(limit.currency()) => {
                Err(Denied::OverRange { price: offer.amount, limit: limit.clone() })
            }
            (Some(_) | None, Some(_) | None) => match asset_cap {
                Some(limit) => Ok(alloc::format!("perAsset {} {limit}", asset_text(&id))),
                None => Err(Denied::NoCap { asset: id }),
            },
        }
    }

    // Without a durable store a crash forgets budgets and payments alike (threats P55).
    fn check_ephemeral(&self, offer: &Offer) -> Result<(), Denied> {
        let limit = &self.ephemeral_limit;
        if let Some(price) = value(offer, limit.currency()) {
            let fits = price.units() <= limit.units();
            return if fits { Ok(()) } else { Err(Denied::Ephemeral { price, limit: limit.clone() }) };
        }
        // A price beyond the range of the currency is above the limit, whatever caps the token.
        let beyond = offer.asset.currency.as_deref() == Some(limit.currency());
        if beyond || sorted::at(&self.per_asset, &id(offer)).is_none() {
            return Err(Denied::EphemeralValue { price: offer.amount, limit: limit.clone() });
        }
        Ok(())
    }

    /// The first rule that wants a person's yes.
    pub(super) fn question(&self, offer: &Offer, context: &Context<'_>, changes: &Changes) -> Option<Code> {
        let above = |limit: &Money| value(offer, limit.currency()).is_none_or(|price| price.units() > limit.units());
        let category = context.purpose.category.as_ref();
        let questions = [
            (changes.pay_to == Choice::Ask, Code::AskPayTo),
            (changes.seller == Choice::Ask, Code::AskSeller),
            (changes.terms == Choice::Ask, Code::AskTerms),
            (changes.rise == Choice::Ask, Code::AskPriceRise),
            (self.ask_above.as_ref().is_some_and(above), Code::AskAmount),
            (category.is_some_and(|category| self.ask_categories.contains(category)), Code::AskCategory),
        ];
        questions.into_iter().find(|(asks, _)| *asks).map(|(_, code)| code)
    }

    /// Position in the owner's order of preference; smaller is better.
    pub(crate) fn preference(&self, offer: &Offer) -> usize {
        self.schemes.iter().position(|scheme| *scheme == offer.scheme).unwrap_or(usize::MAX)
    }
}

fn id(offer: &Offer) -> AssetId {
    (offer.network, offer.asset.address)
}

// `None` for a token that is not pinned to the currency, or beyond its range.
fn value(offer: &Offer, currency: &str) -> Option<Money> {
    Money::of(&offer.asset, offer.amount).filter(|price| price.currency() == currency)
}
