//! What was signed, held against the offer it takes: every field, by its value.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::core4mica::Parameters;
use crate::error::SaleCode;
use crate::payment::{Message, Payment};
use crate::registry::Generation;
use crate::sale::{Paywall, Refusal, SaleOffer};
use crate::scheme::guarantee::{Form, Guarantee, HouseValidation, Validation};

/// The candidates that nothing is said against, with what the check found; else what was said against the first.
pub(super) fn agreeing<T>(
    candidates: Vec<Rc<SaleOffer>>,
    check: impl Fn(&SaleOffer) -> Result<T, Refusal>,
) -> Result<Vec<(Rc<SaleOffer>, T)>, Refusal> {
    let mut objection = None;
    let agreeing: Vec<_> = candidates
        .into_iter()
        .filter_map(|offer| match check(&offer) {
            Ok(found) => Some((offer, found)),
            Err(refusal) => {
                objection.get_or_insert(refusal);
                None
            }
        })
        .collect();
    match objection {
        Some(refusal) if agreeing.is_empty() => Err(refusal),
        _ => Ok(agreeing),
    }
}

/// The transfer of `exact`, if it is what the offer asks for.
pub(super) fn transfer(payment: &Payment<'_>, offer: &SaleOffer) -> Result<Message, Refusal> {
    let message = payment.transfer(&offer.asset);
    let message = message.ok_or_else(|| Refusal::new(SaleCode::Malformed, "payload.authorization"))?;
    money(&message, offer)?;
    Ok(message)
}

/// The guarantee of `4mica-credit`, if it is what the offer asks for and its core takes.
pub(super) fn guarantee(
    payment: &Payment<'_>,
    offer: &SaleOffer,
    parameters: &Parameters,
    paywall: &Paywall,
) -> Result<Message, Refusal> {
    let message = payment.guarantee(parameters);
    let message = message.ok_or_else(|| Refusal::new(SaleCode::Malformed, "payload"))?;
    if payment.is_signed_as_text() {
        return Err(Refusal::new(SaleCode::SignatureForm, "EIP-191"));
    }
    money(&message, offer)?;
    let Message::Guarantee(guarantee) = &message else { return Err(mismatch("payload")) };
    // Generations 1 and 2 publish the same document: which of them it is only a pin tells.
    let pinned = paywall.registry().core(offer.network).and_then(|core| core.generation);
    let fits = match (parameters.generation, guarantee.generation()) {
        (Generation::Cycle, Generation::Tab) => pinned.is_none(),
        (core, signed) => core == signed,
    };
    if !fits {
        return Err(mismatch("generation"));
    }
    if carries_validation(guarantee, offer) { Ok(message) } else { Err(mismatch("validation")) }
}

fn money(message: &Message, offer: &SaleOffer) -> Result<(), Refusal> {
    let fields = [
        ("recipient", message.recipient() == offer.pay_to),
        ("amount", message.amount() == offer.amount),
        ("asset", message.asset() == offer.asset.address),
    ];
    fields.into_iter().find(|(_, same)| !same).map_or(Ok(()), |(field, _)| Err(mismatch(field)))
}

// Exactly the validation that was asked for, in the words of the generation; none where none was.
fn carries_validation(guarantee: &Guarantee, offer: &SaleOffer) -> bool {
    let house =
        |signed: Option<&HouseValidation>| offer.validation.is_none() && signed == offer.house_validation.as_ref();
    match guarantee {
        Guarantee::ClearingHouse(signed) => house(signed.validation.as_ref()),
        Guarantee::Cycle(claims) => match &claims.form {
            Form::Sdk2 { validation, .. } => house(validation.as_ref()),
            Form::Tab { validation, .. } | Form::Cycle { validation } => {
                // Their chain is signed as the payment's own.
                let plain = |validation: &Validation| Validation { chain_id: None, ..validation.clone() };
                let chain = validation.as_ref().and_then(|validation| validation.chain_id);
                offer.house_validation.is_none()
                    && chain.is_none_or(|chain_id| chain_id == offer.network.chain_id())
                    && validation.as_ref().map(plain) == offer.validation.as_ref().map(plain)
            }
        },
    }
}

fn mismatch(field: &str) -> Refusal {
    Refusal::new(SaleCode::Mismatch, field)
}

/// Whom it names as payer.
pub(super) fn payer(message: &Message) -> String {
    format!("payer {}", message.payer())
}
