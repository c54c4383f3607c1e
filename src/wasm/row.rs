//! What is written of a row: its texts, and as JSON the budgets to hold and the notes to keep.

use alloc::string::{String, ToString};

use crate::budget::{Hold, Note};
use crate::json::{Writer, array};

/// A step, and after it its long texts, each on a line of its own: a row as its record and what is sealed, a question as
/// its body. Within the step every quote of theirs would have to be escaped, and read again: a tenth of a sale.
pub(super) fn lines(mut step: String, texts: [Option<&str>; 2]) -> String {
    for text in texts.into_iter().flatten() {
        step.push('\n');
        step.push_str(text);
    }
    step
}

/// A JSON array of `Hold`.
pub(super) fn holds(holds: &[Hold]) -> String {
    array(&mut holds.iter().map(|one| hold(one).finish()))
}

/// A `Hold`, still open.
pub(super) fn hold(hold: &Hold) -> Writer {
    Writer::object()
        .text("key", &hold.key)
        .text("amount", &hold.amount.to_string())
        .text("limit", &hold.limit.to_string())
        .integer("bucket", hold.span.bucket)
        .integer("keep", hold.span.keep.into())
        .text("until", hold.until.as_str())
}

/// A JSON array of `Note`.
pub(super) fn notes(notes: &[Note]) -> String {
    array(&mut notes.iter().map(|note| {
        Writer::object()
            .text("key", &note.key)
            .text_if("was", note.was.as_deref())
            .text_if("value", note.value.as_deref())
            .finish()
    }))
}
