//! Generation 4: `PaymentAuthorization` under the clearing house's domain, recipient hidden behind a commitment,
//! and the operator's ECDSA receipt.

use alloc::string::{String, ToString};

use super::certificate::{CertificateError, Words};
use super::house_validation::HouseValidation;
use super::validation::number;
use crate::eip712::{Domain, StructHash};
use crate::json::{Node, Writer};
use crate::primitives::{Address, Amount, Hash, hex, keccak256, keccak256_of};

const TYPE: &[u8] = b"PaymentAuthorization(address payer,bytes32 cycleId,address asset,uint256 amount,uint256 reqId,uint64 timestamp,bytes32 recipientCommitment)";
const RECEIPT_TYPE: &[u8] = b"GuaranteeV1(uint256 cycleId,uint256 reqId,address client,address recipient,uint256 amount,address asset,uint64 timestamp)";
// The type hash and seven words.
const RECEIPT_BYTES: usize = 8 * 32;

/// A payer's authorisation to be charged in one clearing cycle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaymentAuthorization {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Clearing house contract.
    pub clearing_house: Address,
    /// Payer.
    pub payer: Address,
    /// Seller; only its commitment is signed.
    pub recipient: Address,
    /// Active cycle, from Core.
    pub cycle_id: Hash,
    /// Token, zero for native ether.
    pub asset: Address,
    /// Atomic units.
    pub amount: Amount,
    /// 256 random bits.
    pub req_id: Amount,
    /// Unix seconds by Core's clock.
    pub timestamp_s: u64,
    /// 32 unpredictable bytes that hide the recipient on the chain; kept with the record.
    pub salt: Hash,
    /// Validation the payment waits for.
    pub validation: Option<HouseValidation>,
}

impl PaymentAuthorization {
    /// `keccak256(abi.encode(recipient, salt, validationHash))`; the last word is zero without a validation.
    ///
    /// # Source
    /// protocol notes 2.4; vectors `4mica/gen4-digests.json`.
    pub fn recipient_commitment(&self) -> Hash {
        let validation = self.validation.as_ref().map_or([0; 32], HouseValidation::hash);
        keccak256_of(&[&self.recipient.word(), &self.salt, &validation])
    }

    /// The digest Core checks.
    pub fn digest(&self) -> Hash {
        let fields = StructHash::new(TYPE)
            .address(&self.payer)
            .word(&self.cycle_id)
            .address(&self.asset)
            .amount(&self.amount)
            .amount(&self.req_id)
            .uint(self.timestamp_s)
            .word(&self.recipient_commitment());
        self.domain().digest(&fields.finish())
    }

    pub(super) fn typed_data(&self) -> String {
        let message = Writer::object()
            .text("payer", &self.payer.checksummed())
            .text("cycleId", &hex::encode(&self.cycle_id))
            .text("asset", &self.asset.checksummed())
            .text("amount", &self.amount.to_string())
            .text("reqId", &self.req_id.to_string())
            .text("timestamp", &self.timestamp_s.to_string())
            .text("recipientCommitment", &hex::encode(&self.recipient_commitment()))
            .finish();
        self.domain().typed_data(TYPE, &message)
    }

    pub(super) fn payload(&self, signature: &str) -> String {
        let payload = Writer::object()
            .text("version", "v1")
            .text("user_address", &self.payer.lower())
            .text("recipient_address", &self.recipient.lower())
            .text("cycle_id", &hex::encode(&self.cycle_id))
            .text("req_id", &self.req_id.to_hex_quantity())
            .text("amount", &self.amount.to_hex_quantity())
            .text("asset_address", &self.asset.lower())
            .integer("timestamp", self.timestamp_s)
            .text("salt", &hex::encode(&self.salt));
        let payload = match &self.validation {
            None => payload,
            Some(validation) => payload.raw("validation", &validation.wire()),
        };
        Writer::object().raw("payload", &payload.finish()).text("signature", signature).finish()
    }

    /// Reads back the `payload` of a payment, ours or of another client, under the domain it was signed in.
    pub(crate) fn read(payload: &Node<'_>, chain_id: u64, clearing_house: Address) -> Option<Self> {
        let text = |name: &str| payload.member(name)?.text();
        let address = |name: &str| Address::parse(text(name)?).ok();
        let quantity = |name: &str| number(payload.member(name)?);
        Some(PaymentAuthorization {
            chain_id,
            clearing_house,
            payer: address("user_address")?,
            recipient: address("recipient_address")?,
            cycle_id: hex::decode_fixed(text("cycle_id")?)?,
            asset: address("asset_address")?,
            amount: quantity("amount")?,
            req_id: quantity("req_id")?,
            timestamp_s: payload.member("timestamp")?.integer()?,
            salt: hex::decode_fixed(text("salt")?)?,
            validation: HouseValidation::read(Some(payload)).ok()?,
        })
    }

    fn domain(&self) -> Domain<'_> {
        domain(self.chain_id, self.clearing_house)
    }
}

pub(super) fn domain(chain_id: u64, clearing_house: Address) -> Domain<'static> {
    Domain { name: "4micaClearingHouse", version: "1", chain_id, verifying_contract: Some(clearing_house) }
}

/// The operator's signed acceptance of one authorisation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    digest: Hash,
}

impl Receipt {
    /// Decodes the receipt bytes and compares every field with what was signed.
    ///
    /// # Errors
    /// - [`CertificateError::Encoding`]: not the type hash and seven words.
    /// - [`CertificateError::Claims`]: a field differs.
    ///
    /// # Source
    /// protocol notes 2.4, "receipt bytes".
    pub fn read(bytes: &[u8], registry: Address, signed: &PaymentAuthorization) -> Result<Self, CertificateError> {
        let mut words = Words::new(bytes);
        if bytes.len() != RECEIPT_BYTES || words.next()? != keccak256(RECEIPT_TYPE) {
            return Err(CertificateError::Encoding);
        }
        let expected = [
            signed.cycle_id,
            signed.req_id.word(),
            signed.payer.word(),
            signed.recipient.word(),
            signed.amount.word(),
            signed.asset.word(),
            Amount::from_u64(signed.timestamp_s).word(),
        ];
        for word in expected {
            if words.next()? != word {
                return Err(CertificateError::Claims);
            }
        }
        let domain = Domain {
            name: "4micaGuaranteeRegistry",
            version: "1",
            chain_id: signed.chain_id,
            verifying_contract: Some(registry),
        };
        Ok(Receipt { digest: domain.digest(&keccak256(bytes)) })
    }

    /// The digest the operator signed. The recovered signer must equal the core's `guarantee_signer`.
    pub fn digest(&self) -> &Hash {
        &self.digest
    }
}
