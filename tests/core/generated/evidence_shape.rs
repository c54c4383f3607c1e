//! The shapes of evidence, of what its examination found, and of a verified certificate, from which
//! js/src/generated/evidence.ts is written. Amounts are texts of atomic units; times are Unix seconds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::shape::PaymentRecord;

/// Everything about one purchase that others need to check it. It contains the signed payment.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Evidence {
    #[ts(type = "1")]
    pub version: u64,
    /// As the store has it.
    pub record: PaymentRecord,
    /// The entry of `accepts` that was accepted, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<EvidencePayment>,
    /// The core's public parameters, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core: Option<String>,
    /// Value of the settlement header, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settlement: Option<String>,
}

/// The payment header that left: name and value.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EvidencePayment {
    #[ts(type = "'PAYMENT-SIGNATURE' | 'X-PAYMENT'")]
    pub header: String,
    pub value: String,
}

/// What evidence proves.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct EvidenceReport {
    /// Nothing is wrong, and no part is missing that the record tells of.
    pub sound: bool,
    /// Every check was made and holds.
    pub complete: bool,
    pub checks: Vec<EvidenceCheck>,
    /// From the record; absent when that cannot be relied on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<ProvenPurchase>,
    /// What the core guarantees; absent unless that is proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<GuaranteeFacts>,
    /// As seller and record state it; whether it happened the chain says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
}

/// One check.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct EvidenceCheck {
    #[ts(type = "EvidenceTopic")]
    pub check: String,
    /// It was made, and everything was as it must be.
    pub ok: bool,
    /// There was nothing to check.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "true", optional)]
    pub absent: Option<bool>,
    pub says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "ErrorCode", optional)]
    pub code: Option<String>,
}

/// The purchase that evidence is about.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ProvenPurchase {
    pub purchase_id: String,
    #[ts(type = "State")]
    pub state: String,
    pub seller: String,
    pub method: String,
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_to: Option<String>,
    /// The rule of the owner's policy that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// `eip3009`, or the generation of the guarantee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Nonce of a transfer, request id of a guarantee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What was signed, as its EIP-712 digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// Unix second of the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub signed: Option<u64>,
}

/// What a core guarantees, proven.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct GuaranteeFacts {
    #[ts(type = "'tab' | 'cycle' | 'sdk2' | 'clearing-house'")]
    pub generation: String,
    pub network: String,
    /// Who signed, recovered.
    pub payer: String,
    pub recipient: String,
    pub amount: String,
    pub asset: String,
    pub req_id: String,
    /// Unix second that was signed.
    #[ts(type = "number")]
    pub timestamp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycle_id: Option<String>,
    /// The core's name for it, where it can be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guarantee_id: Option<String>,
    /// Hash of the certificate, as records keep it.
    pub certificate: String,
    /// Whether the operator's key was held against a pinned one, or is the one in the parameters.
    #[ts(type = "'pinned' | 'published'")]
    pub operator: String,
}

/// An operator's signature that the verifier is asked about, in `0x` hex.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OperatorSignature {
    pub claims: String,
    pub signature: String,
    pub operator_key: String,
}
