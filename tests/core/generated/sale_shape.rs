//! The shapes of a sale's steps, reports and records, from which js/src/generated/sale.ts is written. Amounts are texts of
//! atomic units; times are Unix seconds.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The next thing to do for a sale; `do` names it.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum SaleStep {
    Admit {
        buyer: Buyer,
    },
    Load {
        #[ts(type = "Query")]
        query: Value,
    },
    Reserve {
        #[ts(type = "Intent")]
        intent: Value,
    },
    Advance {
        #[ts(type = "State")]
        from: String,
        #[ts(type = "Entry")]
        entry: Value,
    },
    Fetch {
        #[ts(type = "'core' | 'exact' | '4mica-credit'")]
        to: String,
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    Call {
        network: String,
        method: String,
        #[ts(type = "unknown[]")]
        params: Vec<Value>,
    },
    VerifyCertificate {
        claims: String,
        signature: String,
        operator_key: String,
    },
    Work {
        payment: Payment,
    },
    Serve {
        #[ts(type = "SaleHeader[]")]
        headers: Vec<[String; 2]>,
    },
    Done {
        answer: SaleAnswer,
        report: SaleReport,
    },
}

/// Who wants to buy, and what. The payer signed for it; what `agent` says nobody verified.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Buyer {
    /// Name of the payment: the same for every spelling of it.
    id: String,
    payer: String,
    #[ts(type = "'exact' | '4mica-credit'")]
    scheme: String,
    /// CAIP-2.
    network: String,
    /// Address of the token.
    asset: String,
    amount: String,
    /// Price for people, where the token is pinned to a currency: `0.01 USD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    pay_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_identifier: Option<String>,
    /// The account that signed in, and the network it named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "{ address: string; network: string }", optional)]
    sign_in: Option<Value>,
    agent: BuyerAgent,
}

/// `User-Agent` and `Signature-Agent`, unverified.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct BuyerAgent {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_agent: Option<String>,
}

/// The payment that a handler works for.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct Payment {
    /// Name of the payment: the same for every spelling of it.
    id: String,
    payer: String,
    #[ts(type = "'exact' | '4mica-credit'")]
    scheme: String,
    /// CAIP-2.
    network: String,
    /// Address of the token.
    asset: String,
    amount: String,
    /// Price for people, where the token is pinned to a currency: `0.01 USD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    pay_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_identifier: Option<String>,
    /// Whether it was settled before the work.
    settled: bool,
    /// Where, if there is a transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
}

/// What the buyer is answered with; `from` names it.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(tag = "from", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum SaleAnswer {
    Work {
        #[ts(type = "SaleHeader[]")]
        headers: Vec<[String; 2]>,
    },
    Stored {
        result: String,
        #[ts(type = "SaleHeader[]")]
        headers: Vec<[String; 2]>,
    },
    Hook {
        status: u16,
        #[ts(type = "SaleCode")]
        code: String,
        facts: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        payment_id: Option<String>,
        challenge: bool,
        #[ts(type = "SaleHeader[]")]
        headers: Vec<[String; 2]>,
    },
    Paywall {
        status: u16,
        #[ts(type = "SaleCode")]
        code: String,
        facts: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        payment_id: Option<String>,
        challenge: bool,
        #[ts(type = "SaleHeader[]")]
        headers: Vec<[String; 2]>,
    },
    Nothing,
}

/// How a sale ended, for the seller's log: no signature, no body, nothing of a stranger's but quoted.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SaleReport {
    /// What went wrong, or stands in the way; absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "SaleCode", optional)]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<String>,
    /// What was to be paid, and by whom; absent where nobody asked or nothing was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<ReportedPayment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "SaleOrder", optional)]
    release: Option<String>,
    /// Where the sale stands, as far as this run knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "State", optional)]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    /// Whether it is settled.
    settled: bool,
    /// Whether this run delivered what was sold.
    delivered: bool,
}

/// What was to be paid, and by whom.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ReportedPayment {
    id: String,
    payer: String,
    #[ts(type = "'exact' | '4mica-credit'")]
    scheme: String,
    network: String,
    asset: String,
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    pay_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_identifier: Option<String>,
}

/// The durable history of one sale. Nothing secret.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SaleRecord {
    version: u32,
    /// Name of the payment: the same for every spelling of it.
    sale_id: String,
    #[ts(type = "State")]
    state: String,
    /// What was asked for; `hash` binds method, URL, body and terms.
    #[ts(type = "RecordRequest")]
    request: Value,
    #[ts(type = "RecordTerms")]
    terms: Value,
    #[ts(type = "RecordAttempt")]
    attempt: Value,
    /// The buyer's payment identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier: Option<String>,
    sale: SaleStanding,
    evidence: SaleEvidence,
    history: Vec<SaleHistory>,
}

/// Who works on a sale and what was delivered.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SaleStanding {
    #[ts(type = "SaleOrder")]
    release: String,
    /// Unix second until which one copy is busy with it, or nobody tries again; 0 for neither.
    #[ts(type = "number")]
    lease: u64,
    /// The result was delivered, or was about to be.
    served: bool,
    /// It was settled and the work failed.
    owed: bool,
}

/// What is known of the settlement.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SaleEvidence {
    /// The transaction, as the facilitator or the chain says.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    /// Hash of the certificate or receipt that was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycle_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee_id: Option<String>,
    /// What proved it beyond the facilitator's word: `chain` and the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "SaleCode", optional)]
    problem: Option<String>,
}

/// A state and the Unix second it was entered in, chained to the one before.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SaleHistory {
    #[ts(type = "State")]
    state: String,
    #[ts(type = "number")]
    at: u64,
    sale: SaleStanding,
    evidence: SaleEvidence,
    hash: String,
}
