//! Guarantee claims of generation 2: JSON in, the digest that their payer signed out.
//!
//! Its own reading and encoding, apart from the payer's, so that each is a check of the other. Knows no collateral and
//! no cycles. Source: protocol notes 2.2 and "Wire encodings."; recorded `4mica/core-guarantees-*.json`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::eip712::{Domain, StructHash};
use crate::primitives::{Address, Amount, Hash, keccak256, keccak256_of};
use crate::sandbox::wire::{Abi, Place, Refusal, any_address};
use crate::signer::Signature;

const TYPE_V1: &[u8] = b"SolGuaranteeRequestClaimsV1(address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp)";
const TYPE_V2: &[u8] = b"SolGuaranteeRequestClaimsV2(address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp,address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag)";

/// How the payer signed.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum SignedAs {
    /// Typed data.
    Eip712,
    /// A message of raw ABI bytes.
    Eip191,
}

/// Claims with the addresses as they were written: the real core derives a guarantee's identity from those texts.
pub(crate) struct Claims {
    pub(crate) user: String,
    pub(crate) recipient: String,
    pub(crate) asset: String,
    pub(crate) req_id: Amount,
    pub(crate) amount: Amount,
    pub(crate) timestamp_s: u64,
    pub(crate) policy: Option<Policy>,
}

/// The validation that claims V2 wait for.
pub(crate) struct Policy {
    pub(crate) registry: Address,
    pub(crate) request_hash: Hash,
    pub(crate) chain_id: u64,
    pub(crate) validator: Address,
    pub(crate) agent_id: Amount,
    pub(crate) min_score: u64,
    pub(crate) subject_hash: Hash,
    pub(crate) job_hash: Hash,
    pub(crate) tag: String,
}

/// The three addresses of claims.
#[derive(Clone, Copy)]
pub(crate) struct Parties {
    pub(crate) user: Address,
    pub(crate) recipient: Address,
    pub(crate) asset: Address,
}

impl Claims {
    /// Reads `claims`.
    ///
    /// # Errors
    /// 422 as serde words it; 400 for an address that is none, where it is needed to check a hash.
    pub(crate) fn read(node: &Place<'_, '_>) -> Result<Self, Refusal> {
        let version = node.member("version", "claims.version")?;
        let second = match version.node.text() {
            None => {
                let found = version.described();
                return Err(version.refuse(&format!("invalid type: {found}, expected variant identifier")));
            }
            Some("v1") => false,
            Some("v2") => true,
            Some(other) => return Err(version.refuse(&format!("unknown variant `{other}`, expected `v1` or `v2`"))),
        };
        let mut claims = Claims {
            user: String::from(node.field("user_address")?.text()?),
            recipient: String::from(node.field("recipient_address")?.text()?),
            asset: String::from(node.field("asset_address")?.text()?),
            req_id: node.field("req_id")?.quantity()?,
            amount: node.field("amount")?.quantity()?,
            timestamp_s: node.field("timestamp")?.number("u64", u64::MAX)?,
            policy: None,
        };
        if second {
            claims.policy = Some(Policy::read(node, &claims)?);
        }
        Ok(claims)
    }

    pub(crate) fn version(&self) -> u64 {
        if self.policy.is_some() { 2 } else { 1 }
    }

    /// # Errors
    /// 400 that names the first text that is no address.
    pub(crate) fn parties(&self) -> Result<Parties, Refusal> {
        let address = |text: &str, whose: &str| {
            any_address(text).ok_or_else(|| Refusal::error(400, format!("invalid {whose} address")))
        };
        Ok(Parties {
            user: address(&self.user, "user")?,
            recipient: address(&self.recipient, "recipient")?,
            asset: address(&self.asset, "asset")?,
        })
    }

    /// What the payer signed. The EIP-191 form of V2 begins with the offset word of a dynamic struct.
    pub(crate) fn digest(&self, parties: &Parties, signed_as: SignedAs, domain: &Domain<'_>) -> Hash {
        let mut words = Vec::from([
            parties.user.word(),
            parties.recipient.word(),
            self.req_id.word(),
            self.amount.word(),
            parties.asset.word(),
            Amount::from_u64(self.timestamp_s).word(),
        ]);
        if let Some(policy) = &self.policy {
            words.extend(policy.words());
        }
        let tag = self.policy.as_ref().map(|policy| policy.tag.as_str());
        if signed_as == SignedAs::Eip712 {
            let kind = if tag.is_some() { TYPE_V2 } else { TYPE_V1 };
            let fields = words.iter().fold(StructHash::new(kind), StructHash::word);
            let fields = match tag {
                None => fields,
                Some(tag) => fields.string(tag),
            };
            return domain.digest(&fields.finish());
        }
        let message = match tag {
            None => Abi::default().words(&words).finish(),
            // The tail begins after the fourteen static words and its own offset.
            Some(tag) => Abi::default().uint(32).words(&words).uint(15 * 32).tail(tag.as_bytes()).finish(),
        };
        personal_digest(&message)
    }
}

impl Policy {
    fn read(node: &Place<'_, '_>, claims: &Claims) -> Result<Self, Refusal> {
        let tag = match node.field("required_validation_tag") {
            Ok(tag) => String::from(tag.text()?),
            Err(_) => String::new(),
        };
        let policy = Policy {
            registry: Address::from_bytes(node.field("validation_registry_address")?.bytes()?),
            request_hash: node.field("validation_request_hash")?.bytes()?,
            chain_id: node.field("validation_chain_id")?.number("u64", u64::MAX)?,
            validator: Address::from_bytes(node.field("validator_address")?.bytes()?),
            agent_id: node.field("validator_agent_id")?.quantity()?,
            min_score: node.field("min_validation_score")?.number("u8", 255)?,
            subject_hash: node.field("validation_subject_hash")?.bytes()?,
            job_hash: node.field("job_hash")?.bytes()?,
            tag,
        };
        let wrong = if !(1..=100).contains(&policy.min_score) {
            "min_validation_score must be between 1 and 100"
        } else if policy.job_hash == [0; 32] {
            "job_hash must be provided for V2 validation policy"
        } else if policy.subject_hash != subject_hash(claims, &claims.parties()?) {
            "validation_subject_hash is not canonical for the payment intent fields"
        } else if policy.request_hash != policy.canonical_request() {
            "validation_request_hash is not canonical for the validation policy fields"
        } else {
            return Ok(policy);
        };
        Err(node.refuse(wrong))
    }

    /// The static words, in the order of the signed struct and of the certificate.
    pub(crate) fn words(&self) -> [Hash; 8] {
        [
            self.registry.word(),
            self.request_hash,
            Amount::from_u64(self.chain_id).word(),
            self.validator.word(),
            self.agent_id.word(),
            Amount::from_u64(self.min_score).word(),
            self.subject_hash,
            self.job_hash,
        ]
    }

    fn canonical_request(&self) -> Hash {
        let abi = Abi::default()
            .word(&keccak256(b"4MICA_VALIDATION_REQUEST_V2"))
            .uint(self.chain_id)
            .address(&self.registry)
            .address(&self.validator)
            .amount(&self.agent_id)
            .word(&self.subject_hash)
            .uint(self.min_score)
            .word(&keccak256(self.tag.as_bytes()))
            .word(&self.job_hash);
        keccak256(&abi.finish())
    }
}

fn subject_hash(claims: &Claims, parties: &Parties) -> Hash {
    let abi = Abi::default()
        .word(&keccak256(b"4MICA_VALIDATION_SUBJECT_V1"))
        .amount(&claims.req_id)
        .address(&parties.user)
        .address(&parties.recipient)
        .amount(&claims.amount)
        .address(&parties.asset)
        .uint(claims.timestamp_s);
    keccak256(&abi.finish())
}

/// The digest of a signed message.
///
/// # Source
/// EIP-191, version 0x45.
pub(crate) fn personal_digest(message: &[u8]) -> Hash {
    let prefix = format!("\u{19}Ethereum Signed Message:\n{}", message.len());
    keccak256_of(&[prefix.as_bytes(), message])
}

/// The account that made a signature of 65 bytes, in hexadecimal with or without `0x`. High s and v of 0 and 1 are
/// accepted, as by the real core.
///
/// # Errors
/// 400, as recorded for what is no hexadecimal text, of another length, or no signature of anybody.
pub(crate) fn recover(digest: &Hash, signature: &str) -> Result<Address, Refusal> {
    let digits = signature.strip_prefix("0x").unwrap_or(signature);
    if digits.len() % 2 != 0 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(Refusal::error(400, "invalid hex signature"));
    }
    let bytes = crate::primitives::hex::decode_fixed::<65>(&format!("0x{digits}"))
        .ok_or(Refusal::error(400, "invalid signature length"))?;
    let signer = Signature::from_bytes(&bytes).and_then(|signature| signature.recover(digest));
    signer.map_err(|_| Refusal::error(400, "signature recovery failed"))
}
