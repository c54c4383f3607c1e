//! The shapes of what the owner's functions return, from which js/src/generated/owner.ts is written. Counts of records
//! are numbers; amounts, blocks and chain ids that a program hands on are texts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// The next thing to do about a purchase in doubt.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(optional_fields)]
pub enum ReconcileStep {
    Call {
        network: String,
        method: String,
        #[ts(type = "unknown[]")]
        params: Vec<Value>,
    },
    Done {
        report: ReconcileReport,
    },
}

/// What was found out about a purchase.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct ReconcileReport {
    /// Empty when the row could not be read.
    pub purchase_id: String,
    #[ts(type = "Outcome")]
    pub outcome: String,
    /// Where the money moved, when the node still has the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<String>,
    /// Number of the block that proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// Why nothing was proven.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "Unproven", optional)]
    pub reason: Option<String>,
    /// Unix second from which asking again may bring something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub again: Option<u64>,
    /// What it changes in the store.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "Write", optional)]
    pub write: Option<Value>,
}

/// A cancellation for the wallet to sign.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CancelRequest {
    pub payer: String,
    pub chain_id: String,
    pub typed_data: String,
}

/// A transaction that anybody may send, and pay the gas of: it makes the authorisation unusable.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CancelTransaction {
    #[ts(type = "number")]
    pub chain_id: u64,
    /// Token contract.
    pub to: String,
    /// Call data.
    pub data: String,
}

/// A record whose layout, chain, order and times are sound.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SoundRecord {
    #[ts(type = "true")]
    pub sound: bool,
    pub purchase_id: String,
    #[ts(type = "State")]
    pub state: String,
    /// Hash of the last step. Kept elsewhere, it shows a history that was written anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A record that cannot be relied on.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct UnsoundRecord {
    #[ts(type = "false")]
    pub sound: bool,
    #[ts(type = "Unsound")]
    pub problem: String,
    /// Position of the step in the history, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
}

/// What was spent, and what may have been.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Spent {
    /// Records that were counted.
    pub read: u32,
    /// Texts that are no record of this version.
    pub unread: u32,
    pub total: SpentSum,
    pub sellers: Vec<SpentSum>,
    pub tasks: Vec<SpentSum>,
    pub agents: Vec<SpentSum>,
    /// By day in UTC, `2026-11-21`, of the second in which budget was held.
    pub days: Vec<SpentSum>,
}

/// Sums of one kind. The same purchases count in currencies and in assets.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct SpentSum {
    /// Seller, task, agent or day; absent in the total, and for purchases without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Purchases that are paid.
    pub settled: u32,
    /// Purchases that count as spent until they are proven dead.
    pub unresolved: u32,
    pub currencies: Vec<SpentCurrency>,
    pub assets: Vec<SpentAsset>,
}

/// Prices as they were at the decision: `0.01 USD`.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SpentCurrency {
    pub currency: String,
    pub settled: String,
    pub unresolved: String,
}

/// Decimal counts of atomic units.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SpentAsset {
    /// CAIP-19.
    pub asset: String,
    pub settled: String,
    pub unresolved: String,
}

/// A price that a seller stated.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(optional_fields)]
pub struct PriceSeen {
    #[ts(type = "number")]
    pub at: u64,
    /// Method and path: `GET /weather`.
    pub resource: String,
    /// CAIP-19.
    pub asset: String,
    /// Decimal count of atomic units.
    pub amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    #[ts(type = "State")]
    pub state: String,
    pub purchase_id: String,
}

/// What a policy would have made of the past.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Simulated {
    /// Records that cannot be read, or whose terms are not known any more.
    pub skipped: u32,
    /// Paid.
    pub allowed: SimulatedSum,
    /// Paid if somebody had said yes.
    pub asked: SimulatedSum,
    /// Not paid, by a rule.
    pub denied: SimulatedSum,
    /// Not paid: a budget had no room.
    pub exceeded: SimulatedSum,
    /// In the order of time.
    pub purchases: Vec<SimulatedPurchase>,
}

/// What purchases of one outcome add up to.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SimulatedSum {
    pub count: u32,
    /// One price for each currency: `0.03 USD`.
    pub currencies: Vec<String>,
    pub assets: Vec<SimulatedAsset>,
    pub by: Vec<SimulatedRule>,
}

/// A decimal count of atomic units.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SimulatedAsset {
    pub asset: String,
    pub amount: String,
}

/// How often a rule, a code or a budget decided, and in which second first.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SimulatedRule {
    pub name: String,
    pub count: u32,
    #[ts(type = "number")]
    pub first: u64,
}

/// What a policy would have said to one purchase.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SimulatedPurchase {
    pub purchase_id: String,
    #[ts(type = "number")]
    pub at: u64,
    /// The state it is really in.
    #[ts(type = "State")]
    pub was: String,
    #[ts(type = "'allowed' | 'asked' | 'denied' | 'exceeded'")]
    pub outcome: String,
    /// The rule, the code or the key of the budget.
    pub by: String,
}
