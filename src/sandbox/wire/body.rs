//! JSON bodies read as the real services read them: their refusals name path, line and column.
//!
//! Well-formedness is judged by the crate's strict reader, so a body with duplicate or prototype keys is refused here
//! and may be accepted there. Source: texts recorded in `4mica/{auth,core-guarantees-v1,core-guarantees-v2}.json`.

use alloc::format;
use alloc::string::String;

use super::http::{Refusal, Request};
use crate::json::{self, Node, Value};
use crate::primitives::{Address, Amount, hex};

/// A body that is JSON.
pub(in crate::sandbox) struct Body<'a> {
    text: &'a str,
    root: Node<'a>,
}

impl<'a> Body<'a> {
    /// The body of a request.
    ///
    /// # Errors
    /// 415 for another content type, 400 for what is no JSON, both plain text.
    pub(in crate::sandbox) fn of(request: &Request<'a>) -> Result<Self, Refusal> {
        let kind = request.header("content-type").unwrap_or_default();
        let json = kind.strip_prefix("application/").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind == "json" || kind.ends_with("+json")
        });
        if !json {
            return Err(Refusal::Plain(415, String::from("Expected request with `Content-Type: application/json`")));
        }
        Body::read(request.body)
    }

    /// Any bytes.
    ///
    /// # Errors
    /// As [`Body::of`], without the content type.
    pub(in crate::sandbox) fn read(bytes: &'a [u8]) -> Result<Self, Refusal> {
        let root = json::read_own(bytes).map_err(|_| {
            let ident = matches!(bytes.trim_ascii_start().first(), Some(b'n' | b't' | b'f'));
            let what = if ident { "expected ident at line 1 column 2" } else { "expected value at line 1 column 1" };
            Refusal::Plain(400, format!("Failed to parse the request body as JSON: {what}"))
        })?;
        let text = core::str::from_utf8(bytes).map_err(|_| Refusal::Empty(400))?;
        Ok(Body { text, root })
    }

    /// The whole value.
    pub(in crate::sandbox) fn root(&self) -> Place<'_, 'a> {
        Place { text: self.text, path: "", node: &self.root, end: &self.root }
    }
}

/// A value of a body, and where refusals say it is: serde names the end of the value it was reading, which for a
/// tagged or flattened struct is the whole struct.
#[derive(Clone, Copy)]
pub(in crate::sandbox) struct Place<'b, 'a> {
    text: &'a str,
    path: &'static str,
    pub(in crate::sandbox) node: &'b Node<'a>,
    end: &'b Node<'a>,
}

impl<'b, 'a> Place<'b, 'a> {
    /// A member under the path `path`; its own refusals name its own end.
    pub(in crate::sandbox) fn member(&self, name: &str, path: &'static str) -> Result<Place<'b, 'a>, Refusal> {
        let node = self.required(name)?;
        Ok(Place { path, node, end: node, ..*self })
    }

    /// A member read as part of this struct: refusals name the end of the struct.
    pub(in crate::sandbox) fn field(&self, name: &str) -> Result<Place<'b, 'a>, Refusal> {
        Ok(Place { node: self.required(name)?, ..*self })
    }

    fn required(&self, name: &str) -> Result<&'b Node<'a>, Refusal> {
        if self.node.members().is_none() {
            return Err(self.refuse(&format!("invalid type: {}, expected struct", self.described())));
        }
        self.node.member(name).ok_or_else(|| self.refuse(&format!("missing field `{name}`")))
    }

    /// A well-formed value of another meaning: 422.
    pub(in crate::sandbox) fn refuse(&self, message: &str) -> Refusal {
        let start = self.end.raw.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let before = self.text.get(..start + self.end.raw.len()).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let path = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        Refusal::Plain(
            422,
            format!(
                "Failed to deserialize the JSON body into the target type: {path}{message} at line {line} column {column}"
            ),
        )
    }

    /// What serde calls a value of the wrong type.
    pub(in crate::sandbox) fn described(&self) -> String {
        match &self.node.value {
            Value::String(text) => format!("string {text:?}"),
            Value::Number(raw) if raw.contains(['.', 'e', 'E']) => format!("floating point `{raw}`"),
            Value::Number(raw) => format!("integer `{raw}`"),
            Value::Bool(value) => format!("boolean `{value}`"),
            Value::Null => String::from("null"),
            Value::Array(_) => String::from("sequence"),
            Value::Object(_) => String::from("map"),
        }
    }

    fn mistyped(&self, expected: &str) -> Refusal {
        self.refuse(&format!("invalid type: {}, expected {expected}", self.described()))
    }

    fn misvalued(&self, expected: &str) -> Refusal {
        self.refuse(&format!("invalid value: {}, expected {expected}", self.described()))
    }

    pub(in crate::sandbox) fn text(&self) -> Result<&'b str, Refusal> {
        self.node.text().ok_or_else(|| self.mistyped("a string"))
    }

    /// `0x`-hexadecimal, decimal text or JSON number, up to 2^256 − 1.
    pub(in crate::sandbox) fn quantity(&self) -> Result<Amount, Refusal> {
        const EXPECTED: &str = "a 32 byte hex string";
        let digits = match &self.node.value {
            Value::Number(raw) => raw,
            Value::String(text) if text.starts_with("0x") => {
                return Amount::from_hex_quantity(text).ok_or_else(|| self.misvalued(EXPECTED));
            }
            Value::String(text) => text.as_ref(),
            _ => return Err(self.mistyped(EXPECTED)),
        };
        let significant = digits.trim_start_matches('0');
        let canonical = if significant.is_empty() && !digits.is_empty() { "0" } else { significant };
        Amount::from_decimal(canonical).map_err(|_| self.misvalued(EXPECTED))
    }

    /// A JSON number of the unsigned type that is called `kind`, up to `max`.
    pub(in crate::sandbox) fn number(&self, kind: &str, max: u64) -> Result<u64, Refusal> {
        match &self.node.value {
            Value::Number(raw) if raw.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.node.integer().filter(|value| *value <= max).ok_or_else(|| self.misvalued(kind))
            }
            _ => Err(self.mistyped(kind)),
        }
    }

    /// `0x` and exactly `N` bytes.
    pub(in crate::sandbox) fn bytes<const N: usize>(&self) -> Result<[u8; N], Refusal> {
        hex::decode_fixed(self.text()?).ok_or_else(|| self.misvalued(&format!("a {N} byte hex string")))
    }
}

/// An address as the real core reads it: any case, a wrong checksum, with or without `0x`.
pub(in crate::sandbox) fn any_address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_fixed(&format!("0x{digits}")).map(Address::from_bytes)
}
