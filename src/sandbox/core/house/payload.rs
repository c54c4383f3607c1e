//! The payload of a payment in generation 4, as a core would read it: JSON in, what was signed out.

use crate::primitives::Address;
use crate::sandbox::wire::{Place, Refusal, any_address};
use crate::scheme::guarantee::{HouseValidation, PaymentAuthorization};

/// Reads `payload`. Addresses in any case.
///
/// # Errors
/// 422 for another shape; 400 for an address that is none.
pub(crate) fn read(
    place: &Place<'_, '_>,
    chain_id: u64,
    clearing_house: Address,
) -> Result<PaymentAuthorization, Refusal> {
    let version = place.field("version")?.text()?;
    if version != "v1" {
        return Err(place.refuse(&alloc::format!("unknown variant `{version}`, expected `v1`")));
    }
    let address = |name: &str, refused: &'static str| {
        any_address(place.field(name)?.text()?.trim()).ok_or(Refusal::error(400, refused))
    };
    Ok(PaymentAuthorization {
        chain_id,
        clearing_house,
        payer: address("user_address", "invalid user address")?,
        recipient: address("recipient_address", "invalid recipient address")?,
        cycle_id: place.field("cycle_id")?.bytes()?,
        asset: address("asset_address", "invalid asset address")?,
        amount: place.field("amount")?.quantity()?,
        req_id: place.field("req_id")?.quantity()?,
        timestamp_s: place.field("timestamp")?.number("u64", u64::MAX)?,
        salt: place.field("salt")?.bytes()?,
        validation: HouseValidation::read(Some(place.node)).map_err(|_| place.refuse("invalid validation"))?,
    })
}
