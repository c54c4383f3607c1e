//! Commands as plain JavaScript objects. The TypeScript types are generated from these.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::primitives::hex;
use crate::purchase::{Command, Entry, Failure, Secret, Write};

/// What the driver does next; `do` names it.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, ts(rename = "Command", optional_fields))]
pub(super) enum CommandOut {
    Load {
        #[serde(skip_serializing_if = "Option::is_none")]
        purchase_id: Option<String>,
    },
    Probe,
    Account,
    Fetch {
        url: String,
    },
    Reserve {
        entry: EntryOut,
        holds: Vec<HoldOut>,
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
    },
    VerifyCertificate {
        claims: String,
        signature: String,
        operator_key: String,
    },
    PassThrough,
    Quoted {
        record: String,
    },
    Finish {
        write: WriteOut,
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
    record: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

/// A budget to hold. Amounts are decimal counts of 10^-18 of the currency; the window is in seconds.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, ts(rename = "Hold", optional_fields))]
pub(super) struct HoldOut {
    key: String,
    amount: String,
    limit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_s: Option<u32>,
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
#[cfg_attr(test, ts(rename = "Failure"))]
pub(super) struct FailureOut {
    #[cfg_attr(test, ts(type = "ErrorCode"))]
    code: &'static str,
    facts: String,
    considered: Vec<ConsideredOut>,
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
            Command::Load { purchase_id } => CommandOut::Load { purchase_id },
            Command::Probe => CommandOut::Probe,
            Command::Account => CommandOut::Account,
            Command::Fetch { url } => CommandOut::Fetch { url },
            Command::Reserve { entry, holds } => CommandOut::Reserve {
                entry: entry.into(),
                holds: holds
                    .into_iter()
                    .map(|hold| HoldOut {
                        key: hold.key,
                        amount: hold.amount.to_string(),
                        limit: hold.limit.to_string(),
                        // Windows are hours and days.
                        window_s: hold.window_s.and_then(|seconds| u32::try_from(seconds).ok()),
                    })
                    .collect(),
            },
            Command::Sign { payer, chain_id, typed_data } => {
                CommandOut::Sign { payer: payer.checksummed(), chain_id: chain_id.to_string(), typed_data }
            }
            Command::Advance { from, entry } => CommandOut::Advance { from: from.as_str(), entry: entry.into() },
            Command::Send { url, header, value } => CommandOut::Send { url, header, value: value.into_text() },
            Command::VerifyCertificate { claims, signature, operator_key } => CommandOut::VerifyCertificate {
                claims: hex::encode(&claims),
                signature: hex::encode(&signature),
                operator_key: hex::encode(&operator_key),
            },
            Command::PassThrough => CommandOut::PassThrough,
            Command::Quoted { record } => CommandOut::Quoted { record: record.to_json() },
            Command::Finish { write } => CommandOut::Finish { write: write.into() },
            Command::Fail { failure, write } => {
                CommandOut::Fail { failure: failure.into(), write: write.map(WriteOut::from) }
            }
        }
    }
}

impl From<Entry> for EntryOut {
    fn from(entry: Entry) -> Self {
        EntryOut {
            purchase_id: entry.record.purchase_id.clone(),
            state: entry.record.state().as_str(),
            record: entry.record.to_json(),
            sealed: entry.sealed.map(Secret::into_text),
        }
    }
}

impl From<Write> for WriteOut {
    fn from(write: Write) -> Self {
        WriteOut { from: write.from.map(crate::record::State::as_str), entry: write.entry.into() }
    }
}

impl From<Failure> for FailureOut {
    fn from(failure: Failure) -> Self {
        let considered = failure.considered.into_iter().map(|(index, code)| ConsideredOut {
            // At most 16 entries are read.
            index: u32::try_from(index).unwrap_or(u32::MAX),
            code: code.as_str(),
        });
        FailureOut { code: failure.code.as_str(), facts: failure.facts, considered: considered.collect() }
    }
}
