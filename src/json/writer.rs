//! JSON out: members in the order of the calls, strings safe for headers, logs and terminals.

use alloc::string::{String, ToString};

use super::Node;
use crate::primitives::hex;

/// Appends `text` as a JSON string, escaping what JSON, HTTP headers and terminals may not see raw.
pub fn push_string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push_str(QUOTE);
    push_escaped(out, text);
    out.push_str(QUOTE);
}

// As text: a character would be encoded anew each time.
const QUOTE: &str = "\"";
const BACKSLASH: &str = "\\";

fn push_escaped(out: &mut String, text: &str) {
    // Between escapes the text is copied run by run, found byte by byte in a table: by characters it was a tenth of a
    // purchase, by ranges a twentieth.
    let (mut copied, mut at) = (0, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        if PLAIN[usize::from(*byte)] {
            at += 1;
        } else if matches!(byte, b'"' | b'\\') {
            out.push_str(&text[copied..at]);
            out.push_str(BACKSLASH);
            // The character itself begins the next run.
            copied = at;
            at += 1;
        } else {
            let Some(character) = text[at..].chars().next() else { break };
            let after = at + character.len_utf8();
            if is_escaped(character) {
                out.push_str(&text[copied..at]);
                copied = after;
                push_escape(out, character);
            }
            at = after;
        }
    }
    out.push_str(&text[copied..]);
}

// Part of ASCII that needs no second look.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'"' | b'\\');
        byte += 1;
    }
    plain
};

// All of these are below U+10000, so one escape of four digits is enough.
fn push_escape(out: &mut String, character: char) {
    out.push_str("\\u");
    let code = (character as u32).to_be_bytes();
    hex::push(out, &code[2..]);
}

/// A stranger's text for people: a JSON string of its first 200 characters.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    let mut json = String::new();
    push_string(&mut json, &short);
    json
}

/// C0, DEL, C1, quotes, line separators and bidirectional controls: legal or not, never wanted raw in a log.
pub(crate) fn is_escaped(character: char) -> bool {
    matches!(
        character,
        '"' | '\\'
            | '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// Writes one JSON object, member by member, in the order of the calls.
#[derive(Debug)]
pub struct Writer {
    /// Ends with the quote before the next name, which is there as soon as what stands before it: to copy a few bytes takes
    /// wasm as long as to copy a hundred.
    out: String,
}

impl Writer {
    /// Opens the object.
    pub fn object() -> Self {
        // Most objects are no longer: growing from nothing would move each of them six times.
        let mut out = String::with_capacity(256);
        out.push_str("{\"");
        Writer { out }
    }

    /// Opens an object with the members of another one of this writer.
    #[cfg(feature = "seller")]
    pub(crate) fn with(object: &str) -> Self {
        Writer::object().members(object)
    }

    /// A member whose value is already JSON text.
    pub fn raw(mut self, name: &str, json: &str) -> Self {
        push_escaped(&mut self.out, name);
        self.out.push_str("\":");
        self.out.push_str(json);
        self.out.push_str(",\"");
        self
    }

    /// Members as another object of this writer has them.
    #[cfg(feature = "seller")]
    pub(crate) fn members(mut self, object: &str) -> Self {
        if let Some(members) = object.strip_prefix("{\"").and_then(|rest| rest.strip_suffix('}')) {
            self.out.push_str(members);
            self.out.push_str(",\"");
        }
        self
    }

    /// A string member.
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.out.reserve(text.len());
        push_escaped(&mut self.out, name);
        self.out.push_str("\":\"");
        push_escaped(&mut self.out, text);
        self.out.push_str("\",\"");
        self
    }

    /// A string member, left out when absent.
    pub fn text_if(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// An integer member.
    pub fn integer(self, name: &str, value: u64) -> Self {
        self.raw(name, &value.to_string())
    }

    /// The members of another object as they are, but those of these names.
    pub(crate) fn others(self, object: &Node<'_>, names: &[&str]) -> Self {
        let others = object.members().unwrap_or_default().iter().filter(|(key, _)| !names.contains(&key.as_ref()));
        others.fold(self, |writer, (key, node)| writer.raw(key, node.raw))
    }

    /// Closes the object.
    pub fn finish(mut self) -> String {
        // The comma and the quote of a member that does not come, or of an empty object the quote alone.
        let unused = if self.out.len() > 2 { 2 } else { 1 };
        self.out.truncate(self.out.len() - unused);
        self.out.push('}');
        self.out
    }
}

/// A JSON array of strings.
pub fn texts(items: &mut dyn Iterator<Item = String>) -> String {
    array(&mut items.map(|item| {
        let mut json = String::new();
        push_string(&mut json, &item);
        json
    }))
}

/// A JSON array. One copy of the code for all iterators.
pub fn array(items: &mut dyn Iterator<Item = String>) -> String {
    let mut json = String::from("[");
    for item in items {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&item);
    }
    json.push(']');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    #[test]
    fn members_of_every_kind_stand_in_the_order_of_the_calls() {
        assert_eq!(Writer::object().finish(), "{}");
        assert_eq!(Writer::object().text("a", "").finish(), r#"{"a":""}"#);
        let all = Writer::object().text("a", "x").integer("b", 7).text_if("c", None).text("\"", "\\").raw("e", "[]");
        assert_eq!(all.finish(), r#"{"a":"x","b":7,"\"":"\\","e":[]}"#);
    }

    #[cfg(feature = "seller")]
    #[test]
    fn members_of_another_object_stand_where_they_are_asked_for() {
        for (other, written) in [("{}", r#"{"z":1}"#), (r#"{"a":"x"}"#, r#"{"a":"x","z":1}"#)] {
            assert_eq!(Writer::with(other).integer("z", 1).finish(), written);
            let within = Writer::object().text("b", "y").members(other).raw("c", "[]").finish();
            assert_eq!(within, written.replace("\"z\":1", "\"c\":[]").replacen('{', "{\"b\":\"y\",", 1));
        }
    }

    #[test]
    fn written_strings_hide_controls_and_read_back() {
        let hostile = "a\r\n\u{0}\u{9b}\u{202e}\"\\é";
        let mut json = String::new();
        push_string(&mut json, hostile);
        assert!(json.chars().all(|c| !c.is_control() && c != '\u{202e}'));
        assert_eq!(read(json.as_bytes()).unwrap().text(), Some(hostile));
    }
}
