//! The payment identifier: a challenge's extensions in, the same with this payment's own name in them out.
//!
//! Nothing else of them changes. A shape that has no place for a name is left as it is.

use alloc::string::String;

use crate::json::{Node, Value, Writer};
use crate::primitives::{Hash, hex, keccak256_of};

/// Key of the extension.
pub(crate) const PAYMENT_IDENTIFIER: &str = "payment-identifier";

/// A name for one payment: 36 letters that nobody else can guess, although the chain will show the payment's nonce.
/// `secret` is what that nonce was made of.
pub(crate) fn identifier(purchase_id: &str, secret: &Hash) -> String {
    let hash = keccak256_of(&[b"farthing/payment-identifier/1", purchase_id.as_bytes(), secret]);
    alloc::format!("pay_{}", &hex::encode(&hash)[2..34])
}

/// `extensions` with `id` in the extension's `info`; `None` where it is not advertised, or has a name already.
///
/// # Source
/// x402 extension `payment-identifier`.
pub(super) fn named(extensions: &Node<'_>, id: &str) -> Option<String> {
    let extension = extensions.member(PAYMENT_IDENTIFIER)?;
    let info = extension.member("info")?;
    info.members()?;
    // Serialisers write what is absent as `null`, too.
    if info.member("id").is_some_and(|id| id.value != Value::Null) {
        return None;
    }
    let info = Writer::object().others(info, &["id"]).text("id", id).finish();
    let extension = Writer::object().others(extension, &["info"]).raw("info", &info).finish();
    Some(Writer::object().others(extensions, &[PAYMENT_IDENTIFIER]).raw(PAYMENT_IDENTIFIER, &extension).finish())
}
