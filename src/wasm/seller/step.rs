//! The steps of a sale as JSON texts. Their TypeScript types are written from tests/core/generated.

use alloc::string::{String, ToString};

use super::super::row;
use crate::json::Writer;
use crate::ledger::{Entry, Intent, Query};
use crate::record::State;
use crate::sale::{SaleRecord, Step, pairs};

/// The next thing to do. The texts of a row that it writes, or of a question, follow on lines of their own.
pub(super) fn step(step: &Step) -> String {
    let entry = match step {
        Step::Reserve { intent } => &intent.entry,
        Step::Advance { entry, .. } => entry,
        Step::Fetch { request, .. } => return row::lines(plain(step), [request.body.as_deref(), None]),
        _ => return plain(step),
    };
    row::lines(plain(step), [Some(&entry.record.to_json()), entry.sealed.as_deref()])
}

fn plain(step: &Step) -> String {
    match step {
        Step::Admit(buyer) => named("admit").raw("buyer", &buyer.to_json()),
        Step::Load { query } => named("load").raw("query", &read(query)),
        Step::Reserve { intent } => named("reserve").raw("intent", &written(intent)),
        Step::Advance { from, entry } => named("advance").text("from", from.as_str()).raw("entry", &self::entry(entry)),
        Step::Fetch { to, request } => named("fetch").text("to", to.as_str()).text("url", &request.url),
        Step::Call(call) => named("call")
            .text("network", &call.network.to_string())
            .text("method", call.method)
            .raw("params", &call.params),
        Step::VerifyCertificate(open) => {
            let json = open.to_json();
            return ["{\"do\":\"verify-certificate\",", json.get(1..).unwrap_or("}")].concat();
        }
        Step::Work(payment) => named("work").raw("payment", &payment.to_json()),
        Step::Serve { headers } => named("serve").raw("headers", &pairs(headers)),
        Step::Done(ending) => {
            named("done").raw("answer", &ending.answer.to_json()).raw("report", &ending.report.to_json())
        }
    }
    .finish()
}

fn named(name: &str) -> Writer {
    Writer::object().text("do", name)
}

fn read(query: &Query) -> String {
    let object = Writer::object().text_if("purchaseId", query.purchase_id.as_deref());
    object.raw("notes", "[]").raw("holds", "[]").finish()
}

fn written(intent: &Intent<SaleRecord>) -> String {
    Writer::object()
        .text_if("from", intent.from.map(State::as_str))
        .raw("entry", &entry(&intent.entry))
        .raw("holds", &row::holds(&intent.holds))
        .raw("notes", &row::notes(&intent.notes))
        .finish()
}

fn entry(entry: &Entry<SaleRecord>) -> String {
    Writer::object()
        .text("purchaseId", &entry.record.sale_id)
        .text("state", entry.record.state().as_str())
        .integer("step", entry.step() as u64)
        .finish()
}
