//! Generation 2: `SolGuaranteeRequestClaims` V1 and V2 under a domain without a contract.

use alloc::string::{String, ToString};

use super::validation::{Validation, ValidationHashes};
use crate::eip712::{Domain, StructHash};
use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};

const TYPE_V1: &[u8] = b"SolGuaranteeRequestClaimsV1(address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp)";
const TYPE_V2: &[u8] = b"SolGuaranteeRequestClaimsV2(address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp,address validationRegistryAddress,bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,string requiredValidationTag)";

/// A request for a guarantee. With a validation it is V2, without V1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CycleClaims {
    /// EIP-712 domain name of the core (an operator setting, usually `4mica`).
    pub name: String,
    /// EIP-712 domain version of the core.
    pub version: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Payer.
    pub user: Address,
    /// Seller.
    pub recipient: Address,
    /// 256 random bits; Core accepts each once per cycle, payer, seller and asset.
    pub req_id: Amount,
    /// Atomic units.
    pub amount: Amount,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Unix seconds. Core refuses the future and accepts any past.
    pub timestamp_s: u64,
    /// Validation policy of the seller.
    pub validation: Option<Validation>,
}

impl CycleClaims {
    /// The digest Core checks.
    ///
    /// # Source
    /// protocol notes 2.2; vectors `4mica/signing.json`.
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(self.encode_type())
            .address(&self.user)
            .address(&self.recipient)
            .amount(&self.req_id)
            .amount(&self.amount)
            .address(&self.asset)
            .uint(self.timestamp_s);
        let fields = match &self.validation {
            None => fields,
            Some(validation) => {
                let hashes = self.hashes(validation);
                fields
                    .address(&validation.registry)
                    .word(&hashes.request)
                    .uint(self.chain_id)
                    .address(&validation.validator)
                    .amount(&validation.agent_id)
                    .uint(u64::from(validation.min_score))
                    .word(&hashes.subject)
                    .word(&validation.job_hash)
                    .string(&validation.tag)
            }
        };
        self.domain().digest(&fields.finish())
    }

    /// Subject and request hash of the validation.
    pub fn hashes(&self, validation: &Validation) -> ValidationHashes {
        let claims = [
            self.user.word(),
            self.recipient.word(),
            self.amount.word(),
            self.asset.word(),
            Amount::from_u64(self.timestamp_s).word(),
        ];
        ValidationHashes::new(validation, self.chain_id, &self.req_id, &claims)
    }

    pub(super) fn typed_data(&self) -> String {
        let mut message = Writer::object()
            .text("user", &self.user.checksummed())
            .text("recipient", &self.recipient.checksummed())
            .text("reqId", &self.req_id.to_string())
            .text("amount", &self.amount.to_string())
            .text("asset", &self.asset.checksummed())
            .text("timestamp", &self.timestamp_s.to_string());
        if let Some(validation) = &self.validation {
            let hashes = self.hashes(validation);
            message = message
                .text("validationRegistryAddress", &validation.registry.checksummed())
                .text("validationRequestHash", &hex::encode(&hashes.request))
                .text("validationChainId", &self.chain_id.to_string())
                .text("validatorAddress", &validation.validator.checksummed())
                .text("validatorAgentId", &validation.agent_id.to_string())
                .text("minValidationScore", &validation.min_score.to_string())
                .text("validationSubjectHash", &hex::encode(&hashes.subject))
                .text("jobHash", &hex::encode(&validation.job_hash))
                .text("requiredValidationTag", &validation.tag);
        }
        self.domain().typed_data(self.encode_type(), &message.finish())
    }

    // Addresses are always lower case on the wire: Core derives the guarantee's identity from the raw text, so a
    // second spelling of one signed request would be a second guarantee (protocol notes C2).
    pub(super) fn payload(&self, signature: &str) -> String {
        let version = if self.validation.is_some() { "v2" } else { "v1" };
        let mut claims = Writer::object()
            .text("version", version)
            .text("user_address", &self.user.lower())
            .text("recipient_address", &self.recipient.lower())
            .text("req_id", &self.req_id.to_hex_quantity())
            .text("amount", &self.amount.to_hex_quantity())
            .text("asset_address", &self.asset.lower())
            .integer("timestamp", self.timestamp_s);
        if let Some(validation) = &self.validation {
            let hashes = self.hashes(validation);
            claims = claims
                .text("validation_registry_address", &validation.registry.lower())
                .text("validation_request_hash", &hex::encode(&hashes.request))
                .integer("validation_chain_id", self.chain_id)
                .text("validator_address", &validation.validator.lower())
                .text("validator_agent_id", &validation.agent_id.to_hex_quantity())
                .integer("min_validation_score", u64::from(validation.min_score))
                .text("validation_subject_hash", &hex::encode(&hashes.subject))
                .text("job_hash", &hex::encode(&validation.job_hash))
                .text("required_validation_tag", &validation.tag);
        }
        Writer::object().raw("claims", &claims.finish()).text("signature", signature).text("scheme", "eip712").finish()
    }

    /// Reads back the `claims` of a payment we made, under the domain it was signed in.
    pub(crate) fn read(claims: &Node<'_>, name: &str, version: &str, chain_id: u64) -> Option<Self> {
        let text = |name: &str| claims.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let quantity = |name: &str| Amount::from_hex_quantity(text(name)?);
        Some(CycleClaims {
            name: String::from(name),
            version: String::from(version),
            chain_id,
            user: address("user_address")?,
            recipient: address("recipient_address")?,
            req_id: quantity("req_id")?,
            amount: quantity("amount")?,
            asset: address("asset_address")?,
            timestamp_s: claims.member("timestamp")?.integer()?,
            validation: Validation::read(Some(claims)).ok()?,
        })
    }

    fn encode_type(&self) -> &'static [u8] {
        if self.validation.is_some() { TYPE_V2 } else { TYPE_V1 }
    }

    fn domain(&self) -> Domain<'_> {
        Domain { name: &self.name, version: &self.version, chain_id: self.chain_id, verifying_contract: None }
    }
}
