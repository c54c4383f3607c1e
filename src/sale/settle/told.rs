//! What a buyer is told of a settlement: the `PAYMENT-RESPONSE` of version 2, `X-PAYMENT-RESPONSE` of version 1.

use alloc::string::{String, ToString};

use super::Subject;
use crate::core4mica::Issued;
use crate::json::Writer;
use crate::primitives::{Hash, hex};
use crate::registry::v1_name_of_network;

/// Of a transfer, with the transaction that made it.
///
/// # Source
/// x402 v2 section 5.3; v1 likewise, with its names of networks.
pub(super) fn of_transfer(subject: &Subject<'_>, transaction: &Hash) -> String {
    common(subject, &hex::encode(transaction)).finish()
}

/// Of a guarantee, with its certificate or receipt.
///
/// # Source
/// 4Mica's own names, as recorded from its facilitator: vectors `4mica/facilitator.json`.
pub(super) fn of_guarantee(subject: &Subject<'_>, issued: &Issued) -> String {
    common(subject, "").text("networkId", &subject.network.to_string()).raw("certificate", &shown(issued)).finish()
}

/// A certificate or receipt as JSON.
pub(super) fn shown(issued: &Issued) -> String {
    let (name, bytes, signature) = match issued {
        Issued::Certificate { claims, signature } => ("claims", claims, signature),
        Issued::Receipt { receipt, signature } => ("receipt", receipt, signature),
    };
    Writer::object().text(name, &hex::encode(bytes)).text("signature", &hex::encode(signature)).finish()
}

fn common(subject: &Subject<'_>, transaction: &str) -> Writer {
    let network = subject.network.to_string();
    // The certificate's readers want one name for one network.
    let named = (subject.terms.version == 1 && !transaction.is_empty()).then(|| v1_name_of_network(subject.network));
    Writer::object()
        .raw("success", "true")
        .text("transaction", transaction)
        .text("network", named.flatten().unwrap_or(&network))
        .text("payer", &subject.payer.checksummed())
        .text("amount", &subject.terms.amount.to_string())
}
