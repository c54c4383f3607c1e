//! Signing in to the pinned core: its template in, a message that can only mean this core out.
//!
//! The core dictates every field of what a wallet is asked to sign, so nothing of it is taken that does not name the
//! pinned core, its chain and the next minutes (threats P71). Knows no key and no clock.

mod rfc3339;
mod tokens;

use alloc::format;
use alloc::string::String;

pub use tokens::{Tokens, logout_request, read_logout, refresh_request};

use super::http::{Answer, Request};
use crate::error::stage_error;
use crate::json::{self, Node, Writer};
use crate::primitives::{Address, Hash, Origin, Url, keccak256_of};
use crate::registry::Core;

/// Longest life of a sign-in message, and largest age of one, in seconds.
const MAX_LIFE_S: u64 = 600;
const MAX_SKEW_S: u64 = 300;
const MAX_STATEMENT_BYTES: usize = 256;
const NONCE_BYTES: core::ops::RangeInclusive<usize> = 8..=128;

stage_error! {
    /// Why there is no login. No payment is affected.
    LoginError, "sign in to the core", {
        Template => CoreLoginTemplate,
        Refused => CoreLoginRefused,
        Answer => CoreAnswer,
        Unreachable => CoreUnreachable,
    }
}

/// Asks for the template of a sign-in message.
pub fn nonce_request(core: &Core, address: &Address) -> Request {
    let body = Writer::object().text("address", &address.checksummed()).finish();
    Request::post(format!("{}/auth/nonce", core.url), body, false)
}

/// The fields of a sign-in message that the core chose, as text. Not checked: only [`SignIn`] is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignInParts {
    /// Who asks: a host, with or without port.
    pub domain: String,
    /// What is signed in to.
    pub uri: String,
    /// One line for a person.
    pub statement: String,
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Drawn by the core, valid once.
    pub nonce: String,
    /// RFC 3339.
    pub issued_at: String,
    /// RFC 3339.
    pub expiration: String,
}

impl SignInParts {
    // The grammar is what keeps one field from writing the line of another: whoever calls this has checked it.
    fn message(&self, address: &Address) -> String {
        let SignInParts { domain, uri, statement, chain_id, nonce, issued_at, expiration } = self;
        let address = address.checksummed();
        format!(
            "{domain} wants you to sign in with your Ethereum account:\n{address}\n\n{statement}\n\nURI: {uri}\n\
             Version: 1\nChain ID: {chain_id}\nNonce: {nonce}\nIssued At: {issued_at}\nExpiration Time: {expiration}"
        )
    }

    /// What a key signs to sign `address` in.
    ///
    /// # Source
    /// EIP-191, version 0x45.
    pub(crate) fn digest(&self, address: &Address) -> Hash {
        let message = self.message(address);
        let length = format!("{}", message.len());
        keccak256_of(&[b"\x19Ethereum Signed Message:\n", length.as_bytes(), message.as_bytes()])
    }

    /// When it expires, where it is for `origin`, in one line each, and for some minutes around now; `None` elsewhere.
    pub(crate) fn expires_s(&self, origin: &Origin, now_s: u64) -> Option<u64> {
        let issued_s = rfc3339::seconds(&self.issued_at)?;
        let expires_s = rfc3339::seconds(&self.expiration)?;
        let one_line = is_statement(&self.statement) && is_nonce(&self.nonce);
        let in_time = issued_s.abs_diff(now_s) <= MAX_SKEW_S
            && issued_s < expires_s
            && expires_s > now_s
            && expires_s - now_s <= MAX_LIFE_S;
        (names(self, origin) && one_line && in_time).then_some(expires_s)
    }
}

/// A sign-in message that names the pinned core, its chain and a few minutes from now. There is no other way to make
/// one than to check it.
#[derive(Debug)]
pub struct SignIn {
    address: Address,
    parts: SignInParts,
    expires_s: u64,
}

impl SignIn {
    /// Reads the answer to [`nonce_request`].
    ///
    /// # Errors
    /// - [`LoginError::Template`]: the template is for another place, chain or time, or not one line each.
    /// - [`LoginError::Answer`]: not this document; [`LoginError::Refused`], [`LoginError::Unreachable`]: no template.
    ///
    /// # Source
    /// protocol notes 2.8; vectors `4mica/auth.json`. Members the core adds are ignored: none of them is signed.
    pub fn read(answer: &Answer<'_>, core: &Core, address: &Address, now_s: u64) -> Result<Self, LoginError> {
        let root = success(answer)?;
        let fields = || -> Option<SignInParts> {
            let siwe = root.member("siwe")?;
            let text = |name: &str| Some(String::from(siwe.member(name)?.text()?));
            Some(SignInParts {
                domain: text("domain")?,
                uri: text("uri")?,
                statement: text("statement")?,
                chain_id: siwe.member("chainId")?.integer()?,
                nonce: String::from(root.member("nonce")?.text()?),
                issued_at: text("issuedAt")?,
                expiration: text("expiration")?,
            })
        };
        SignIn::from_parts(fields().ok_or(LoginError::Answer)?, core, address, now_s)
    }

    /// Checks parts that came from somewhere else, for example from the module that asked the core.
    ///
    /// # Errors
    /// [`LoginError::Template`]: another host or origin than the core's, another chain, more than one line, characters
    /// outside EIP-4361's grammar (a nonce may also contain `-`), issued more than five minutes from now, expired,
    /// expiring before it was issued, or valid for more than ten minutes from now.
    ///
    /// # Source
    /// EIP-4361, "ABNF Message Format".
    pub fn from_parts(parts: SignInParts, core: &Core, address: &Address, now_s: u64) -> Result<Self, LoginError> {
        let checked = || -> Option<u64> {
            let origin = Url::parse(&core.url)?.origin;
            parts.expires_s(&origin, now_s).filter(|_| parts.chain_id == core.network.chain_id())
        };
        let expires_s = checked().ok_or(LoginError::Template)?;
        Ok(SignIn { address: *address, parts, expires_s })
    }

    /// The fields, for [`SignIn::from_parts`] elsewhere.
    pub fn parts(&self) -> &SignInParts {
        &self.parts
    }

    /// Who signs in.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Unix second after which the core refuses it.
    pub fn expires_s(&self) -> u64 {
        self.expires_s
    }

    /// The text a wallet shows and signs (`personal_sign`), without a newline at its end.
    ///
    /// # Source
    /// EIP-4361; vectors `4mica/auth.json`, `message`.
    pub fn message(&self) -> String {
        self.parts.message(&self.address)
    }

    /// What a key signs.
    ///
    /// # Source
    /// EIP-191, version 0x45.
    pub fn digest(&self) -> Hash {
        self.parts.digest(&self.address)
    }

    /// Trades the signature for tokens, see [`Tokens::read`]. `signature` is `0x` and hexadecimal
    /// digits, of a key or of a contract wallet (ERC-1271), which the core takes for logins.
    pub fn verify_request(&self, core: &Core, signature: &str) -> Request {
        let body = Writer::object()
            .text("address", &self.address.checksummed())
            .text("message", &self.message())
            .text("signature", signature)
            .finish();
        Request::post(format!("{}/auth/verify", core.url), body, false)
    }
}

/// The document of an accepted request.
///
/// # Errors
/// `Refused` for a refusal the core wrote itself, `Unreachable` for 0, 408, 429 and 5xx, `Answer` for the rest.
pub(super) fn success<'a>(answer: &Answer<'a>) -> Result<Node<'a>, LoginError> {
    // Longer strings than a stranger's: tokens are up to 4 KiB.
    let document = json::read_own(answer.body);
    match answer.status {
        200 => document.map_err(|_| LoginError::Answer),
        0 | 408 | 429 | 500..=599 => Err(LoginError::Unreachable),
        400..=499 if document.is_ok_and(|root| root.member("error").is_some()) => Err(LoginError::Refused),
        _ => Err(LoginError::Answer),
    }
}

fn names(parts: &SignInParts, origin: &Origin) -> bool {
    origin.is_host(&parts.domain) && Url::parse(&parts.uri).is_some_and(|uri| uri.origin == *origin)
}

fn is_nonce(text: &str) -> bool {
    NONCE_BYTES.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

// `1*( reserved / unreserved / " " )` of RFC 3986.
pub(crate) fn is_statement(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" :/?#[]@!$&'()*+,;=-._~".contains(&byte);
    !text.is_empty() && text.len() <= MAX_STATEMENT_BYTES && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Network;

    const NOW_S: u64 = 1_795_226_879;

    fn core() -> Core {
        Core::at(Network::from_chain_id(84532).unwrap(), "http://127.0.0.1:13000")
    }

    // Source: vectors/4mica/auth.json, login_payer.
    fn recorded() -> SignInParts {
        SignInParts {
            domain: String::from("127.0.0.1"),
            uri: String::from("http://127.0.0.1:13000"),
            statement: String::from("Sign in to 4mica."),
            chain_id: 84532,
            nonce: String::from("781ed071-695a-4cc7-a308-26e2838733ec"),
            issued_at: String::from("2026-11-21T02:07:59.078397618+00:00"),
            expiration: String::from("2026-11-21T02:12:59.078397618+00:00"),
        }
    }

    fn verdict(change: impl FnOnce(&mut SignInParts)) -> Result<String, LoginError> {
        let mut parts = recorded();
        change(&mut parts);
        SignIn::from_parts(parts, &core(), &Address::ZERO, NOW_S).map(|sign_in| sign_in.message())
    }

    #[test]
    fn a_template_of_another_place_or_chain_is_never_signed() {
        assert!(verdict(|_| ()).is_ok());
        assert!(verdict(|parts| parts.domain = String::from("127.0.0.1:13000")).is_ok());
        for domain in ["bank.example", "127.0.0.1:13001", "127.0.0.1.evil.example", "", "127.0.0.1\n"] {
            assert_eq!(verdict(|parts| parts.domain = String::from(domain)), Err(LoginError::Template), "{domain}");
        }
        for uri in ["http://127.0.0.1", "https://127.0.0.1:13000", "http://127.0.0.1:13000@evil.example", "", "urn:x"] {
            assert_eq!(verdict(|parts| parts.uri = String::from(uri)), Err(LoginError::Template), "{uri}");
        }
        assert_eq!(verdict(|parts| parts.chain_id = 1), Err(LoginError::Template));
    }

    #[test]
    fn no_field_of_a_template_can_write_another_line() {
        for text in ["Sign in\n\nURI: https://bank.example", "Sign in\r", "Sign\tin", "", "Sign in \u{202e}", "a\"b"] {
            assert_eq!(verdict(|parts| parts.statement = String::from(text)), Err(LoginError::Template), "{text:?}");
        }
        for nonce in ["1234567", "12345678\n", "1234 5678", "", "12345678\u{e9}", &"a".repeat(129)] {
            assert_eq!(verdict(|parts| parts.nonce = String::from(nonce)), Err(LoginError::Template), "{nonce:?}");
        }
        let issued = "2026-11-21T02:07:59Z\nResources:";
        assert_eq!(verdict(|parts| parts.issued_at = String::from(issued)), Err(LoginError::Template));
        assert_eq!(verdict(|parts| parts.uri.push_str("\nVersion: 2")), Err(LoginError::Template));
    }

    #[test]
    fn a_template_is_valid_for_minutes_around_now_only() {
        let at = |now_s| SignIn::from_parts(recorded(), &core(), &Address::ZERO, now_s).map(|_| ());
        assert_eq!(at(NOW_S - 300), Ok(()));
        assert_eq!(at(NOW_S + 299), Ok(()));
        for now_s in [0, NOW_S - 301, NOW_S + 300, u64::MAX] {
            assert_eq!(at(now_s), Err(LoginError::Template), "{now_s}");
        }
        let ends_before_it_begins = verdict(|parts| {
            parts.issued_at = String::from("2026-11-21T02:11:00Z");
            parts.expiration = String::from("2026-11-21T02:10:00Z");
        });
        assert_eq!(ends_before_it_begins, Err(LoginError::Template));
        let expiring = |text: &str| verdict(|parts| parts.expiration = String::from(text)).map(|_| ());
        assert_eq!(expiring("2026-11-21T02:17:59Z"), Ok(()));
        for text in ["2026-11-21T02:18:00Z", "2026-11-21T02:07:59Z", "2027-11-21T02:12:59Z", "never"] {
            assert_eq!(expiring(text), Err(LoginError::Template), "{text}");
        }
    }
}
