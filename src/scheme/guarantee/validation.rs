//! What a seller's `extra` says about a guarantee: a validation policy (claims V2), and the signing domain.

use alloc::string::String;

use crate::json::{Node, Value};
use crate::primitives::{Address, Amount, Hash, hex, keccak256, keccak256_of};
use crate::scheme::OfferError;

const SUBJECT_TAG: &[u8] = b"4MICA_VALIDATION_SUBJECT_V1";
const REQUEST_TAG: &[u8] = b"4MICA_VALIDATION_REQUEST_V2";
// Longest tag accepted (threats P47).
const MAX_TAG_BYTES: usize = 64;

/// A validation the guarantee's payment waits for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Validation {
    /// Registry contract that records validations.
    pub registry: Address,
    /// Chain of the registry, when the seller states it; it must be the guarantee's own.
    pub chain_id: Option<u64>,
    /// Who validates.
    pub validator: Address,
    /// Agent number of the validator in the registry.
    pub agent_id: Amount,
    /// Lowest score that counts, 0 to 255.
    pub min_score: u8,
    /// Hash of the job.
    pub job_hash: Hash,
    /// Tag the validation must carry, up to 64 printable ASCII bytes; empty for none.
    pub tag: String,
}

const FIELDS: [(&str, &str); 7] = [
    ("validationRegistryAddress", "validation_registry_address"),
    ("validationChainId", "validation_chain_id"),
    ("validatorAddress", "validator_address"),
    ("validatorAgentId", "validator_agent_id"),
    ("minValidationScore", "min_validation_score"),
    ("jobHash", "job_hash"),
    ("requiredValidationTag", "required_validation_tag"),
];

impl Validation {
    /// Reads the policy from `extra`: all fields, or none. A half-given one is refused, never dropped: it would
    /// turn a conditional payment into an unconditional one.
    ///
    /// # Errors
    /// [`OfferError::ValidationIncomplete`]: some fields missing or malformed.
    ///
    /// # Source
    /// 4Mica gen-2 facilitator as recorded: camelCase or snake_case, agent id as text or number.
    pub fn read(extra: Option<&Node<'_>>) -> Result<Option<Self>, OfferError> {
        let Some(extra) = extra else { return Ok(None) };
        let field = |index: usize| -> Option<&Node<'_>> {
            let (camel, snake) = FIELDS[index];
            extra.member(camel).or_else(|| extra.member(snake))
        };
        if (0..FIELDS.len()).all(|index| field(index).is_none()) {
            return Ok(None);
        }
        let policy = || -> Option<Validation> {
            let chain_id = match field(1) {
                None => None,
                Some(node) => Some(node.integer()?),
            };
            let tag = match field(6) {
                None => "",
                Some(node) => node.text()?,
            };
            let printable =
                tag.len() <= MAX_TAG_BYTES && tag.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
            printable.then_some(Validation {
                registry: Address::parse(field(0)?.text()?).ok()?,
                chain_id,
                validator: Address::parse(field(2)?.text()?).ok()?,
                agent_id: number(field(3)?)?,
                min_score: u8::try_from(field(4)?.integer()?).ok()?,
                job_hash: hex::decode_fixed(field(5)?.text()?)?,
                tag: String::from(tag),
            })
        };
        policy().map(Some).ok_or(OfferError::ValidationIncomplete)
    }
}

fn number(node: &Node<'_>) -> Option<Amount> {
    match &node.value {
        Value::Number(_) => node.integer().map(Amount::from_u64),
        Value::String(text) => Amount::from_decimal(text).ok().or_else(|| Amount::from_hex_quantity(text)),
        _ => None,
    }
}

/// The two hashes that tie a validation to one guarantee. Always recomputed, never taken from a stranger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ValidationHashes {
    /// Hash of what is validated: this guarantee.
    pub subject: Hash,
    /// Hash of the request to the validator.
    pub request: Hash,
}

impl ValidationHashes {
    /// Computes both. `claims` are the ABI words user, recipient, amount, asset, timestamp of the guarantee and
    /// its request id.
    ///
    /// # Source
    /// protocol notes 2.2; checked against recorded exchanges with a gen-2 core.
    pub(super) fn new(validation: &Validation, chain_id: u64, req_id: &Amount, claims: &[[u8; 32]; 5]) -> Self {
        let [user, recipient, amount, asset, timestamp] = claims;
        let subject =
            keccak256_of(&[&keccak256(SUBJECT_TAG), &req_id.word(), user, recipient, amount, asset, timestamp]);
        let request = keccak256_of(&[
            &keccak256(REQUEST_TAG),
            &Amount::from_u64(chain_id).word(),
            &validation.registry.word(),
            &validation.validator.word(),
            &validation.agent_id.word(),
            &subject,
            &Amount::from_u64(u64::from(validation.min_score)).word(),
            &keccak256(validation.tag.as_bytes()),
            &validation.job_hash,
        ]);
        ValidationHashes { subject, request }
    }
}

/// Domain fields a seller repeats. They choose nothing: each must equal the pinned core's.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StatedDomain {
    /// `extra.name`
    pub name: Option<String>,
    /// `extra.version`
    pub version: Option<String>,
    /// `extra.verifyingContract`
    pub contract: Option<Address>,
}

impl StatedDomain {
    /// Reads what is there.
    ///
    /// # Errors
    /// [`OfferError::DomainPin`]: a field of another type.
    pub fn read(extra: Option<&Node<'_>>) -> Result<Self, OfferError> {
        let text = |name: &str| match extra.and_then(|extra| extra.member(name)) {
            None => Ok(None),
            Some(node) => node.text().map(|text| Some(String::from(text))).ok_or(OfferError::DomainPin),
        };
        let contract = match text("verifyingContract")? {
            None => None,
            Some(text) => Some(Address::parse(&text).map_err(|_| OfferError::DomainPin)?),
        };
        Ok(StatedDomain { name: text("name")?, version: text("version")?, contract })
    }
}
