//! The 402 answer: header and body in, readable entries out, each with a reason when it is not.

use alloc::string::String;
use alloc::vec::Vec;

use super::requirement::{Requirement, refuse_look_alike};
use super::{ChallengeError as Error, MAX_BODY_BYTES, Version, header, identifier};
use crate::json::{self, Node, Value};
use crate::primitives::Url;

/// Most entries of `accepts` read.
pub const MAX_ENTRIES: usize = 16;
/// Most bytes of the challenge repeated in a payment, before base64.
pub(crate) const MAX_ECHO_BYTES: usize = 4096;

const MARK: &[u8] = b"x402Version";
const KNOWN_KEYS: [&str; 5] = ["x402Version", "error", "resource", "accepts", "extensions"];
const RESOURCE_KEYS: [&str; 3] = ["url", "description", "mimeType"];

/// One entry that could be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// Position in `accepts`.
    pub index: usize,
    /// The terms.
    pub requirement: Requirement<'a>,
}

/// One entry that could not, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Skipped {
    /// Position in `accepts`.
    pub index: usize,
    /// The first thing wrong with it.
    pub error: Error,
}

/// A challenge that is one well-formed text with at least one entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Challenge<'a> {
    /// Version of the envelope.
    pub version: Version,
    /// Entries that can be read, in the seller's order.
    pub entries: Vec<Entry<'a>>,
    /// Entries that cannot.
    pub skipped: Vec<Skipped>,
    /// `resource` (v2) as received, to be echoed.
    pub resource_raw: Option<&'a str>,
    /// `extensions` (v2) as received, to be echoed.
    pub extensions_raw: Option<&'a str>,
    resource_url: Option<String>,
    extensions_bytes: usize,
    asks_approval: bool,
}

impl<'a> Challenge<'a> {
    /// Reads a v2 challenge from the decoded `PAYMENT-REQUIRED` header.
    ///
    /// # Errors
    /// Anything that makes the challenge as a whole unreadable. A bad entry is in `skipped` instead.
    ///
    /// # Source
    /// x402 v2 §5.1; limits of threats P1 to P16.
    pub fn read_v2(bytes: &'a [u8]) -> Result<Self, Error> {
        Challenge::read(&json::read(bytes)?, Some(Version::V2))
    }

    /// Reads a v1 challenge from a response body.
    ///
    /// # Errors
    /// As [`Challenge::read_v2`].
    ///
    /// # Source
    /// x402 v1, "Payment Required Response".
    pub fn read_v1(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_BODY_BYTES {
            return Err(Error::TooLarge);
        }
        Challenge::read(&json::read(bytes)?, Some(Version::V1))
    }

    fn read(root: &Node<'a>, expected: Option<Version>) -> Result<Self, Error> {
        let members = root.members().ok_or(Error::Type)?;
        let version = match root.member("x402Version").and_then(Node::integer) {
            Some(1) => Version::V1,
            Some(2) => Version::V2,
            _ => return Err(Error::Version),
        };
        if expected.is_some_and(|expected| expected != version) {
            return Err(Error::Version);
        }
        for (key, _) in members {
            refuse_look_alike(key, &KNOWN_KEYS)?;
        }
        let accepts = root.member("accepts").and_then(Node::elements).ok_or(Error::Accepts)?;
        match accepts.len() {
            0 => return Err(Error::Accepts),
            1..=MAX_ENTRIES => {}
            _ => return Err(Error::TooMany),
        }
        let mut challenge = Challenge {
            version,
            entries: Vec::new(),
            skipped: Vec::new(),
            resource_raw: None,
            extensions_raw: None,
            resource_url: None,
            extensions_bytes: 0,
            asks_approval: false,
        };
        if version == Version::V2 {
            challenge.read_resource(root)?;
            challenge.read_extensions(root)?;
        }
        for (index, node) in accepts.iter().enumerate() {
            match Requirement::read(node, version) {
                Ok(requirement) => challenge.entries.push(Entry { index, requirement }),
                Err(error) => challenge.skipped.push(Skipped { index, error }),
            }
        }
        Ok(challenge)
    }

    fn read_resource(&mut self, root: &Node<'a>) -> Result<(), Error> {
        let Some(resource) = root.member("resource") else { return Ok(()) };
        for (key, _) in resource.members().ok_or(Error::Type)? {
            refuse_look_alike(key, &RESOURCE_KEYS)?;
        }
        self.resource_raw = Some(resource.raw);
        self.resource_url = resource.member("url").and_then(Node::text).map(String::from);
        Ok(())
    }

    fn read_extensions(&mut self, root: &Node<'a>) -> Result<(), Error> {
        let extensions = match root.member("extensions") {
            None | Some(Node { value: Value::Null, .. }) => return Ok(()),
            Some(extensions) => extensions,
        };
        if extensions.members().ok_or(Error::Type)?.is_empty() {
            return Ok(());
        }
        self.extensions_raw = Some(extensions.raw);
        let named = identifier::named(extensions, &identifier::identifier("", &[0; 32]));
        self.extensions_bytes = named.map_or(extensions.raw.len(), |named| named.len());
        self.asks_approval =
            ["eip2612GasSponsoring", "erc20ApprovalGasSponsoring"].iter().any(|key| extensions.member(key).is_some());
        let domain = extensions
            .member("sign-in-with-x")
            .and_then(|siwx| siwx.member("info"))
            .and_then(|info| info.member("domain"));
        if let (Some(domain), Some(url)) = (domain, self.resource_url.as_deref().and_then(Url::parse)) {
            let host_only = |text: &str| url.origin.is_host(text);
            if !domain.text().is_some_and(host_only) {
                return Err(Error::SiwxDomain);
            }
        }
        Ok(())
    }

    // Whether a body beside this header asks for the same money. One of version 1 may leave out what that version has no
    // words for, as long as it says something; what it does say must be found here.
    fn repeats(&self, body: &Challenge<'_>) -> bool {
        let money = |entry: &Entry<'_>| {
            let terms = &entry.requirement;
            (terms.scheme, terms.network, terms.asset, terms.pay_to, terms.amount)
        };
        if body.version == Version::V1 && !body.entries.is_empty() {
            return body.entries.iter().all(|said| self.entries.iter().any(|entry| money(entry) == money(said)));
        }
        self.entries.iter().map(money).eq(body.entries.iter().map(money))
    }

    /// True when the challenge offers to sponsor a token approval, which is a grant beyond this payment.
    pub fn asks_approval(&self) -> bool {
        self.asks_approval
    }

    /// Checks that one entry is for the URL that was requested: same origin, same path (threats P35). A v2
    /// challenge says so once; in v1 each entry does.
    ///
    /// # Errors
    /// `ResourceOrigin`: missing, unreadable, or another resource.
    pub fn match_resource(&self, entry: &Requirement<'_>, requested: &Url) -> Result<(), Error> {
        let stated = match self.version {
            Version::V1 => &entry.resource,
            Version::V2 => &self.resource_url,
        };
        match stated.as_deref().and_then(Url::parse) {
            Some(url) if url == *requested => Ok(()),
            _ => Err(Error::ResourceOrigin),
        }
    }

    /// Checks that what a payment must repeat stays small: intermediaries drop large headers (threats P12).
    ///
    /// # Errors
    /// `EchoTooLarge`.
    pub fn match_echo(&self, entry: &Requirement<'_>) -> Result<(), Error> {
        let large = self.version == Version::V2 && self.echo_bytes(entry) > MAX_ECHO_BYTES;
        if large { Err(Error::EchoTooLarge) } else { Ok(()) }
    }

    /// Bytes of a payment that only repeat the challenge, with the payment's name.
    pub(crate) fn echo_bytes(&self, entry: &Requirement<'_>) -> usize {
        entry.raw.len() + self.resource_raw.map_or(0, str::len) + self.extensions_bytes
    }
}

/// What a 402 answer says, before anything is interpreted.
#[derive(Debug)]
pub struct Answer<'b> {
    /// Decoded `PAYMENT-REQUIRED`, when present.
    header: Option<Vec<u8>>,
    body: &'b [u8],
}

impl<'b> Answer<'b> {
    /// From the header's value, when the answer has one, and the JSON body (empty when it is not JSON).
    ///
    /// # Errors
    /// Header errors of [`header::decode`].
    pub fn new(header: Option<&str>, body: &'b [u8]) -> Result<Self, Error> {
        Ok(Answer { header: header.map(header::decode).transpose()?, body })
    }

    /// The challenge: the header's when there is one, else the body's, `None` when neither is x402.
    ///
    /// # Errors
    /// Challenge errors, and `VersionConflict` when header and body ask for different money (threats P14).
    pub fn challenge(&self) -> Result<Option<Challenge<'_>>, Error> {
        let body = json::read(self.body);
        // An unreadable body that names the protocol is a broken challenge, not somebody else's 402.
        let speaks_x402 = match &body {
            Ok(root) => root.member("x402Version").is_some(),
            Err(_) => self.body.windows(MARK.len()).any(|bytes| bytes == MARK),
        };
        let Some(header) = &self.header else {
            return if speaks_x402 { Challenge::read_v1(self.body).map(Some) } else { Ok(None) };
        };
        let challenge = Challenge::read_v2(header)?;
        if speaks_x402 {
            if self.body.len() > MAX_BODY_BYTES {
                return Err(Error::TooLarge);
            }
            let body = Challenge::read(&body?, None)?;
            if !challenge.repeats(&body) {
                return Err(Error::VersionConflict);
            }
        }
        Ok(Some(challenge))
    }
}
