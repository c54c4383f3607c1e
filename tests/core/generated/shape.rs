//! The shape of `Record::to_json`, from which the TypeScript type is written. Amounts are decimal counts of atomic
//! units, hashes `0x` and 64 digits, times Unix seconds.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The durable history of one purchase, as stored. Nothing in it is secret.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct PaymentRecord {
    /// Layout of the record.
    #[ts(type = "2")]
    version: u32,
    purchase_id: String,
    #[ts(type = "State")]
    state: String,
    request: RecordRequest,
    /// What was accepted, asked about or refused, once it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<RecordTerms>,
    /// What the policy said, once it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<RecordDecision>,
    /// The yes that was asked for, and who gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<RecordApproval>,
    /// The one authorisation, once it was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<RecordAttempt>,
    evidence: RecordEvidence,
    /// Every state entered; the last is the present one.
    history: Vec<RecordStep>,
}

/// The request that is paid for.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordRequest {
    /// Hash over method, URL, body and task.
    hash: String,
    method: String,
    /// Origin of the URL that was requested.
    seller: String,
    /// Path without the query.
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Who buys.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
}

/// The seller's terms as accepted, asked about or refused.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordTerms {
    scheme: String,
    /// CAIP-2.
    network: String,
    /// CAIP-19.
    asset: String,
    /// Decimal count of atomic units.
    amount: String,
    /// Price for people, where the token is pinned to a currency: `0.01 USD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    pay_to: String,
    #[serde(rename = "x402Version")]
    x402_version: u32,
    /// Hash of the entry as received.
    hash: String,
    /// Hash of what a yes is bound to: seller, scheme, network, asset, amount, recipient, method.
    binding: String,
}

/// The rule that allowed it, wants a person's yes, or said no.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RecordDecision {
    rule: String,
    /// Hash of the policy.
    policy: String,
}

/// A person's yes to exactly these terms.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordApproval {
    /// Hash of the terms it is for: `terms.binding`.
    binding: String,
    /// Unix second after which it is worth nothing.
    #[ts(type = "number")]
    expires: u64,
    /// Who said yes, once somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

/// The one authorisation of a purchase.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordAttempt {
    payer: String,
    /// `eip3009`, or the 4Mica generation.
    kind: String,
    nonce: String,
    /// Unix second from which the authorisation is dead; absent where it never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    valid_before: Option<u64>,
    /// What is signed.
    digest: String,
    /// Hash of the payment header, once signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorisation: Option<String>,
}

/// What the seller's answer said and what was proven of it.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordEvidence {
    /// HTTP status of the paid answer; 0 for a redirect the platform hides.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u32>,
    /// Transaction hash as the seller states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    /// Hash of the certificate or receipt that was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycle_id: Option<String>,
    /// 4Mica Core's name for the guarantee, where it can be known.
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee_id: Option<String>,
    /// Hash of the content, where the caller wanted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// What proved the outcome later: `chain`, with the network and the block it was seen in.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    /// Unix second since when a cancellation of the authorisation may exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    revoking: Option<u64>,
    /// Code of what was wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "ErrorCode", optional)]
    problem: Option<String>,
}

/// A state and the Unix second it was entered in, chained to the one before.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct RecordStep {
    #[ts(type = "State")]
    state: String,
    #[ts(type = "number")]
    at: u64,
    /// What was known then; of the last step it is `evidence` of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<RecordEvidence>,
    /// Hash over the step before and everything this one says.
    hash: String,
}
