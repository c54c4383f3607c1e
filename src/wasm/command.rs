//! Commands as JSON texts. Their TypeScript types are written from tests/core/generated.

use alloc::string::{String, ToString};

use super::row;
use crate::budget::Hold;
use crate::error::Code;
use crate::json::{Writer, array, texts};
use crate::ledger::{Entry, Intent, Query, Write};
use crate::primitives::{Amount, hex};
use crate::purchase::{Command, Failure};
use crate::record::State;

/// What the driver does next; `do` names it. The texts of a row that it writes follow on lines of their own.
pub(super) fn command(command: &Command) -> String {
    let entry = match command {
        Command::Reserve { intent } => Some(&intent.entry),
        Command::Advance { entry, .. } => Some(entry),
        Command::PassThrough { write } | Command::Finish { write, .. } | Command::Fail { write, .. } => {
            write.as_ref().map(|write| &write.entry)
        }
        _ => None,
    };
    match entry {
        Some(entry) => row::lines(plain(command), [Some(&entry.record.to_json()), entry.sealed.as_deref()]),
        None => plain(command),
    }
}

fn plain(command: &Command) -> String {
    let object = Writer::object().text("do", word(command));
    match command {
        Command::Probe | Command::Account => object,
        Command::Load { query } => object.raw("query", &self::query(query)),
        Command::Fetch { url, body } => object.text("url", url).text_if("body", body.as_deref()),
        Command::ActiveCycle { payer, network, asset } => object
            .text("payer", &payer.checksummed())
            .text("network", &network.to_string())
            .text("asset", &asset.checksummed()),
        Command::Reserve { intent } => object.raw("intent", &self::intent(intent)),
        Command::Ask { record } => object.text("record", &record.to_json()),
        Command::Sign { payer, chain_id, .. } => {
            object.text("payer", &payer.checksummed()).text("chainId", &chain_id.to_string())
        }
        Command::Advance { from, entry } => object.text("from", from.as_str()).raw("entry", &self::entry(entry)),
        Command::Send { url, header, value, pause_ms } => {
            object.text("url", url).text("header", header).text("value", value).integer("pauseMs", (*pause_ms).into())
        }
        Command::VerifyCertificate { claims, signature, operator_key } => object
            .text("claims", &hex::encode(claims))
            .text("signature", &hex::encode(signature))
            .text("operatorKey", &hex::encode(operator_key)),
        Command::PassThrough { write } => with_write(object, write.as_ref()),
        Command::Quoted(quoted) => object
            .text("record", &quoted.record.to_json())
            .text_if("asks", quoted.asks.map(Code::as_str))
            .raw("budgets", &array(&mut quoted.budgets.iter().map(|(hold, used)| budget(hold, used)))),
        // A write has the record in it.
        Command::Finish { write: None, record } => object.text("record", &record.to_json()),
        Command::Finish { write, .. } => with_write(object, write.as_ref()),
        Command::Fail { failure, write } => with_write(object.raw("failure", &self::failure(failure)), write.as_ref()),
    }
    .finish()
}

/// Budgets as a JSON array of `Hold`, shown to people.
pub(super) fn budgets(holds: &[Hold]) -> String {
    array(&mut holds.iter().map(|hold| row::hold(hold).text("shown", &hold.shown.1).finish()))
}

fn word(command: &Command) -> &'static str {
    match command {
        Command::Load { .. } => "load",
        Command::Probe => "probe",
        Command::Account => "account",
        Command::Fetch { .. } => "fetch",
        Command::ActiveCycle { .. } => "active-cycle",
        Command::Reserve { .. } => "reserve",
        Command::Ask { .. } => "ask",
        Command::Sign { .. } => "sign",
        Command::Advance { .. } => "advance",
        Command::Send { .. } => "send",
        Command::VerifyCertificate { .. } => "verify-certificate",
        Command::PassThrough { .. } => "pass-through",
        Command::Quoted(_) => "quoted",
        Command::Finish { .. } => "finish",
        Command::Fail { .. } => "fail",
    }
}

fn query(query: &Query) -> String {
    Writer::object()
        .text_if("purchaseId", query.purchase_id.as_deref())
        .text_if("request", query.request.map(|hash| hex::encode(&hash)).as_deref())
        .raw("notes", &texts(&mut query.notes.iter().cloned()))
        .raw("holds", &row::holds(&query.holds))
        .finish()
}

fn intent(intent: &Intent) -> String {
    Writer::object()
        .text_if("from", intent.from.map(State::as_str))
        .raw("entry", &entry(&intent.entry))
        .raw("holds", &row::holds(&intent.holds))
        .raw("notes", &row::notes(&intent.notes))
        .finish()
}

fn budget(hold: &Hold, used: &Amount) -> String {
    Writer::object()
        .text("key", &hold.key)
        .text("limit", &hold.limit.to_string())
        .text("used", &used.to_string())
        .text("remaining", &hold.limit.minus(*used).unwrap_or(Amount::ZERO).to_string())
        .text("shown", &hold.shown.1)
        .finish()
}

fn entry(entry: &Entry) -> String {
    Writer::object()
        .text("purchaseId", &entry.record.purchase_id)
        .text("state", entry.record.state().as_str())
        .integer("step", entry.step() as u64)
        .text_if("request", entry.request().map(|hash| hex::encode(hash)).as_deref())
        .finish()
}

fn with_write(object: Writer, write: Option<&Write>) -> Writer {
    let Some(write) = write else { return object };
    let written = Writer::object().text_if("from", write.from.map(State::as_str)).raw("entry", &entry(&write.entry));
    object.raw("write", &written.finish())
}

fn failure(failure: &Failure) -> String {
    let considered = |(index, code): &(usize, Code)| {
        Writer::object().integer("index", *index as u64).text("code", code.as_str()).finish()
    };
    let object = Writer::object()
        .text("code", failure.code.as_str())
        .text("facts", &failure.facts)
        .raw("considered", &array(&mut failure.considered.iter().map(considered)));
    match failure.budget.as_deref() {
        Some((hold, used)) => object.raw("budget", &budget(hold, used)).finish(),
        None => object.finish(),
    }
}
