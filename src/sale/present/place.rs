//! Where a request went: the URL as the platform parsed it in, the one reading of it out.
//!
//! Routers decode paths in their own ways. A path that two of them could read differently is refused for every sale, paid
//! or not (threats S23), so that what was priced, signed for and served is one thing.

use alloc::format;
use alloc::string::{String, ToString};

use crate::error::SaleCode;
use crate::primitives::{Origin, Url, hex};
use crate::sale::Refusal;

const MAX_URL_BYTES: usize = 8192;

/// The resource of a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    url: Url,
    /// From the question mark, or empty.
    query: String,
}

impl Place {
    /// Reads the URL of a request. `public` is the origin buyers know, where it is not the URL's own.
    ///
    /// # Errors
    /// `sale/url`: no http(s) URL in normal form, longer than 8 KiB, or a path with an empty segment, a `;`, an escape that
    /// is malformed, of a separator, a dot or a control, or not of UTF-8.
    pub fn parse(text: &str, public: Option<&Origin>) -> Result<Self, Refusal> {
        let refuse = |what: &str| Refusal::new(SaleCode::Url, what);
        if text.len() > MAX_URL_BYTES {
            return Err(refuse("longer than 8 KiB"));
        }
        let text = text.split('#').next().unwrap_or_default();
        let mut url = Url::parse(text).ok_or_else(|| refuse("not a normal http(s) URL"))?;
        if url.path.contains("//") {
            return Err(refuse("an empty segment"));
        }
        if url.path.contains(';') {
            return Err(refuse("a `;`"));
        }
        has_one_reading(&url.path).ok_or_else(|| refuse("an escape that has more than one reading"))?;
        let query = text.find('?').and_then(|at| text.get(at..)).unwrap_or_default();
        if let Some(public) = public {
            url.origin = public.clone();
        }
        Ok(Place { url, query: String::from(query) })
    }

    /// Origin.
    pub fn origin(&self) -> &Origin {
        &self.url.origin
    }

    /// Path.
    pub fn path(&self) -> &str {
        &self.url.path
    }

    /// Origin and path: what challenges name. Queries can carry secrets, and challenges reach facilitators.
    pub fn resource(&self) -> String {
        format!("{}{}", self.url.origin, self.url.path)
    }

    /// Origin, path and query: what a payment is bound to.
    pub(super) fn whole(&self) -> String {
        format!("{}{}{}", self.url.origin, self.url.path, self.query)
    }

    /// Host, with the port where it is not the default: what sign-in messages call a domain.
    pub(in crate::sale) fn host(&self) -> String {
        let origin = self.url.origin.to_string();
        origin.split_once("://").map(|(_, host)| String::from(host)).unwrap_or_default()
    }

    /// Whether a URL that a buyer repeats is of this resource. Its query is not compared: challenges have none.
    pub(super) fn is_resource(&self, text: &str) -> bool {
        Url::parse(text).is_some_and(|url| url == self.url)
    }
}

// Every escape is well-formed, of UTF-8, and of nothing that separates, climbs or ends.
fn has_one_reading(path: &str) -> Option<()> {
    let mut decoded = alloc::vec::Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let byte = hex::digit(bytes.next()?)? << 4 | hex::digit(bytes.next()?)?;
        let twofold = matches!(byte, b'.' | b'/' | b'\\' | b'%' | b';' | 0..=0x1f | 0x7f);
        (!twofold).then(|| decoded.push(byte))?;
    }
    core::str::from_utf8(&decoded).is_ok().then_some(())
}
