//! A strict JSON reader: bytes in, a tree that borrows from them out.
//!
//! Every mainstream parser would read an accepted text the same way: no duplicate or prototype keys, no lone
//! surrogates, no byte order mark, bounded depth and string length, one value. Each value keeps its raw text,
//! so that it can be echoed verbatim. Time and memory are linear in the input, whose size the caller bounds.
//!
//! Ours and not a library's because no serde front end refuses duplicate keys inside untyped values and keeps
//! the raw text at once.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::JsonError as Error;

/// Deepest nesting accepted.
pub const MAX_DEPTH: usize = 16;
/// Longest string accepted, in bytes after unescaping.
pub const MAX_STRING_BYTES: usize = 2048;

// Keys that name an object's machinery in JavaScript: harmless here, dangerous one `JSON.parse` later (threats P8).
const FORBIDDEN_KEYS: [&str; 3] = ["__proto__", "constructor", "prototype"];

/// A value with the exact text it was read from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node<'a> {
    /// The text, from first to last character of the value.
    pub raw: &'a str,
    /// What it means.
    pub value: Value<'a>,
}

/// A JSON value. Numbers stay text: the caller decides which spellings it takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Node<'a>>),
    /// An object in its order.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The member of that exact name, when this is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Node<'a>> {
        self.members()?.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// All members, when this is an object.
    pub fn members(&self) -> Option<&[(Cow<'a, str>, Node<'a>)]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, when this is an array.
    pub fn elements(&self) -> Option<&[Node<'a>]> {
        match &self.value {
            Value::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The text, when this is a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value, when this is an integer without sign, point, exponent or leading zero, up to 2^64 − 1.
    pub fn integer(&self) -> Option<u64> {
        match self.value {
            Value::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// `Some` for an object without members of other names.
pub(crate) fn only(node: &Node<'_>, known: &[&str]) -> Option<()> {
    node.members()?.iter().all(|(key, _)| known.contains(&key.as_ref())).then_some(())
}

/// Reads one JSON text.
///
/// # Errors
/// `Utf8`, `Json`, `Depth`, `FieldTooLong`, `DuplicateKey` or `ForbiddenKey` of [`JsonError`](Error).
///
/// # Source
/// RFC 8259, narrowed by threats P7, P8, P10 and P12.
pub fn read(bytes: &[u8]) -> Result<Node<'_>, Error> {
    read_limited(bytes, MAX_STRING_BYTES)
}

/// Reads a text this crate wrote, whose strings hold whole payment headers: longest string 64 KiB.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_own(bytes: &[u8]) -> Result<Node<'_>, Error> {
    read_limited(bytes, 64 * 1024)
}

/// Reads a text this crate wrote, with a whole result in it: longest string 1 MiB.
///
/// # Errors
/// As [`read`].
#[cfg(feature = "seller")]
pub(crate) fn read_kept(bytes: &[u8]) -> Result<Node<'_>, Error> {
    read_limited(bytes, 1024 * 1024)
}

fn read_limited(bytes: &[u8], max_string_bytes: usize) -> Result<Node<'_>, Error> {
    let text = core::str::from_utf8(bytes).map_err(|_| Error::Utf8)?;
    let mut reader = Reader { text, at: 0, max_string_bytes };
    reader.skip_space();
    let node = reader.node(0)?;
    reader.skip_space();
    if reader.at == text.len() { Ok(node) } else { Err(Error::Json) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    max_string_bytes: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.take(byte) { Ok(()) } else { Err(Error::Json) }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn node(&mut self, depth: usize) -> Result<Node<'a>, Error> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.literal("true", Value::Bool(true))?,
            Some(b'f') => self.literal("false", Value::Bool(false))?,
            Some(b'n') => self.literal("null", Value::Null)?,
            _ => return Err(Error::Json),
        };
        Ok(Node { raw: &self.text[start..self.at], value })
    }

    fn literal(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Error> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Error::Json);
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, Error> {
        self.open(b'[', depth)?;
        let mut elements = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.node(depth + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(elements));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, Error> {
        self.open(b'{', depth)?;
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            if FORBIDDEN_KEYS.contains(&key.as_ref()) {
                return Err(Error::ForbiddenKey);
            }
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            members.push((key, self.node(depth + 1)?));
            self.skip_space();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        if are_distinct(&mut keys) { Ok(Value::Object(members)) } else { Err(Error::DuplicateKey) }
    }

    fn open(&mut self, bracket: u8, depth: usize) -> Result<(), Error> {
        if depth >= MAX_DEPTH {
            return Err(Error::Depth);
        }
        self.expect(bracket)?;
        self.skip_space();
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, Error> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Error::Json) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.expect(b'"')?;
        let plain = self.plain_run()?;
        if self.take(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        while !self.take(b'"') {
            if self.take(b'\\') {
                text.push(self.escape()?);
            } else {
                text.push_str(self.plain_run()?);
            }
            if text.len() > self.max_string_bytes {
                return Err(Error::FieldTooLong);
            }
        }
        Ok(Cow::Owned(text))
    }

    // Characters up to a quote or a backslash. An empty run at the end of the text or at a control is an error.
    fn plain_run(&mut self) -> Result<&'a str, Error> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).ok_or(Error::Json)?;
        if length > self.max_string_bytes {
            return Err(Error::FieldTooLong);
        }
        if rest[length] <= 0x1f {
            return Err(Error::Json);
        }
        self.at += length;
        Ok(&self.text[start..self.at])
    }

    fn escape(&mut self) -> Result<char, Error> {
        let letter = self.peek().ok_or(Error::Json)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Error::Json),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, Error> {
        let first = self.hex4()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(Error::Utf8);
        }
        let paired = first < 0xdc00 && self.take(b'\\') && self.take(b'u');
        let second = if paired { self.hex4()? } else { 0 };
        if !(0xdc00..0xe000).contains(&second) {
            return Err(Error::Utf8);
        }
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(Error::Utf8)
    }

    fn hex4(&mut self) -> Result<u32, Error> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Error::Json)?;
        self.at += 4;
        digits.iter().try_fold(0, |value, digit| {
            let digit = crate::primitives::hex::digit(*digit).ok_or(Error::Json)?;
            Ok(value << 4 | u32::from(digit))
        })
    }
}

// Sorts by a heap, in place: a `BTreeSet` is 1 KB gzip and the sorts of the library 2, and a list of thousands of keys
// must not take the square of its length.
fn are_distinct(keys: &mut [&str]) -> bool {
    for root in (0..keys.len() / 2).rev() {
        sift(keys, root);
    }
    for end in (1..keys.len()).rev() {
        keys.swap(0, end);
        sift(&mut keys[..end], 0);
    }
    keys.windows(2).all(|pair| pair[0] != pair[1])
}

// Lets the item at `root` sink below all that are greater.
fn sift(heap: &mut [&str], mut root: usize) {
    loop {
        let left = 2 * root + 1;
        let right = left + 1;
        let greater = if right < heap.len() && heap[right] > heap[left] { right } else { left };
        if greater >= heap.len() || heap[greater] <= heap[root] {
            return;
        }
        heap.swap(root, greater);
        root = greater;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinct_unless_two_of_any_number_are_equal() {
        for count in 0..200_usize {
            // All different below the prime 211, in no order.
            let names: Vec<String> = (0..count).map(|index| alloc::format!("{}", index * 71 % 211)).collect();
            let mut keys: Vec<&str> = names.iter().map(String::as_str).collect();
            assert!(are_distinct(&mut keys.clone()), "{count}");
            if count > 1 {
                keys[count / 3] = &names[count - 1];
                assert!(!are_distinct(&mut keys), "{count}");
            }
        }
    }

    #[test]
    fn read_keeps_raw_text_of_every_value() {
        let node = read(br#" {"a" : [1, {"b":"x\u00e9"}], "c":null} "#).unwrap();
        assert_eq!(node.member("a").unwrap().raw, r#"[1, {"b":"x\u00e9"}]"#);
        assert_eq!(node.member("a").unwrap().elements().unwrap()[1].member("b").unwrap().text(), Some("xé"));
    }

    #[test]
    fn read_refuses_duplicate_keys_however_they_are_spelled() {
        for text in [r#"{"amount":1,"amount":2}"#, r#"{"amount":1,"\u0061mount":2}"#, r#"{"a":{"b":1,"b":1}}"#] {
            assert_eq!(read(text.as_bytes()), Err(Error::DuplicateKey), "{text}");
        }
    }

    #[test]
    fn read_refuses_prototype_keys_at_any_depth() {
        for key in ["__proto__", "constructor", "prototype", r"\u005f_proto__"] {
            let text = alloc::format!(r#"{{"a":[{{"{key}":1}}]}}"#);
            assert_eq!(read(text.as_bytes()), Err(Error::ForbiddenKey), "{text}");
        }
    }

    #[test]
    fn read_refuses_lone_surrogates_and_broken_utf8() {
        for text in
            [&br#""\ud800""#[..], br#""\udc00""#, br#""\ud800x""#, br#""\ud800\u0041""#, b"\"\xff\"", b"\"\xc0\xaf\""]
        {
            assert_eq!(read(text), Err(Error::Utf8));
        }
        assert_eq!(read(br#""\ud83d\ude00""#).unwrap().text(), Some("😀"));
    }

    #[test]
    fn read_bounds_depth_and_string_length() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(read(nested(MAX_DEPTH + 1).as_bytes()), Err(Error::Depth));
        assert_eq!(read(nested(100_000).as_bytes()), Err(Error::Depth));
        let long = alloc::format!("\"{}\"", "a".repeat(MAX_STRING_BYTES + 1));
        assert_eq!(read(long.as_bytes()), Err(Error::FieldTooLong));
        let escaped = alloc::format!("\"{}\"", "\\u0061".repeat(MAX_STRING_BYTES + 1));
        assert_eq!(read(escaped.as_bytes()), Err(Error::FieldTooLong));
    }

    #[test]
    fn integer_takes_plain_digits_only() {
        for (text, value) in
            [("7", Some(7)), ("7.0", None), ("7e0", None), ("-7", None), ("18446744073709551616", None)]
        {
            assert_eq!(read(text.as_bytes()).unwrap().integer(), value, "{text}");
        }
    }
}
