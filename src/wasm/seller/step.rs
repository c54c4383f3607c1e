//! The steps of a sale as JSON texts. Their TypeScript types are written from tests/core/generated.
//!
//! Long texts stand on lines of their own after their step, a row as its record and what is sealed, a request as its body:
//! within the step every quote of theirs would have to be escaped, and read again, which took a tenth of a sale.

use alloc::string::{String, ToString};

use super::super::row;
use crate::json::Writer;
use crate::ledger::{Entry, Intent, Query};
use crate::record::State;
use crate::sale::{SaleRecord, Step, pairs};

/// The next thing to do.
pub(super) fn step(step: &Step) -> String {
    let mut lines = plain(step);
    let mut line = |text: &str| {
        lines.push('\n');
        lines.push_str(text);
    };
    match step {
        Step::Reserve { intent } => row_of(&intent.entry, &mut line),
        Step::Advance { entry, .. } => row_of(entry, &mut line),
        Step::Fetch { request, .. } => request.body.as_deref().into_iter().for_each(line),
        _ => {}
    }
    lines
}

fn row_of(entry: &Entry<SaleRecord>, line: &mut dyn FnMut(&str)) {
    line(&entry.record.to_json());
    entry.sealed.as_deref().into_iter().for_each(line);
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
