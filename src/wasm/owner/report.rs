//! What the owner's functions return, as JSON texts. Their TypeScript types are written from tests/core/generated.

use alloc::string::{String, ToString};

use crate::json::Writer;
use crate::ledger::Write;
use crate::owner::{Cancellation, Finding, Step, Transaction, VerifyError};
use crate::primitives::hex;
use crate::record::{Record, State};

/// A row and the state it replaces, as the driver of the payer takes it.
pub(super) fn write(write: &Write) -> String {
    let entry = &write.entry;
    let row = Writer::object()
        .text("purchaseId", &entry.record.purchase_id)
        .text("state", entry.record.state().as_str())
        .integer("step", entry.step() as u64)
        .text_if("request", entry.request().map(|hash| hex::encode(hash)).as_deref())
        .text("record", &entry.record.to_json())
        .text_if("sealed", entry.sealed.as_deref());
    Writer::object().text_if("from", write.from.map(State::as_str)).raw("entry", &row.finish()).finish()
}

/// The next question, or the report.
pub(super) fn step(step: &Step) -> String {
    match step {
        Step::Call(call) => Writer::object()
            .text("do", "call")
            .text("network", &call.network.to_string())
            .text("method", call.method)
            .raw("params", &call.params)
            .finish(),
        Step::Done(report) => {
            let object = Writer::object().text("purchaseId", &report.purchase_id);
            let object = finding(object, &report.finding);
            let object = match &report.write {
                Some(change) => object.raw("write", &write(change)),
                None => object,
            };
            Writer::object().text("do", "done").raw("report", &object.finish()).finish()
        }
    }
}

fn finding(object: Writer, finding: &Finding) -> Writer {
    match finding {
        Finding::Settled { transaction, block } => object
            .text("outcome", "settled")
            .text_if("transaction", transaction.map(|hash| hex::encode(&hash)).as_deref())
            .text("block", &block.to_string()),
        Finding::Dead { block } => object.text("outcome", "dead").text("block", &block.to_string()),
        Finding::Undetermined { reason, again_s } => {
            let object = object.text("outcome", "undetermined").text("reason", reason.as_str());
            match again_s {
                Some(again_s) => object.integer("again", *again_s),
                None => object,
            }
        }
    }
}

/// What the wallet is asked.
pub(super) fn cancellation(cancellation: &Cancellation) -> String {
    Writer::object()
        .text("payer", &cancellation.signer().checksummed())
        .text("chainId", &cancellation.chain_id().to_string())
        .text("typedData", &cancellation.typed_data())
        .finish()
}

/// What anybody may send.
pub(super) fn transaction(transaction: &Transaction) -> String {
    Writer::object()
        .integer("chainId", transaction.network.chain_id())
        .text("to", &transaction.to.checksummed())
        .text("data", &hex::encode(&transaction.data))
        .finish()
}

/// Whether a record can be relied on.
pub(super) fn verification(verified: &Result<Record, VerifyError>) -> String {
    match verified {
        Ok(record) => {
            let last = record.history().last().map(|step| hex::encode(&step.hash));
            Writer::object()
                .raw("sound", "true")
                .text("purchaseId", &record.purchase_id)
                .text("state", record.state().as_str())
                .text_if("hash", last.as_deref())
                .finish()
        }
        Err(error) => {
            let object = Writer::object().raw("sound", "false").text("problem", error.as_str());
            let step = error.step().and_then(|step| u64::try_from(step).ok());
            match step {
                Some(step) => object.integer("step", step).finish(),
                None => object.finish(),
            }
        }
    }
}
