//! Generations 1 to 3: `SolGuaranteeRequestClaims`, and what each generation adds to it.
//!
//! Terms enter, a digest, a wallet's question and a wire form leave. Which generation a core speaks is decided
//! elsewhere; here it is the [`Form`] of the claims. Knows no core, no policy and no clock.

use alloc::string::{String, ToString};

use super::house_validation::HouseValidation;
use super::identity::{daily_cycle_text, guarantee_id};
use super::validation::{Validation, ValidationHashes, number};
use crate::eip712::{Domain, StructHash};
use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Generation;

macro_rules! claims_type {
    (V1 $tab:literal) => {
        concat!(
            "SolGuaranteeRequestClaimsV1(address user,address recipient,",
            $tab,
            "uint256 reqId,uint256 amount,address asset,uint64 timestamp)"
        )
        .as_bytes()
    };
    (V2 $tab:literal) => {
        concat!(
            "SolGuaranteeRequestClaimsV2(address user,address recipient,",
            $tab,
            "uint256 reqId,uint256 amount,address asset,uint64 timestamp,address validationRegistryAddress,",
            "bytes32 validationRequestHash,uint256 validationChainId,address validatorAddress,",
            "uint256 validatorAgentId,uint8 minValidationScore,bytes32 validationSubjectHash,bytes32 jobHash,",
            "string requiredValidationTag)"
        )
        .as_bytes()
    };
}

const VALIDATED_TYPE: &[u8] = b"SolValidatedGuaranteeRequestClaimsV1(address user,address recipient,uint256 reqId,uint256 amount,address asset,uint64 timestamp,SolValidation validation)SolValidation(string validator,bytes32 subject,uint64 deadline,bytes params)";

/// A request for a guarantee.
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
    /// 256 random bits, which Core accepts once per cycle, payer, seller and asset; with a tab the number that the seller
    /// names, which Core accepts once per tab.
    pub req_id: Amount,
    /// Atomic units.
    pub amount: Amount,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Unix seconds. Core refuses the future and accepts any past.
    pub timestamp_s: u64,
    /// The generation, and what only that one has.
    pub form: Form,
}

/// What a generation adds to the claims. With a validation claims of generations 1 and 2 are V2, without V1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Form {
    /// Generation 1: the tab is signed, too.
    Tab {
        /// Number of the tab between this payer and seller, from the seller.
        tab_id: Amount,
        /// Validation policy of the seller.
        validation: Option<Validation>,
    },
    /// Generation 2: a domain without a contract.
    Cycle {
        /// Validation policy of the seller.
        validation: Option<Validation>,
    },
    /// Generation 3: a domain with a contract.
    Sdk2 {
        /// Core4Mica, which verifies.
        contract: Address,
        /// Validation the payment waits for, as a struct of its own.
        validation: Option<HouseValidation>,
    },
}

impl Form {
    /// The generation it belongs to.
    pub fn generation(&self) -> Generation {
        match self {
            Form::Tab { .. } => Generation::Tab,
            Form::Cycle { .. } => Generation::Cycle,
            Form::Sdk2 { .. } => Generation::Sdk2,
        }
    }
}

impl CycleClaims {
    /// The tab they are charged to.
    pub fn tab_id(&self) -> Option<&Amount> {
        match &self.form {
            Form::Tab { tab_id, .. } => Some(tab_id),
            Form::Cycle { .. } | Form::Sdk2 { .. } => None,
        }
    }

    /// The validation that makes them V2.
    pub fn validation(&self) -> Option<&Validation> {
        match &self.form {
            Form::Tab { validation, .. } | Form::Cycle { validation } => validation.as_ref(),
            Form::Sdk2 { .. } => None,
        }
    }

    /// The digest Core checks.
    ///
    /// # Source
    /// protocol notes 2.1 to 2.3, digests 2.6; vectors `4mica/signing.json`.
    pub fn digest(&self) -> Hash {
        let mut fields = StructHash::new(self.encode_type()).address(&self.user).address(&self.recipient);
        if let Some(tab_id) = self.tab_id() {
            fields = fields.amount(tab_id);
        }
        fields = fields.amount(&self.req_id).amount(&self.amount).address(&self.asset).uint(self.timestamp_s);
        if let Some(validation) = self.validation() {
            let hashes = self.hashes(validation);
            fields = fields
                .address(&validation.registry)
                .word(&hashes.request)
                .uint(self.chain_id)
                .address(&validation.validator)
                .amount(&validation.agent_id)
                .uint(u64::from(validation.min_score))
                .word(&hashes.subject)
                .word(&validation.job_hash)
                .string(&validation.tag);
        }
        if let Some(validation) = self.nested() {
            fields = fields.word(&validation.claims_hash());
        }
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
        ValidationHashes::new(validation, self.chain_id, self.tab_id(), &self.req_id, &claims)
    }

    /// Core's name for the guarantee in the cycle that its certificate names. Known for generation 2 only, and only where
    /// cycles last a day.
    pub(crate) fn guarantee_id(&self, cycle: &Hash) -> Option<Hash> {
        let Form::Cycle { validation } = &self.form else { return None };
        let text = daily_cycle_text(cycle, &self.asset, self.timestamp_s)?;
        let version = if validation.is_some() { 2 } else { 1 };
        Some(guarantee_id(&text, &self.user, &self.recipient, &self.asset, &self.req_id, version))
    }

    pub(super) fn typed_data(&self) -> String {
        let mut message = Writer::object()
            .text("user", &self.user.checksummed())
            .text("recipient", &self.recipient.checksummed())
            .text_if("tabId", self.tab_id().map(Amount::to_string).as_deref())
            .text("reqId", &self.req_id.to_string())
            .text("amount", &self.amount.to_string())
            .text("asset", &self.asset.checksummed())
            .text("timestamp", &self.timestamp_s.to_string());
        if let Some(validation) = self.validation() {
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
        if let Some(validation) = self.nested() {
            message = message.raw("validation", &validation.typed_data());
        }
        self.domain().typed_data(self.encode_type(), &message.finish())
    }

    // Addresses are always lower case on the wire: Core derives the guarantee's identity from the raw text, so a
    // second spelling of one signed request would be a second guarantee (protocol notes C2).
    pub(super) fn payload(&self, signature: &str) -> String {
        let version = if self.validation().is_some() { "v2" } else { "v1" };
        let mut claims = Writer::object()
            .text("version", version)
            .text("user_address", &self.user.lower())
            .text("recipient_address", &self.recipient.lower())
            .text_if("tab_id", self.tab_id().map(Amount::to_hex_quantity).as_deref())
            .text("req_id", &self.req_id.to_hex_quantity())
            .text("amount", &self.amount.to_hex_quantity())
            .text("asset_address", &self.asset.lower())
            .integer("timestamp", self.timestamp_s);
        if let Some(validation) = self.validation() {
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
        if let Some(validation) = self.nested() {
            claims = claims.raw("validation", &validation.wire());
        }
        Writer::object().raw("claims", &claims.finish()).text("signature", signature).text("scheme", "eip712").finish()
    }

    /// Reads back the `claims` of a payment, ours or of another client, under the domain it was signed in; `contract` is that of
    /// generation 3, `None` for the others.
    pub(crate) fn read(
        claims: &Node<'_>,
        name: &str,
        version: &str,
        chain_id: u64,
        contract: Option<Address>,
    ) -> Option<Self> {
        let text = |name: &str| claims.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let quantity = |name: &str| number(claims.member(name)?);
        let form = match (contract, claims.member("tab_id")) {
            (Some(contract), None) => Form::Sdk2 { contract, validation: HouseValidation::read(Some(claims)).ok()? },
            (Some(_), Some(_)) => return None,
            (None, None) => Form::Cycle { validation: Validation::read(Some(claims)).ok()? },
            (None, Some(_)) => {
                Form::Tab { tab_id: quantity("tab_id")?, validation: Validation::read(Some(claims)).ok()? }
            }
        };
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
            form,
        })
    }

    fn nested(&self) -> Option<&HouseValidation> {
        match &self.form {
            Form::Sdk2 { validation, .. } => validation.as_ref(),
            Form::Tab { .. } | Form::Cycle { .. } => None,
        }
    }

    fn encode_type(&self) -> &'static [u8] {
        match &self.form {
            Form::Tab { validation: None, .. } => claims_type!(V1 "uint256 tabId,"),
            Form::Tab { validation: Some(_), .. } => claims_type!(V2 "uint256 tabId,"),
            Form::Cycle { validation: None } | Form::Sdk2 { validation: None, .. } => claims_type!(V1 ""),
            Form::Cycle { validation: Some(_) } => claims_type!(V2 ""),
            Form::Sdk2 { validation: Some(_), .. } => VALIDATED_TYPE,
        }
    }

    fn domain(&self) -> Domain<'_> {
        let verifying_contract = match &self.form {
            Form::Sdk2 { contract, .. } => Some(*contract),
            Form::Tab { .. } | Form::Cycle { .. } => None,
        };
        Domain { name: &self.name, version: &self.version, chain_id: self.chain_id, verifying_contract }
    }
}
