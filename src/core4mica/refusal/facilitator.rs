//! A facilitator's refusals, which come as HTTP 200, and the core's own that it repeats inside them.

use super::{Exists, Facts, Refusal, known, quote};
use crate::core4mica::http::Answer;
use crate::error::Code;
use crate::json;

impl Refusal {
    /// Reads a facilitator's answer to `/settle`, when it is not a settlement: HTTP 200 with `success: false`, or a
    /// failure. What the core said is taken out of its wrapping and read as [`Refusal::of_issue`] reads it.
    ///
    /// # Source
    /// protocol notes 2.9 and "Error bodies"; vectors `4mica/facilitator.json`.
    pub fn of_settlement(answer: &Answer<'_>) -> Self {
        Refusal::of_facilitator(answer, "error")
    }

    /// Reads a facilitator's answer to `/verify`, when it is not `isValid: true`. A verification issues nothing.
    pub fn of_verification(answer: &Answer<'_>) -> Self {
        Refusal { exists: Exists::No, ..Refusal::of_facilitator(answer, "invalidReason") }
    }

    fn of_facilitator(answer: &Answer<'_>, member: &str) -> Self {
        let root = json::read(answer.body).ok();
        let text = root.as_ref().and_then(|root| root.member(member)?.text());
        if let (200, Some(text)) = (answer.status, text) {
            return Refusal::of_facilitator_text(text);
        }
        Refusal::of_issue(answer)
    }

    fn of_facilitator_text(text: &str) -> Self {
        if let Some((status, said)) = unwrapped(text) {
            return Refusal::said(status, said);
        }
        let (code, exists) = match known::facilitator_reason(text) {
            Some(code) => (code, Exists::No),
            None => (Code::CoreRefused, Exists::Maybe),
        };
        Refusal { code, exists, facts: Facts { status: 200, said: quote(text), ..Facts::default() } }
    }
}

// `core guarantee request failed (400 Bad Request): Invalid signature`
fn unwrapped(text: &str) -> Option<(u16, &str)> {
    let (status, said) = text.strip_prefix("core guarantee request failed (")?.split_once("): ")?;
    let (digits, _reason) = status.split_once(' ').unwrap_or((status, ""));
    let status = (digits.len() == 3).then(|| digits.parse().ok())??;
    Some((status, said))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn settlement(error: &str) -> (&'static str, Exists) {
        let body = format!(r#"{{"success":false,"error":"{error}","txHash":null}}"#);
        let refusal = Refusal::of_settlement(&Answer { status: 200, body: body.as_bytes() });
        (refusal.code.as_str(), refusal.exists)
    }

    #[test]
    fn what_the_core_said_is_found_inside_what_the_facilitator_says() {
        for (error, code, exists) in [
            ("core guarantee request failed (400 Bad Request): user not registered", "core/not-registered", Exists::No),
            ("core guarantee request failed (409 Conflict): request failed, please retry", "core/busy", Exists::Maybe),
            (
                "core guarantee request failed (500 Internal Server Error): Invalid signature",
                "core/failed",
                Exists::Maybe,
            ),
            ("core guarantee request failed (400 Bad Request): something new", "core/refused", Exists::Maybe),
            ("core guarantee request failed (40 Bad): Invalid signature", "core/refused", Exists::Maybe),
            ("Invalid signature", "core/refused", Exists::Maybe),
            ("unsupported network eip155:1", "facilitator/unsupported", Exists::No),
            ("", "core/refused", Exists::Maybe),
        ] {
            assert_eq!(settlement(error), (code, exists), "{error}");
        }
    }

    #[test]
    fn a_settlement_without_an_answer_may_have_happened_and_a_verification_not() {
        for (status, body) in [(0, ""), (200, ""), (200, "{}"), (500, "{}"), (200, r#"{"success":false,"error":7}"#)] {
            let answer = Answer { status, body: body.as_bytes() };
            assert_eq!(Refusal::of_settlement(&answer).exists, Exists::Maybe, "{status} {body}");
            assert_eq!(Refusal::of_verification(&answer).exists, Exists::No, "{status} {body}");
        }
    }
}
