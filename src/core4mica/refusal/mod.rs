//! What a core or a facilitator answers instead of what was asked: one code, and whether a guarantee may exist.
//!
//! Status and body in, [`Refusal`] out. A stranger's words leave only quoted, bounded and without anything long enough
//! to be a signature or a token. "Don't know" is [`Exists::Maybe`], never [`Exists::No`].

mod facilitator;
mod known;

use alloc::string::String;
use core::fmt;

use super::http::Answer;
use crate::error::Code;
use crate::json::{self, Node};
use crate::primitives::{Hash, hex};

/// Longest quotation, in bytes.
const MAX_QUOTE_BYTES: usize = 200;
/// Longest word quoted: a hash with its prefix. Signatures and tokens are longer.
const MAX_WORD_BYTES: usize = 66;

/// Whether the guarantee that was asked for may exist because of this request. An earlier request's answer is not
/// taken back: a `No` after a `Maybe` is a `Maybe`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Exists {
    /// It was refused for a stated reason that is known to come before issuing.
    No,
    /// Nobody can say. Only the identical bytes may be sent again.
    Maybe,
    /// The other side says that it was issued, without showing it.
    Yes,
}

/// Facts of a refusal that something can be done with.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts {
    /// HTTP status, the core's own where a facilitator repeats it; 0 for no answer.
    pub status: u16,
    /// The stated reason: printable ASCII, at most 200 bytes, long words cut.
    pub said: Option<String>,
    /// The core's clock, Unix seconds (generation 4).
    pub server_time_s: Option<u64>,
    /// The cycle payments belong to now (generation 4).
    pub active_cycle_id: Option<Hash>,
    /// Most payments between two checkpoints (generation 4).
    pub max_uncheckpointed: Option<u64>,
    /// Unix second up to which the last checkpoint covers payments (generation 4).
    pub timestamp_cutoff_s: Option<u64>,
}

/// What came back instead of what was asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// Whether the guarantee may exist.
    pub exists: Exists,
    /// What was said.
    pub facts: Facts,
}

impl Refusal {
    /// Reads a core's answer to the request for a guarantee, when it is not the guarantee.
    ///
    /// | answer | code | exists |
    /// |---|---|---|
    /// | none, 408, 429, 5xx, a success that cannot be read | `core/failed` | maybe |
    /// | 409 | `core/busy` | maybe: recorded as "not issued, send again", and the identical bytes are right either way |
    /// | known duplicate | `core/duplicate` | maybe: the other one may be this one, answered to somebody else |
    /// | known reason | its own | no |
    /// | a body the core could not read (plain text) | `core/format` | no |
    /// | empty 404, 405 | `core/not-found` | no |
    /// | any other reason | `core/refused`, of a 401 `core/token` | maybe |
    ///
    /// # Source
    /// protocol notes "Error bodies", 2.4 (codes) and F5; vectors `4mica/core-guarantees-*.json`.
    pub fn of_issue(answer: &Answer<'_>) -> Self {
        let root = json::read(answer.body).ok();
        let plain = || core::str::from_utf8(answer.body).unwrap_or_default();
        let said = root.as_ref().map_or_else(plain, |root| error_text(root).unwrap_or_default());
        let mut refusal = Refusal::said(answer.status, said);
        if let Some(root) = root.as_ref().filter(|_| refusal.code != Code::CoreFailed) {
            refusal.apply_code(root);
        }
        refusal
    }

    /// Reads a core's answer to a question that changes nothing: no guarantee can come of it.
    pub fn of_question(answer: &Answer<'_>) -> Self {
        let mut refusal = Refusal::of_issue(answer);
        refusal.exists = Exists::No;
        refusal.code = match refusal.code {
            Code::CoreFailed if answer.status == 200 => Code::CoreAnswer,
            Code::CoreFailed | Code::CoreBusy => Code::CoreUnreachable,
            code => code,
        };
        refusal
    }

    /// What we find ourselves in a document that came as a success.
    pub(super) fn found(code: Code) -> Self {
        Refusal { code, exists: Exists::No, facts: Facts { status: 200, ..Facts::default() } }
    }

    fn said(status: u16, text: &str) -> Self {
        let (code, exists) = match status {
            0..=399 | 408 | 429 | 500.. => (Code::CoreFailed, Exists::Maybe),
            409 => (Code::CoreBusy, Exists::Maybe),
            404 | 405 if text.is_empty() => (Code::CoreNotFound, Exists::No),
            // Of an expired token's wording there is no recording.
            401 => known::reason(text).unwrap_or((Code::CoreToken, Exists::Maybe)),
            _ => known::reason(text).unwrap_or((Code::CoreRefused, Exists::Maybe)),
        };
        Refusal { code, exists, facts: Facts { status, said: quote(text), ..Facts::default() } }
    }

    // Generation 4 names its reasons.
    fn apply_code(&mut self, root: &Node<'_>) {
        let Some(name) = root.member("code").and_then(Node::text) else { return };
        if let Some((code, exists)) = known::code(name) {
            (self.code, self.exists) = (code, exists);
        }
        let detail = |name: &str| root.member("details")?.member(name);
        let integer = |name: &str| detail(name)?.integer();
        self.facts.server_time_s = integer("server_time");
        self.facts.max_uncheckpointed = integer("max_uncheckpointed");
        self.facts.timestamp_cutoff_s = integer("timestamp_cutoff");
        self.facts.active_cycle_id = detail("active_cycle_id").and_then(|node| hex::decode_fixed(node.text()?));
    }
}

/// The document of an answered question.
///
/// # Errors
/// As [`Refusal::of_question`]; `guarantee/core-answer` when a success is not JSON.
pub(super) fn document<'a>(answer: &Answer<'a>) -> Result<Node<'a>, Refusal> {
    match json::read(answer.body) {
        Ok(root) if answer.status == 200 => Ok(root),
        _ => Err(Refusal::of_question(answer)),
    }
}

fn error_text<'n>(root: &'n Node<'_>) -> Option<&'n str> {
    root.member("error")?.text()
}

/// A stranger's text, safe to show: see [`Facts::said`].
pub(super) fn quote(text: &str) -> Option<String> {
    let mut quoted = String::new();
    for word in text.split(' ') {
        let word = word.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' });
        let mut word: String = word.take(MAX_WORD_BYTES + 1).collect();
        if word.len() > MAX_WORD_BYTES {
            word = String::from("...");
        }
        if quoted.len() + word.len() >= MAX_QUOTE_BYTES {
            break;
        }
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.push_str(&word);
    }
    (!quoted.is_empty()).then_some(quoted)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the answer: {} ({})", self.code.meaning(), self.code)?;
        match &self.facts.said {
            Some(said) => write!(f, ": \"{said}\""),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    fn issue(status: u16, body: &str) -> (&'static str, Exists) {
        let refusal = Refusal::of_issue(&Answer { status, body: body.as_bytes() });
        (refusal.code.as_str(), refusal.exists)
    }

    #[test]
    fn a_failure_never_says_that_nothing_was_issued() {
        let reason = r#"{"error":"Not enough free collateral"}"#;
        for status in [0, 100, 200, 204, 302, 408, 429, 500, 502, 503, 599, 999] {
            assert_eq!(issue(status, reason), ("core/failed", Exists::Maybe), "{status}");
        }
        assert_eq!(issue(409, reason), ("core/busy", Exists::Maybe));
        for body in ["", "[]", "{}", r#"{"error":7}"#, "<html>", "\u{0}", r#"{"error":"not enough free collateral"}"#] {
            assert_eq!(issue(400, body), ("core/refused", Exists::Maybe), "{body}");
            assert_eq!(issue(401, body), ("core/token", Exists::Maybe), "{body}");
        }
    }

    #[test]
    fn reasons_of_generation_4_are_typed_with_their_details() {
        let cycle = "0x".to_string() + &"11".repeat(32);
        let body = format!(
            r#"{{"error":"x","code":"CYCLE_MISMATCH","details":{{"active_cycle_id":"{cycle}","server_time":1700000000}}}}"#
        );
        let refusal = Refusal::of_issue(&Answer { status: 400, body: body.as_bytes() });
        assert_eq!((refusal.code.as_str(), refusal.exists), ("core/cycle-mismatch", Exists::No));
        assert_eq!(refusal.facts.active_cycle_id, Some([0x11; 32]));
        assert_eq!(refusal.facts.server_time_s, Some(1_700_000_000));
        for (name, code, exists) in [
            ("CHECKPOINT_REQUIRED", "core/checkpoint-required", Exists::No),
            ("TIMESTAMP_NOT_PAST_CUTOFF", "core/not-past-cutoff", Exists::No),
            ("FUTURE_TIMESTAMP", "core/future-timestamp", Exists::No),
            ("STALE_TIMESTAMP", "core/stale-timestamp", Exists::No),
            ("INSUFFICIENT_COLLATERAL", "core/collateral", Exists::No),
            ("USER_NOT_REGISTERED", "core/not-registered", Exists::No),
            ("USER_SUSPENDED", "core/suspended", Exists::No),
            ("CHECKPOINT_MISMATCH", "core/checkpoint-mismatch", Exists::No),
            ("DUPLICATE_GUARANTEE", "core/duplicate", Exists::Maybe),
            ("SOMETHING_NEW", "core/refused", Exists::Maybe),
        ] {
            let body = format!(r#"{{"error":"words","code":"{name}","details":{{"max_uncheckpointed":8}}}}"#);
            assert_eq!(issue(400, &body), (code, exists), "{name}");
            for status in [0, 200, 408, 503] {
                assert_eq!(issue(status, &body), ("core/failed", Exists::Maybe), "{name}");
            }
        }
    }

    #[test]
    fn questions_issue_nothing() {
        for (status, body, code) in [
            (0, "", "guarantee/core-unreachable"),
            (503, "", "guarantee/core-unreachable"),
            (409, "{}", "guarantee/core-unreachable"),
            (200, "no JSON", "guarantee/core-answer"),
            (401, r#"{"error":"invalid access token"}"#, "core/token"),
        ] {
            let refusal = Refusal::of_question(&Answer { status, body: body.as_bytes() });
            assert_eq!((refusal.code.as_str(), refusal.exists), (code, Exists::No), "{status} {body}");
        }
    }

    #[test]
    fn quotations_are_short_printable_and_without_secrets() {
        let signature = "ab".repeat(65);
        let body = format!(r#"{{"error":"bad signature 0x{signature}, \u001b[31m{}"}}"#, "word ".repeat(100));
        let said = Refusal::of_issue(&Answer { status: 400, body: body.as_bytes() }).facts.said.unwrap();
        assert!(said.starts_with("bad signature ... ?[31mword word"), "{said}");
        assert!(said.len() <= MAX_QUOTE_BYTES && said.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{said}");
    }
}
