//! A validation that a payment of generation 3 or 4 waits for: `extra.validation` in, hashes and wire form out.
//!
//! Knows nothing of who may be trusted to validate (`purchase` holds it against core and owner).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::eip712::StructHash;
use crate::json::{Node, Value, Writer};
use crate::primitives::{Hash, hex};
use crate::scheme::OfferError;

// A CAIP-10 account is at most 106 characters; parameters are a seller's, so they are bounded.
const MAX_VALIDATOR_BYTES: usize = 128;
const MAX_PARAMS_BYTES: usize = 512;

/// A validation by an account named in CAIP-10.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HouseValidation {
    /// Who validates, for example `eip155:84532:0x…`.
    pub validator: String,
    /// What is validated.
    pub subject: Hash,
    /// Unix seconds; 0 for none.
    pub deadline_s: u64,
    /// Parameters for the validator, uninterpreted.
    pub params: Vec<u8>,
}

impl HouseValidation {
    /// `hashStruct(Validation)`, as generation 4 commits to it.
    ///
    /// # Source
    /// protocol notes 2.4; vectors `4mica/gen4-digests.json`.
    pub fn hash(&self) -> Hash {
        self.hash_as(b"Validation(string validator,bytes32 subject,uint64 deadline,bytes params)")
    }

    /// `hashStruct(SolValidation)`, as the claims of generation 3 nest it.
    pub(super) fn claims_hash(&self) -> Hash {
        self.hash_as(b"SolValidation(string validator,bytes32 subject,uint64 deadline,bytes params)")
    }

    fn hash_as(&self, encode_type: &[u8]) -> Hash {
        StructHash::new(encode_type)
            .string(&self.validator)
            .word(&self.subject)
            .uint(self.deadline_s)
            .bytes(&self.params)
            .finish()
    }

    /// Reads `extra.validation`: validator and subject, deadline and params where given.
    ///
    /// # Errors
    /// [`OfferError::ValidationIncomplete`]: a field missing or malformed.
    pub fn read(extra: Option<&Node<'_>>) -> Result<Option<Self>, OfferError> {
        let Some(node) = extra.and_then(|extra| stated(extra, "validation")) else { return Ok(None) };
        let fields = || -> Option<Self> {
            let validator = node.member("validator")?.text()?;
            let printable =
                validator.len() <= MAX_VALIDATOR_BYTES && validator.bytes().all(|byte| byte.is_ascii_graphic());
            let deadline_s = match stated(node, "deadline") {
                None => 0,
                Some(deadline) => deadline.integer()?,
            };
            let params = match stated(node, "params") {
                None => Vec::new(),
                Some(params) => hex::decode_up_to(params.text()?, MAX_PARAMS_BYTES)?,
            };
            let subject = hex::decode_fixed(node.member("subject")?.text()?)?;
            printable.then(|| HouseValidation { validator: String::from(validator), subject, deadline_s, params })
        };
        fields().map(Some).ok_or(OfferError::ValidationIncomplete)
    }

    /// As a wallet is shown it: every field, the deadline as a text.
    pub(super) fn typed_data(&self) -> String {
        Writer::object()
            .text("validator", &self.validator)
            .text("subject", &hex::encode(&self.subject))
            .text("deadline", &self.deadline_s.to_string())
            .text("params", &hex::encode(&self.params))
            .finish()
    }

    /// As Core reads it: no deadline where there is none.
    pub(super) fn wire(&self) -> String {
        let mut object =
            Writer::object().text("validator", &self.validator).text("subject", &hex::encode(&self.subject));
        if self.deadline_s != 0 {
            object = object.integer("deadline", self.deadline_s);
        }
        object.text("params", &hex::encode(&self.params)).finish()
    }
}

// Serialisers write what is absent as `null`, too.
fn stated<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    node.member(name).filter(|member| member.value != Value::Null)
}
