//! One HTTP exchange with a core or a facilitator, as data. The driver sends it; nothing here does.

use alloc::string::String;

use crate::primitives::Secret;

/// A request to a pinned core or a configured facilitator. No redirects, no cookies.
#[derive(Clone, Debug)]
pub struct Request {
    /// Absolute URL.
    pub url: String,
    /// JSON for a POST; none for a GET. It may carry a signature or a token, so it prints as its hash.
    pub body: Option<Secret>,
    /// Whether it needs a bearer token.
    pub login: bool,
}

impl Request {
    /// A GET.
    pub(crate) fn get(url: String, login: bool) -> Self {
        Request { url, body: None, login }
    }

    /// A POST of a JSON text.
    pub(crate) fn post(url: String, body: String, login: bool) -> Self {
        Request { url, body: Some(Secret::new(body)), login }
    }
}

/// What came back. The body is read whatever its content type says: core answers some errors as plain text.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// HTTP status; 0 when there was no answer, which after a POST proves nothing.
    pub status: u16,
    /// At most 64 KiB.
    pub body: &'a [u8],
}
