//! The seller's word about a payment: a claim to be checked, never proof by itself.

use alloc::string::String;

use super::{ChallengeError as Error, header};
use crate::json::{self, Node, Value};

/// Hex texts of a 4Mica certificate, still to be decoded and verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateHex {
    /// ABI-encoded claims (generations 1 to 3) or receipt (generation 4).
    pub claims: String,
    /// BLS or ECDSA signature over them.
    pub signature: String,
}

/// `PAYMENT-RESPONSE` (v2) or `X-PAYMENT-RESPONSE` (v1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settlement {
    /// Literally `true`, nothing truthy.
    pub success: bool,
    /// Transaction hash; empty where the scheme has none.
    pub transaction: String,
    /// Network as the seller spells it.
    pub network: Option<String>,
    /// Who paid, as the seller says.
    pub payer: Option<String>,
    /// Amount taken, where the seller says so.
    pub amount: Option<String>,
    /// The seller's reason for a failure: for people, never for decisions.
    pub reason: Option<String>,
    /// 4Mica's certificate.
    pub certificate: Option<CertificateHex>,
}

impl Settlement {
    /// Reads the header's value. `null` is absent; anything else but a text is no way to state a fact, and neither are
    /// two names for it that disagree.
    ///
    /// # Errors
    /// Any header or JSON error of the strict reader, `Type` when `success` is not a boolean or another field we read
    /// is not a text.
    ///
    /// # Source
    /// x402 v2 §5.3; 4Mica's names `txHash`, `networkId`, `error` as recorded from its facilitator.
    pub fn read(value: &str) -> Result<Self, Error> {
        let bytes = header::decode(value)?;
        let root = json::read(&bytes)?;
        let success = match root.member("success") {
            Some(Node { value: Value::Bool(success), .. }) => *success,
            _ => return Err(Error::Type),
        };
        // Read before any is copied: what was copied would have to be dropped at every way out.
        let transaction = text(&root, &["transaction", "txHash"])?;
        let network = text(&root, &["network", "networkId"])?;
        let (payer, amount) = (text(&root, &["payer"])?, text(&root, &["amount"])?);
        let (reason, error) = (text(&root, &["errorReason"])?, text(&root, &["error"])?);
        let certificate = match present(&root, "certificate") {
            None => None,
            Some(node) => Some(certificate(node)?),
        };
        Ok(Settlement {
            success,
            transaction: transaction.map(String::from).unwrap_or_default(),
            network: network.map(String::from),
            payer: payer.map(String::from),
            amount: amount.map(String::from),
            reason: reason.or(error).map(String::from),
            certificate,
        })
    }
}

fn present<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    node.member(name).filter(|node| node.value != Value::Null)
}

fn text<'n>(node: &'n Node<'_>, names: &[&str]) -> Result<Option<&'n str>, Error> {
    let mut found = None;
    for node in names.iter().filter_map(|name| present(node, name)) {
        let text = node.text().ok_or(Error::Type)?;
        if found.replace(text).is_some_and(|other| other != text) {
            return Err(Error::Type);
        }
    }
    Ok(found)
}

// Generations 1 to 3 call the signed bytes `claims`, generation 4 calls them `receipt`.
fn certificate(node: &Node<'_>) -> Result<CertificateHex, Error> {
    let required = |names: &[&str]| text(node, names)?.ok_or(Error::Type);
    let (claims, signature) = (required(&["claims", "receipt"])?, required(&["signature"])?);
    Ok(CertificateHex { claims: String::from(claims), signature: String::from(signature) })
}
