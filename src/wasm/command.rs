//! Commands as plain JavaScript objects. The TypeScript types are generated from these.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::budget::{Hold, Note};
use crate::error::Code;
use crate::ledger::{Entry, Intent, Query, Write};
use crate::primitives::{Amount, Secret, hex};
use crate::purchase::{Command, Failure};
use crate::record::State;

/// What the driver does next; `do` names it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, ts(rename = "Command", optional_fields))]
pub(super) enum CommandOut {
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
        typed_data: String,
    },
    Advance {
        #[cfg_attr(test, ts(type = "State"))]
        from: &'static str,
        entry: EntryOut,
    },
    Send {
        url: String,
        header: &'static str,
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
        #[cfg_attr(test, ts(type = "ErrorCode", optional))]
        asks: Option<&'static str>,
        budgets: Vec<BudgetOut>,
    },
    Finish {
        #[serde(skip_serializing_if = "Option::is_none")]
        write: Option<WriteOut>,
        record: String,
    },
    Fail {
        failure: FailureOut,
        #[serde(skip_serializing_if = "Option::is_none")]
        write: Option<WriteOut>,
    },
}

/// One row of a store: a public record and what is private to the store, both JSON texts.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Entry", optional_fields))]
pub(super) struct EntryOut {
    purchase_id: String,
    #[cfg_attr(test, ts(type = "State"))]
    state: &'static str,
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
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Query", optional_fields))]
pub(super) struct QueryOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    purchase_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    notes: Vec<String>,
    holds: Vec<HoldOut>,
}

/// What is written in one step, all or nothing. `from` is absent for a new row.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Intent", optional_fields))]
pub(super) struct IntentOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "State", optional))]
    from: Option<&'static str>,
    entry: EntryOut,
    holds: Vec<HoldOut>,
    notes: Vec<NoteOut>,
}

/// Something remembered beside the purchases: `was` absent for nothing yet, `value` absent to compare only.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Note", optional_fields))]
pub(super) struct NoteOut {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

/// A budget and what counts there already, for people and in its own unit.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "BudgetUse"))]
pub(super) struct BudgetOut {
    key: String,
    limit: String,
    used: String,
    remaining: String,
    /// The limit for people.
    shown: String,
}

/// A budget to hold. Amounts are decimal counts; what one counts is the key's affair.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Hold", optional_fields))]
pub(super) struct HoldOut {
    key: String,
    amount: String,
    limit: String,
    /// Number of the time span it counts in: grows with time, below 2^53.
    #[cfg_attr(test, ts(type = "number"))]
    bucket: u64,
    /// How many spans count, the present one included.
    keep: u32,
    /// When it is given back: by proof that nothing moved, or already with the answer.
    #[cfg_attr(test, ts(type = "'proof' | 'answer'"))]
    until: &'static str,
    /// The limit for people, where nobody but people will see the budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    shown: Option<String>,
}

/// Budgets as a JSON array of `Hold`.
pub(super) fn budgets_json(holds: Vec<Hold>) -> String {
    let shown = |hold: Hold| HoldOut { shown: Some(hold.shown.1.clone()), ..HoldOut::from(hold) };
    let holds: Vec<HoldOut> = holds.into_iter().map(shown).collect();
    // Texts and numbers only: writing them cannot fail.
    serde_json::to_string(&holds).unwrap_or_default()
}

/// A write that ends a purchase. `from` is absent for a new row.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Write", optional_fields))]
pub(super) struct WriteOut {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(type = "State", optional))]
    from: Option<&'static str>,
    entry: EntryOut,
}

/// Why a payment failed.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Failure", optional_fields))]
pub(super) struct FailureOut {
    #[cfg_attr(test, ts(type = "ErrorCode"))]
    code: &'static str,
    facts: String,
    considered: Vec<ConsideredOut>,
    /// The budget that has no room.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<BudgetOut>,
}

/// What was wrong with one way to pay.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Considered"))]
pub(super) struct ConsideredOut {
    index: u32,
    #[cfg_attr(test, ts(type = "ErrorCode"))]
    code: &'static str,
}

impl From<Command> for CommandOut {
    fn from(command: Command) -> Self {
        match command {
            Command::Load { query } => CommandOut::Load { query: query.into() },
            Command::Probe => CommandOut::Probe,
            Command::Account => CommandOut::Account,
            Command::Fetch { url, body } => CommandOut::Fetch { url, body },
            Command::ActiveCycle { payer, network, asset } => CommandOut::ActiveCycle {
                payer: payer.checksummed(),
                network: network.to_string(),
                asset: asset.checksummed(),
            },
            Command::Reserve { intent } => CommandOut::Reserve { intent: (*intent).into() },
            Command::Ask { record } => CommandOut::Ask { record: record.to_json() },
            Command::Sign { payer, chain_id, typed_data } => {
                CommandOut::Sign { payer: payer.checksummed(), chain_id: chain_id.to_string(), typed_data }
            }
            Command::Advance { from, entry } => CommandOut::Advance { from: from.as_str(), entry: entry.into() },
            Command::Send { url, header, value, pause_ms } => {
                CommandOut::Send { url, header, value: value.into_text(), pause_ms }
            }
            Command::VerifyCertificate { claims, signature, operator_key } => CommandOut::VerifyCertificate {
                claims: hex::encode(&claims),
                signature: hex::encode(&signature),
                operator_key: hex::encode(&operator_key),
            },
            Command::PassThrough { write } => CommandOut::PassThrough { write: write.map(WriteOut::from) },
            Command::Quoted(quoted) => CommandOut::Quoted {
                record: quoted.record.to_json(),
                asks: quoted.asks.map(Code::as_str),
                budgets: quoted.budgets.into_iter().map(BudgetOut::from).collect(),
            },
            Command::Finish { write, record } => {
                CommandOut::Finish { write: write.map(WriteOut::from), record: record.to_json() }
            }
            Command::Fail { failure, write } => {
                CommandOut::Fail { failure: failure.into(), write: write.map(WriteOut::from) }
            }
        }
    }
}

impl From<Query> for QueryOut {
    fn from(query: Query) -> Self {
        QueryOut {
            purchase_id: query.purchase_id,
            request: query.request.map(|hash| hex::encode(&hash)),
            notes: query.notes,
            holds: query.holds.into_iter().map(HoldOut::from).collect(),
        }
    }
}

impl From<Intent> for IntentOut {
    fn from(intent: Intent) -> Self {
        let notes = intent.notes.into_iter().map(|Note { key, was, value }| NoteOut { key, was, value });
        IntentOut {
            from: intent.from.map(State::as_str),
            entry: intent.entry.into(),
            holds: intent.holds.into_iter().map(HoldOut::from).collect(),
            notes: notes.collect(),
        }
    }
}

impl From<Hold> for HoldOut {
    fn from(hold: Hold) -> Self {
        HoldOut {
            key: hold.key,
            amount: hold.amount.to_string(),
            limit: hold.limit.to_string(),
            bucket: hold.span.bucket,
            keep: hold.span.keep,
            until: hold.until.as_str(),
            shown: None,
        }
    }
}

impl From<(Hold, Amount)> for BudgetOut {
    fn from((hold, used): (Hold, Amount)) -> Self {
        BudgetOut {
            key: hold.key,
            limit: hold.limit.to_string(),
            used: used.to_string(),
            remaining: hold.limit.minus(used).unwrap_or(Amount::ZERO).to_string(),
            shown: hold.shown.1,
        }
    }
}

impl From<Entry> for EntryOut {
    fn from(entry: Entry) -> Self {
        EntryOut {
            purchase_id: entry.record.purchase_id.clone(),
            state: entry.record.state().as_str(),
            // Far fewer: a purchase has a handful.
            step: u32::try_from(entry.step()).unwrap_or(u32::MAX),
            request: entry.request().map(|hash| hex::encode(hash)),
            record: entry.record.to_json(),
            sealed: entry.sealed.map(Secret::into_text),
        }
    }
}

impl From<Write> for WriteOut {
    fn from(write: Write) -> Self {
        WriteOut { from: write.from.map(State::as_str), entry: write.entry.into() }
    }
}

impl From<Failure> for FailureOut {
    fn from(failure: Failure) -> Self {
        let considered = failure.considered.into_iter().map(|(index, code)| ConsideredOut {
            // At most 16 entries are read.
            index: u32::try_from(index).unwrap_or(u32::MAX),
            code: code.as_str(),
        });
        FailureOut {
            code: failure.code.as_str(),
            facts: failure.facts,
            considered: considered.collect(),
            budget: failure.budget.map(|budget| BudgetOut::from(*budget)),
        }
    }
}
