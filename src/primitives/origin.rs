//! Web origins and paths, from URLs that a WHATWG parser already normalised.
//!
//! Money is bound to an origin (threats P32–P35), so this reader refuses every spelling a platform's own
//! parser would have changed: it never has to guess what a browser would make of the text.

use alloc::format;
use alloc::string::String;
use core::fmt;

/// Scheme, host and port of a web page or service.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Origin {
    secure: bool,
    host: String,
    port: u16,
}

/// An absolute http(s) URL, split. The query is kept out: it may carry secrets and takes no part in comparisons.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Url {
    /// Scheme, host, port.
    pub origin: Origin,
    /// Path from the first `/`, without query and fragment.
    pub path: String,
}

impl Url {
    /// Reads a normalised absolute URL: lower-case scheme and host, ASCII, no user information, no default port.
    /// `None` for anything else.
    ///
    /// # Source
    /// WHATWG URL, "URL serializing"; narrowed to `http` and `https`.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
            return None;
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let path = tail.split(['?', '#']).next().unwrap_or("");
        let origin = Origin::from_authority(secure, authority)?;
        Some(Url { origin, path: String::from(if path.is_empty() { "/" } else { path }) })
    }
}

impl Origin {
    fn from_authority(secure: bool, authority: &str) -> Option<Self> {
        let default = if secure { 443 } else { 80 };
        let bracketed = authority.starts_with('[');
        let end = if bracketed { authority.find(']')? + 1 } else { authority.find(':').unwrap_or(authority.len()) };
        let (host, rest) = authority.split_at(end);
        let port = match rest.strip_prefix(':') {
            Some(digits) => {
                let canonical = !digits.is_empty() && !digits.starts_with('0');
                let port = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
                (canonical && port != default).then_some(port)?
            }
            None => rest.is_empty().then_some(default)?,
        };
        let ordinary = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
        let inside = if bracketed { &host[1..host.len() - 1] } else { host };
        let allowed = |byte: u8| {
            if bracketed { byte == b':' || byte == b'.' || byte.is_ascii_hexdigit() } else { ordinary(byte) }
        };
        (!inside.is_empty() && inside.bytes().all(allowed)).then(|| Origin { secure, host: String::from(host), port })
    }

    /// Reads an origin as a person writes it in a policy: `api.example.com` (https), or with scheme and port.
    /// Nothing may follow the port.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once("://") {
            Some(("https", authority)) => Origin::from_authority(true, authority),
            Some(("http", authority)) => Origin::from_authority(false, authority),
            Some(_) => None,
            None => Origin::from_authority(true, text),
        }
    }

    /// True when `text` is this origin's host, with or without its port: what sign-in messages call a domain.
    pub fn is_host(&self, text: &str) -> bool {
        text == self.host || text.strip_prefix(self.host.as_str()).is_some_and(|rest| rest == format!(":{}", self.port))
    }

    /// True where nobody between can read or change what is said: over https, or on this machine.
    pub fn is_private(&self) -> bool {
        self.secure || ["localhost", "127.0.0.1", "[::1]"].contains(&self.host.as_str())
    }

    /// True for https.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Host, an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Port, also where the text leaves it out.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// True for a DNS name: no IP literal, no empty label, no trailing dot.
    pub fn is_dns_name(&self) -> bool {
        let mut last_is_number = false;
        let full = self.host.split('.').all(|label| {
            last_is_number = label.bytes().all(|byte| byte.is_ascii_digit());
            !label.is_empty()
        });
        full && !last_is_number && !self.host.starts_with('[')
    }

    /// True for an https host with an ordinary DNS name: at least one dot, no IP literal, no punycode label,
    /// no trailing dot. Everything else must be named in the policy (threats P34).
    pub fn is_ordinary(&self) -> bool {
        let punycode = self.host.split('.').any(|label| label.starts_with("xn--"));
        self.secure && self.host.contains('.') && self.is_dns_name() && !punycode
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.secure { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == default { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn url_splits_origin_and_path() {
        for (text, origin, path) in [
            ("https://api.example.com/x?key=1#f", "https://api.example.com", "/x"),
            ("https://api.example.com", "https://api.example.com", "/"),
            ("http://127.0.0.1:8402/paid", "http://127.0.0.1:8402", "/paid"),
            ("https://[::1]:8443/", "https://[::1]:8443", "/"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!((url.origin.to_string().as_str(), url.path.as_str()), (origin, path));
        }
    }

    #[test]
    fn url_refuses_what_a_browser_would_rewrite() {
        for text in [
            "",
            "javascript:alert(1)",
            "HTTPS://api.example.com/",
            "https://API.example.com/",
            "https://u@h.example/",
            "https://h.example:443/",
            "https://h.example:0443/",
            "https://h.example:99999/",
            "https://h.example:/",
            "https://ex\u{430}mple.com/",
            "https://h.example\\@evil.example/",
            "https:///x",
            "ftp://h.example/",
            "https://h .example/",
            "https://h%2eexample/",
            "//h.example/x",
            "https://[::1/",
            "https://[::1]x/",
            "https://[::1]]:80/",
            "https://[]/",
            "https://h.example:80:81/",
        ] {
            assert_eq!(Url::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn ordinary_hosts_are_https_dns_names() {
        assert!(Origin::parse("api.example.com").unwrap().is_ordinary());
        for text in [
            "http://api.example.com",
            "https://127.0.0.1",
            "https://[::1]",
            "localhost",
            "https://xn--80ak6aa92e.com",
            "https://example.com.",
            "https://1.2.3.4:8443",
        ] {
            assert!(!Origin::parse(text).unwrap().is_ordinary(), "{text}");
        }
    }
}
