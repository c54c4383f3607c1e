//! Asking for the guarantee itself, which is the seller's call: the payer's signed payload in, the operator's proof out.
//!
//! The bytes are handed on unread. What they say and who signed them is checked by
//! [`Certificate`](crate::scheme::guarantee::Certificate), [`Receipt`](crate::scheme::guarantee::Receipt) and `bls`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::http::{Answer, Request};
use super::refusal::Refusal;
use crate::json::{self, Node};
use crate::primitives::hex;
use crate::registry::Core;

/// Longest certificate or receipt, in bytes. Their one variable part is a validation tag.
const MAX_PROOF_BYTES: usize = 8 * 1024;
/// A BLS12-381 signature of the second group, compressed.
const CERTIFICATE_SIGNATURE_BYTES: usize = 96;
/// r, s and v.
const RECEIPT_SIGNATURE_BYTES: usize = 65;

/// What an operator signed, unchecked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Issued {
    /// Generations 1 to 3.
    Certificate {
        /// ABI bytes, the BLS message.
        claims: Vec<u8>,
        /// BLS signature, 96 bytes.
        signature: Vec<u8>,
    },
    /// Generation 4.
    Receipt {
        /// Type hash and seven words.
        receipt: Vec<u8>,
        /// ECDSA signature, 65 bytes.
        signature: Vec<u8>,
    },
}

impl Issued {
    /// Reads `{claims, signature}` or `{receipt, signature}`, hexadecimal with or without `0x`; `None` for anything else.
    ///
    /// # Source
    /// protocol notes 2.7 (core without, facilitator with `0x`) and 2.4.
    pub fn read(node: &Node<'_>) -> Option<Self> {
        let bytes = |name: &str, limit| hex_bytes(node.member(name)?.text()?, limit);
        if node.member("receipt").is_some() {
            let signature = bytes("signature", RECEIPT_SIGNATURE_BYTES)?;
            let whole = signature.len() == RECEIPT_SIGNATURE_BYTES;
            return Some(Issued::Receipt { receipt: bytes("receipt", MAX_PROOF_BYTES)?, signature }).filter(|_| whole);
        }
        let signature = bytes("signature", CERTIFICATE_SIGNATURE_BYTES)?;
        let whole = signature.len() == CERTIFICATE_SIGNATURE_BYTES;
        Some(Issued::Certificate { claims: bytes("claims", MAX_PROOF_BYTES)?, signature }).filter(|_| whole)
    }
}

/// Asks for a guarantee. `payload` is the scheme's payload of the x402 header as its payer signed it, sent unchanged: a
/// second spelling of the same signature can be charged a second time.
///
/// The login must be the recipient's, with the scope `guarantee:issue`, or a facilitator's.
pub fn issue_request(core: &Core, payload: &str) -> Request {
    Request::post(format!("{}/core/guarantees", core.url), String::from(payload), true)
}

/// Reads the answer to [`issue_request`].
///
/// # Errors
/// As [`Refusal::of_issue`], which says whether the guarantee may exist.
///
/// # Source
/// vectors `4mica/core-guarantees-v1.json`, `core-guarantees-v2.json`.
pub fn read_issued(answer: &Answer<'_>) -> Result<Issued, Refusal> {
    // A certificate can be longer than any text a stranger may send otherwise.
    let root = if answer.status == 200 { json::read_own(answer.body).ok() } else { None };
    root.and_then(|root| Issued::read(&root)).ok_or_else(|| Refusal::of_issue(answer))
}

fn hex_bytes(text: &str, limit: usize) -> Option<Vec<u8>> {
    if text.starts_with("0x") {
        return hex::decode_up_to(text, limit);
    }
    let mut prefixed = String::with_capacity(text.len() + 2);
    prefixed.push_str("0x");
    prefixed.push_str(text);
    hex::decode_up_to(&prefixed, limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core4mica::Exists;

    fn issued(body: &str) -> Result<Issued, Exists> {
        read_issued(&Answer { status: 200, body: body.as_bytes() }).map_err(|refusal| refusal.exists)
    }

    #[test]
    fn a_proof_is_read_with_and_without_prefix() {
        let signature = "ab".repeat(96);
        let plain = issued(&format!(r#"{{"claims":"00ff","signature":"{signature}"}}"#));
        assert_eq!(plain, issued(&format!(r#"{{"claims":"0x00ff","signature":"0x{signature}"}}"#)));
        assert_eq!(plain, Ok(Issued::Certificate { claims: [0, 0xff].into(), signature: [0xab; 96].into() }));
        let receipt = issued(&format!(r#"{{"receipt":"0x01","signature":"0x{}"}}"#, "cd".repeat(65)));
        assert_eq!(receipt, Ok(Issued::Receipt { receipt: [1].into(), signature: [0xcd; 65].into() }));
    }

    #[test]
    fn a_success_that_cannot_be_read_may_be_a_guarantee() {
        let signature = "ab".repeat(96);
        for body in [
            String::new(),
            String::from("{}"),
            format!(r#"{{"claims":"0","signature":"{signature}"}}"#),
            format!(r#"{{"claims":"0x0xff","signature":"{signature}"}}"#),
            format!(r#"{{"claims":"00","signature":"{signature}00"}}"#),
            format!(r#"{{"claims":"00","signature":"{}"}}"#, "ab".repeat(65)),
            format!(r#"{{"receipt":"00","signature":"{signature}"}}"#),
            format!(r#"{{"claims":"{}","signature":"{signature}"}}"#, "00".repeat(MAX_PROOF_BYTES + 1)),
            String::from(r#"{"error":"Not enough free collateral","claims":"00","signature":""}"#),
        ] {
            assert_eq!(issued(&body), Err(Exists::Maybe), "{body:.120}");
        }
    }
}
