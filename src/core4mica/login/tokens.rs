//! The tokens of a login: opaque, short-lived, never printed. Knows no clock.

use alloc::format;
use alloc::string::String;

use super::{LoginError, success};
use crate::core4mica::http::{Answer, Request};
use crate::json::{Node, Writer};
use crate::primitives::Secret;
use crate::registry::Core;

/// Longest token, in bytes.
const MAX_TOKEN_BYTES: usize = 4096;
/// A token is refreshed after a day at the latest, whatever its core says.
const MAX_LIFE_S: u64 = 86_400;

/// A login at one core. Whoever holds it is the account, for that core.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// What requests carry as `Authorization: Bearer …`: visible ASCII without spaces.
    pub access: Secret,
    /// What [`refresh_request`] trades in, once.
    pub refresh: Secret,
    /// Unix second from which the access token is not used any more.
    pub expires_s: u64,
}

impl Tokens {
    /// Reads the answer to a verified or refreshed login.
    ///
    /// # Errors
    /// - [`LoginError::Refused`]: a signature, nonce, message or refresh token the core does not take.
    /// - [`LoginError::Answer`]: not this document, a token above 4 KiB or with a character a header cannot carry.
    /// - [`LoginError::Unreachable`]: no answer; a refresh token may be spent all the same.
    ///
    /// # Source
    /// vectors `4mica/auth.json`; RFC 6750, section 2.1 (`b64token`).
    pub fn read(answer: &Answer<'_>, now_s: u64) -> Result<Self, LoginError> {
        let root = success(answer)?;
        let fields = || -> Option<Self> {
            let life_s = root.member("expires_in")?.integer()?.min(MAX_LIFE_S);
            Some(Tokens {
                access: token(&root, "access_token")?,
                refresh: token(&root, "refresh_token")?,
                expires_s: now_s.checked_add(life_s)?,
            })
        };
        fields().ok_or(LoginError::Answer)
    }
}

/// Trades the refresh token for new tokens, see [`Tokens::read`]. The old pair is spent.
pub fn refresh_request(core: &Core, tokens: &Tokens) -> Request {
    Request::post(format!("{}/auth/refresh", core.url), refresh_token(tokens), false)
}

/// Revokes the login.
pub fn logout_request(core: &Core, tokens: &Tokens) -> Request {
    Request::post(format!("{}/auth/logout", core.url), refresh_token(tokens), false)
}

/// Reads the answer to [`logout_request`].
///
/// # Errors
/// As [`Tokens::read`]; [`LoginError::Answer`] also when the core does not say that it revoked the login.
pub fn read_logout(answer: &Answer<'_>) -> Result<(), LoginError> {
    match success(answer)?.member("revoked").map(|node| node.raw) {
        Some("true") => Ok(()),
        _ => Err(LoginError::Answer),
    }
}

fn refresh_token(tokens: &Tokens) -> String {
    Writer::object().text("refresh_token", &tokens.refresh).finish()
}

fn token(root: &Node<'_>, name: &str) -> Option<Secret> {
    let text = root.member(name)?.text()?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let fits = !text.is_empty() && text.len() <= MAX_TOKEN_BYTES && text.bytes().all(allowed);
    fits.then(|| Secret::new(String::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(access: &str, expires_in: &str) -> Result<Tokens, LoginError> {
        let body = format!(r#"{{"access_token":"{access}","refresh_token":"refresh_1","expires_in":{expires_in}}}"#);
        Tokens::read(&Answer { status: 200, body: body.as_bytes() }, 1_000)
    }

    #[test]
    fn tokens_are_bounded_and_fit_a_header() {
        assert_eq!(read("eyJ0.eyJz.kx-_", "900").unwrap().expires_s, 1_900);
        assert_eq!(read(&"a".repeat(4096), "18446744073709551615").unwrap().expires_s, 87_400);
        for access in ["", "a b", "a\\r\\nX: y", "\\u00e9", &"a".repeat(4097)] {
            assert_eq!(read(access, "900").map(|_| ()), Err(LoginError::Answer), "{access:?}");
        }
        for expires_in in ["-1", "\"900\"", "900.0", "null"] {
            assert_eq!(read("a", expires_in).map(|_| ()), Err(LoginError::Answer), "{expires_in}");
        }
    }

    #[test]
    fn tokens_are_never_printed() {
        let printed = format!("{:?}", read("secret", "900").unwrap());
        assert!(!printed.contains("secret") && !printed.contains("refresh_1"), "{printed}");
    }

    #[test]
    fn a_login_is_over_only_when_the_core_says_true() {
        let read = |status, body: &str| read_logout(&Answer { status, body: body.as_bytes() });
        assert_eq!(read(200, r#"{"revoked":true}"#), Ok(()));
        for body in [r#"{"revoked":false}"#, r#"{"revoked":"true"}"#, r#"{"revoked":1}"#, "{}", ""] {
            assert_eq!(read(200, body), Err(LoginError::Answer), "{body}");
        }
        assert_eq!(read(0, ""), Err(LoginError::Unreachable));
    }
}
