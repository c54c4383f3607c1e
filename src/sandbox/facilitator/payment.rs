//! What is sent to a facilitator: a payment in one of its shapes, and the requirements it should meet.
//!
//! # Source
//! Protocol notes 2.5 and "x402 shapes."; recorded `4mica/facilitator.json`.

use alloc::string::String;

use crate::json::Node;
use crate::primitives::Amount;
use crate::sandbox::core::{Claims, Policy};
use crate::sandbox::wire::{Body, Place, Refusal};

const NO_VARIANT: &str = "data did not match any variant of untagged enum X402PaymentPayload";

/// A payment that has one of the known shapes.
pub(super) struct Payment<'b, 'a> {
    /// Version stated beside the payment, when one is.
    pub(super) stated: Option<u64>,
    /// Version of the envelope, 1 or 2.
    pub(super) version: u64,
    pub(super) scheme: &'b str,
    pub(super) network: &'b str,
    pub(super) requirements: &'b Node<'a>,
    /// What core is sent, JSON.
    pub(super) payload: &'a str,
    pub(super) terms: Terms,
}

/// What requirements are held against.
pub(super) struct Terms {
    pub(super) recipient: String,
    pub(super) asset: String,
    pub(super) amount: Amount,
    pub(super) policy: Option<Policy>,
    pub(super) has_signature: bool,
}

impl<'b, 'a> Payment<'b, 'a> {
    /// # Errors
    /// 422 as serde words it: a member is missing, or the payment has no known shape.
    pub(super) fn read(body: &'b Body<'a>) -> Result<Self, Refusal> {
        let root = body.root();
        let payment = root.member("paymentPayload", "paymentPayload")?;
        let requirements = root.field("paymentRequirements")?.node;
        Payment::shaped(&root, &payment, requirements).ok_or_else(|| payment.refuse(NO_VARIANT))
    }

    fn shaped(root: &Place<'b, 'a>, payment: &Place<'b, 'a>, requirements: &'b Node<'a>) -> Option<Self> {
        let version = payment.node.member("x402Version")?.integer()?;
        let named = match version {
            1 => payment.node,
            2 => payment.node.member("accepted")?,
            _ => return None,
        };
        let payload = payment.field("payload").ok()?;
        Some(Payment {
            stated: root.node.member("x402Version").and_then(|stated| stated.integer()),
            version,
            scheme: named.member("scheme")?.text()?,
            network: named.member("network")?.text()?,
            requirements,
            payload: payload.node.raw,
            terms: if payload.node.member("payload").is_some() { authorised(&payload) } else { claimed(&payload) }?,
        })
    }
}

/// Generations 1 to 3.
fn claimed(payload: &Place<'_, '_>) -> Option<Terms> {
    let claims = Claims::read(&payload.field("claims").ok()?).ok()?;
    payload.field("scheme").ok()?.text().ok()?;
    let has_signature = !payload.field("signature").ok()?.text().ok()?.is_empty();
    let Claims { recipient, asset, amount, policy, .. } = claims;
    Some(Terms { recipient, asset, amount, policy, has_signature })
}

/// Generation 4.
fn authorised(payload: &Place<'_, '_>) -> Option<Terms> {
    let authorisation = payload.field("payload").ok()?;
    let text = |name: &str| authorisation.field(name).ok()?.text().ok().map(String::from);
    Some(Terms {
        recipient: text("recipient_address")?,
        asset: text("asset_address")?,
        amount: authorisation.field("amount").ok()?.quantity().ok()?,
        policy: None,
        has_signature: !payload.field("signature").ok()?.text().ok()?.is_empty(),
    })
}
