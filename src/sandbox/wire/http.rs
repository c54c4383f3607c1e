//! HTTP as far as the sandbox needs it: one request in, one answer out, and the refusals between them.
//!
//! Knows no socket. A driver turns its own requests into [`Request`] and carries out what an [`Answer`] says.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::json::Writer;

/// A request to one of the sandbox's hosts.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Absolute URL, as it was requested.
    pub url: &'a str,
    /// Names in any case, with values. Nothing but `authorization`, `content-type` and the payment headers is read.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body, empty for none.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The value of a header, by its lower-case name.
    pub(in crate::sandbox) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Host with port, path and query. The path is never empty.
    pub(in crate::sandbox) fn parts(&self) -> (&'a str, &'a str, &'a str) {
        let rest = self.url.split_once("://").map_or(self.url, |(_, rest)| rest);
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (host, tail) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        (host, path, query)
    }

    /// The value of a query parameter. `%3A` is the one escape that clients put into what the sandbox reads.
    pub(in crate::sandbox) fn parameter(&self, name: &str) -> Option<String> {
        let (_, _, query) = self.parts();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| unescaped(value))
    }
}

/// A path segment or parameter without escaped colons.
pub(in crate::sandbox) fn unescaped(text: &str) -> String {
    text.replace("%3A", ":").replace("%3a", ":")
}

/// What the driver answers.
#[derive(Clone, Eq, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Lower-case names, with values.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
    /// Milliseconds to wait before answering.
    pub delay_ms: u32,
    /// The answer never arrives: the driver reports a failed network instead.
    pub lost: bool,
}

impl Answer {
    /// A JSON answer.
    pub(in crate::sandbox) fn json(status: u16, text: &str) -> Self {
        Answer::new(status, Some("application/json"), text)
    }

    /// An answer without content.
    pub(in crate::sandbox) fn empty(status: u16) -> Self {
        Answer::new(status, None, "")
    }

    fn new(status: u16, kind: Option<&str>, text: &str) -> Self {
        let headers = kind.map(|kind| ("content-type", String::from(kind))).into_iter().collect();
        Answer { status, headers, body: text.as_bytes().to_vec(), delay_ms: 0, lost: false }
    }

    /// The same with a header.
    pub(in crate::sandbox) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, String::from(value)));
        self
    }
}

/// A refusal as the real services word it.
#[derive(Clone)]
pub(in crate::sandbox) enum Refusal {
    /// A status and nothing else.
    Empty(u16),
    /// Another method is meant.
    Method(&'static str),
    /// Of an extractor, before the service itself saw the request: plain text.
    Plain(u16, String),
    /// Of the service: `{"error", "code"?, "details"?}`.
    Error(u16, Cow<'static, str>, Option<Coded>),
}

/// What generation 4 adds to an error.
#[derive(Clone)]
pub(in crate::sandbox) struct Coded {
    pub(in crate::sandbox) code: &'static str,
    /// JSON object.
    pub(in crate::sandbox) details: String,
}

impl Refusal {
    pub(in crate::sandbox) fn error(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Refusal::Error(status, text.into(), None)
    }

    pub(in crate::sandbox) fn status(&self) -> u16 {
        match self {
            Refusal::Empty(status) | Refusal::Plain(status, _) | Refusal::Error(status, ..) => *status,
            Refusal::Method(_) => 405,
        }
    }

    /// What a client that wraps the refusal repeats of it.
    pub(in crate::sandbox) fn text(&self) -> &str {
        match self {
            Refusal::Empty(_) | Refusal::Method(_) => "",
            Refusal::Plain(_, text) => text,
            Refusal::Error(_, text, _) => text,
        }
    }

    pub(in crate::sandbox) fn answer(&self) -> Answer {
        match self {
            Refusal::Empty(status) => Answer::empty(*status),
            Refusal::Method("") => Answer::empty(405),
            Refusal::Method(allowed) => Answer::empty(405).with("allow", allowed),
            Refusal::Plain(status, text) => Answer::new(*status, Some("text/plain; charset=utf-8"), text),
            Refusal::Error(status, text, coded) => {
                let object = Writer::object().text("error", text);
                let object = match coded {
                    None => object,
                    Some(Coded { code, details }) => object.text("code", code).raw("details", details),
                };
                Answer::json(*status, &object.finish())
            }
        }
    }
}

/// The words that HTTP gives to a status the sandbox answers with.
pub(in crate::sandbox) fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        _ => "Internal Server Error",
    }
}
