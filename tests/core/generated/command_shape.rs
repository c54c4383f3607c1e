//! The shapes of what the payer asks of its driver, from which js/src/generated/wire.ts is written. Amounts are texts.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the driver does next; `do` names it.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[ts(rename = "Command", optional_fields)]
pub enum CommandOut {
    Load {
        query: QueryOut,
    },
    Probe,
    Account,
    Fetch {
        url: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    ActiveCycle {
        payer: String,
        network: String,
        asset: String,
    },
    Reserve {
        intent: IntentOut,
    },
    Ask {
        record: String,
    },
    Sign {
        payer: String,
        chain_id: String,
    },
    Advance {
        #[ts(type = "State")]
        from: String,
        entry: EntryOut,
    },
    Send {
        url: String,
        header: String,
        value: String,
        pause_ms: u32,
    },
    VerifyCertificate {
        claims: String,
        signature: String,
        operator_key: String,
    },
    PassThrough {
        #[serde(skip_serializing_if = "Option::is_none")]
        write: Option<WriteOut>,
    },
    Quoted {
        record: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(type = "ErrorCode", optional)]
        asks: Option<String>,
        budgets: Vec<BudgetOut>,
    },
    Finish {
        #[serde(skip_serializing_if = "Option::is_none")]
        write: Option<WriteOut>,
        #[serde(skip_serializing_if = "Option::is_none")]
        record: Option<String>,
    },
    Fail {
        failure: FailureOut,
        #[serde(skip_serializing_if = "Option::is_none")]
        write: Option<WriteOut>,
    },
}

/// One row of a store: a public record and what is private to the store, both JSON texts.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Entry", optional_fields)]
pub struct EntryOut {
    purchase_id: String,
    #[ts(type = "State")]
    state: String,
    /// How many steps the history has: a row is replaced only by one that has one more.
    step: u32,
    /// Hash of the request, while the same request must find this row; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    record: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// What is read before a decision: one row by its id, or open rows of a request; notes; use of budgets.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Query", optional_fields)]
pub struct QueryOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    notes: Vec<String>,
    holds: Vec<HoldOut>,
}

/// What is written in one step, all or nothing. `from` is absent for a new row.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Intent", optional_fields)]
pub struct IntentOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "State", optional)]
    from: Option<String>,
    entry: EntryOut,
    holds: Vec<HoldOut>,
    notes: Vec<NoteOut>,
}

/// Something remembered beside the purchases: `was` absent for nothing yet, `value` absent to compare only.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Note", optional_fields)]
pub struct NoteOut {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// A budget and what counts there already, for people and in its own unit.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "BudgetUse")]
pub struct BudgetOut {
    key: String,
    limit: String,
    used: String,
    remaining: String,
    /// The limit for people.
    shown: String,
}

/// A budget to hold. Amounts are decimal counts; what one counts is the key's affair.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Hold", optional_fields)]
pub struct HoldOut {
    key: String,
    amount: String,
    limit: String,
    /// Number of the time span it counts in: grows with time, below 2^53.
    #[ts(type = "number")]
    bucket: u64,
    /// How many spans count, the present one included.
    keep: u32,
    /// When it is given back: by proof that nothing moved, or already with the answer.
    #[ts(type = "'proof' | 'answer'")]
    until: String,
    /// The limit for people, where nobody but people will see the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// A write that ends a purchase. `from` is absent for a new row.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Write", optional_fields)]
pub struct WriteOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "State", optional)]
    from: Option<String>,
    entry: EntryOut,
}

/// Why a payment failed.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Failure", optional_fields)]
pub struct FailureOut {
    #[ts(type = "ErrorCode")]
    code: String,
    facts: String,
    considered: Vec<ConsideredOut>,
    /// The budget that has no room.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetOut>,
}

/// What was wrong with one way to pay.
#[derive(Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[ts(rename = "Considered")]
pub struct ConsideredOut {
    index: u32,
    #[ts(type = "ErrorCode")]
    code: String,
}
