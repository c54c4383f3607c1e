//! Records for other programs: one CSV row each (RFC 4180), safe to open in a spreadsheet.
//!
//! | Column | Holds |
//! |---|---|
//! | `began`, `changed` | first and last step, ISO 8601 in UTC |
//! | `purchaseId`, `state` | as in the record |
//! | `seller`, `method`, `path` | what was requested |
//! | `task`, `agent`, `session`, `category`, `reason` | what the host program said of it |
//! | `price`, `currency` | price for people, where the token is pinned to a currency |
//! | `amount`, `asset` | atomic units, CAIP-19 |
//! | `scheme`, `payTo`, `payer` | how, to whom, by whom |
//! | `rule`, `approvedBy` | what decided, and who said yes |
//! | `status`, `transaction`, `certificate`, `proof`, `problem` | what is known of the outcome |
//!
//! What is not known is empty. A record that this version cannot read has its id and the problem `store/unreadable`.

use alloc::format;
use alloc::string::{String, ToString};

use super::calendar::instant;
use crate::error::Code;
use crate::primitives::hex;
use crate::record::Record;

const COLUMNS: [&str; 26] = [
    "began",
    "changed",
    "purchaseId",
    "state",
    "seller",
    "method",
    "path",
    "task",
    "agent",
    "session",
    "category",
    "reason",
    "price",
    "currency",
    "amount",
    "asset",
    "scheme",
    "payTo",
    "payer",
    "rule",
    "approvedBy",
    "status",
    "transaction",
    "certificate",
    "proof",
    "problem",
];

/// The first line, with its end.
pub fn csv_header() -> String {
    line(COLUMNS.map(String::from))
}

/// The line of one purchase, with its end.
pub fn csv_row(purchase_id: &str, record: &str) -> String {
    let Some(record) = Record::read(record.as_bytes()) else {
        let problem = |column: &str| match column {
            "purchaseId" => String::from(purchase_id),
            "problem" => Code::RecordUnreadable.to_string(),
            _ => String::new(),
        };
        return line(COLUMNS.map(problem));
    };
    let Record { request, terms, decision, approval, attempt, evidence, .. } = &record;
    let at = |step: Option<&crate::record::Step>| step.map(|step| instant(step.at_s)).unwrap_or_default();
    let label = |text: &Option<String>| text.clone().unwrap_or_default();
    let (terms, attempt) = (terms.as_ref(), attempt.as_ref());
    let price =
        terms.and_then(|terms| terms.price.as_deref()).and_then(|price| price.split_once(' ')).unwrap_or_default();
    line([
        at(record.history().first()),
        at(record.history().last()),
        record.purchase_id.clone(),
        String::from(record.state().as_str()),
        request.seller.clone(),
        request.method.clone(),
        request.path.clone(),
        label(&request.task),
        label(&request.agent),
        label(&request.session),
        label(&request.category),
        label(&request.reason),
        String::from(price.0),
        String::from(price.1),
        terms.map(|terms| terms.amount.to_string()).unwrap_or_default(),
        terms.map(|terms| terms.asset.clone()).unwrap_or_default(),
        terms.map(|terms| terms.scheme.clone()).unwrap_or_default(),
        terms.map(|terms| terms.pay_to.checksummed()).unwrap_or_default(),
        attempt.map(|attempt| attempt.payer.checksummed()).unwrap_or_default(),
        decision.as_ref().map(|decision| decision.rule.clone()).unwrap_or_default(),
        approval.as_ref().and_then(|approval| approval.by.clone()).unwrap_or_default(),
        evidence.status.map(|status| status.to_string()).unwrap_or_default(),
        label(&evidence.transaction),
        evidence.certificate.map(|hash| hex::encode(&hash)).unwrap_or_default(),
        label(&evidence.proof),
        label(&evidence.problem),
    ])
}

fn line(fields: [String; COLUMNS.len()]) -> String {
    let mut line = fields.map(|text| field(&text)).join(",");
    line.push_str("\r\n");
    line
}

// A spreadsheet takes a text that begins like this for a formula, whoever wrote it: task, path, a seller's transaction.
// Source: OWASP, "CSV Injection".
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let text = if formula { format!("'{text}") } else { String::from(text) };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use alloc::vec::Vec;

    /// An independent reader: RFC 4180, section 2.
    fn fields(line: &str) -> Vec<String> {
        let text = line.strip_suffix("\r\n").unwrap();
        let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => field.extend(letters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(core::mem::take(&mut field)),
                other => field.push(other),
            }
        }
        assert!(!quoted);
        fields.push(field);
        fields
    }

    fn row(record: &Record) -> Vec<(&'static str, String)> {
        let values = fields(&csv_row("p_x", &record.to_json()));
        assert_eq!(values.len(), COLUMNS.len());
        COLUMNS.into_iter().zip(values).collect()
    }

    fn value(record: &Record, column: &str) -> String {
        row(record).into_iter().find(|(name, _)| *name == column).unwrap().1
    }

    #[test]
    fn a_row_says_what_the_record_says() {
        let record = sample::settled();
        for (column, expected) in [
            ("began", "2026-11-21T10:17:47Z"),
            ("changed", "2026-11-21T10:17:49Z"),
            ("state", "settled"),
            ("seller", sample::SELLER),
            ("price", "0.01"),
            ("currency", "USD"),
            ("amount", "10000"),
            ("payer", &sample::payer().checksummed()),
            ("rule", "perRequest 0.10 USD"),
            ("status", "200"),
            ("transaction", &format!("0x{}", "ab".repeat(32))),
            ("category", ""),
        ] {
            assert_eq!(value(&record, column), expected, "{column}");
        }
        assert_eq!(fields(&csv_header()), COLUMNS);
        assert_eq!(value(&sample::fresh("p_1"), "began"), "");
    }

    #[test]
    fn no_text_of_anybody_becomes_a_formula_or_another_row() {
        for hostile in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=HYPERLINK(\"https://x\",\"y\")"]
        {
            let mut record = sample::settled();
            record.request.task = Some(String::from(hostile));
            assert_eq!(value(&sample::rebuilt(record), "task"), format!("'{hostile}"));
        }
        for text in ["a,b", "a\"b", "a\r\nb,c", "\"", "1-1", "a=b"] {
            let mut record = sample::settled();
            record.request.reason = Some(String::from(text));
            assert_eq!(value(&sample::rebuilt(record), "reason"), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_left_out() {
        let values = fields(&csv_row("p_newer", "{\"version\":3}"));
        assert_eq!((values[2].as_str(), values[25].as_str()), ("p_newer", "store/unreadable"));
    }
}
