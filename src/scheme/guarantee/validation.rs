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
    /// Lowest score that counts, 1 to 100.
    pub min_score: u8,
    /// Hash of the job, never zero.
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
    /// [`OfferError::ValidationIncomplete`]: some fields missing, malformed, given in both spellings, or outside
    /// the range that Core accepts.
    ///
    /// # Source
    /// 4Mica gen-2 facilitator as recorded: camelCase or snake_case, agent id as text or number. Ranges: Core's
    /// answers to `v2_score_0`, `v2_score_101` and `v2_zero_job_hash` in `4mica/core-guarantees-v2.json`.
    pub fn read(extra: Option<&Node<'_>>) -> Result<Option<Self>, OfferError> {
        let Some(extra) = extra else { return Ok(None) };
        let field = |index: usize| -> Option<&Node<'_>> {
            let (camel, snake) = FIELDS[index];
            extra.member(camel).or_else(|| extra.member(snake))
        };
        if (0..FIELDS.len()).all(|index| field(index).is_none()) {
            return Ok(None);
        }
        // Two spellings are two readings: which one the facilitator takes is not known here.
        if FIELDS.iter().any(|(camel, snake)| extra.member(camel).is_some() && extra.member(snake).is_some()) {
            return Err(OfferError::ValidationIncomplete);
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
                min_score: u8::try_from(field(4)?.integer()?).ok().filter(|score| (1..=100).contains(score))?,
                job_hash: hex::decode_fixed(field(5)?.text()?).filter(|hash| *hash != [0; 32])?,
                tag: String::from(tag),
            })
        };
        policy().map(Some).ok_or(OfferError::ValidationIncomplete)
    }
}

/// A number in each spelling that Core takes: a decimal text, a hex quantity, or a JSON integer.
pub(super) fn number(node: &Node<'_>) -> Option<Amount> {
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
    /// Computes both. `claims` are the ABI words user, recipient, amount, asset, timestamp of the guarantee, whose
    /// request id is `req_id`, in a tab or in none. A tab stands between the subject's tag and the request id, as it does
    /// in the signed struct.
    ///
    /// # Source
    /// protocol notes 2.2; without a tab checked against recorded exchanges with a gen-2 core. With one: "gen-1 inserts
    /// tabId", nothing recorded.
    pub(super) fn new(
        validation: &Validation,
        chain_id: u64,
        tab_id: Option<&Amount>,
        req_id: &Amount,
        claims: &[[u8; 32]; 5],
    ) -> Self {
        let [user, recipient, amount, asset, timestamp] = claims;
        let tab = tab_id.map(Amount::word);
        let subject = keccak256_of(&[
            &keccak256(SUBJECT_TAG),
            tab.as_ref().map_or(&[], |word| word.as_slice()),
            &req_id.word(),
            user,
            recipient,
            amount,
            asset,
            timestamp,
        ]);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use alloc::string::ToString;

    const POLICY: &str = r#"{"validationRegistryAddress":"0x0b306bf915c4d645ff596e518faf3f9669b97016",
        "validationChainId":84532,"validatorAddress":"0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc","validatorAgentId":"7",
        "minValidationScore":80,"jobHash":"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "requiredValidationTag":"hard-finality"}"#;

    fn read(text: &str) -> Result<Option<Validation>, OfferError> {
        Validation::read(Some(&json::read(text.as_bytes()).unwrap()))
    }

    #[test]
    fn a_policy_is_read_in_either_spelling_but_not_in_both() {
        let policy = read(POLICY).unwrap().unwrap();
        let snake = FIELDS.iter().fold(POLICY.to_string(), |text, (camel, snake)| text.replace(camel, snake));
        assert_eq!(read(&snake), Ok(Some(policy)));
        let both = POLICY.replace("80,", "80,\"min_validation_score\":1,");
        assert_eq!(read(&both), Err(OfferError::ValidationIncomplete));
        assert_eq!(read("{}"), Ok(None));
    }

    #[test]
    fn half_a_policy_or_one_core_would_refuse_is_refused_before_signing() {
        let zero_hash = "0".repeat(64);
        for (from, to) in [
            (":80", ":0"),
            (":80", ":101"),
            (":80", ":\"80\""),
            ("a".repeat(64).as_str(), zero_hash.as_str()),
            ("\"validatorAgentId\":\"7\",", ""),
            ("\"7\"", "-7"),
            ("hard-finality", "hard\\nfinality"),
            ("84532", "\"84532\""),
        ] {
            let text = POLICY.replace(from, to);
            assert_ne!(text, POLICY, "{from}");
            assert_eq!(read(&text), Err(OfferError::ValidationIncomplete), "{text}");
        }
    }
}
