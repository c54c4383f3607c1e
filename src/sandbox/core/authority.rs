//! Core's login (Sign-In with Ethereum) and bearer tokens: requests in, principals out.
//!
//! Tokens are opaque here, JWTs in the real core: a client must not look inside either.
//! Source: protocol notes 2.8 and `4mica/auth.json`, whose texts are kept word for word.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::claims::{personal_digest, recover};
use super::siwe::Message;
use crate::json::Writer;
use crate::owner::calendar;
use crate::primitives::{Address, hex};
use crate::sandbox::keys::Entropy;
use crate::sandbox::wire::{Body, Refusal, any_address};

const ACCESS_S: u64 = 900;
const NONCE_S: u64 = 300;
const STATEMENT: &str = "Sign in to 4mica.";

/// Who asks, and what it may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Principal {
    pub(crate) subject: Address,
    pub(crate) is_facilitator: bool,
    may_issue: bool,
}

impl Principal {
    /// A facilitator, which issues for every recipient.
    pub(crate) fn facilitator(subject: Address) -> Self {
        Principal { subject, is_facilitator: true, may_issue: true }
    }

    /// Issuing is the recipient's call, or a facilitator's on its behalf. Compared as text, as the real core does.
    ///
    /// # Errors
    /// 401, as recorded.
    pub(crate) fn check_may_issue(&self, recipient: &str) -> Result<(), Refusal> {
        if !self.may_issue {
            return Err(Refusal::error(401, "missing scope"));
        }
        if self.is_facilitator || recipient.eq_ignore_ascii_case(&self.subject.lower()) {
            return Ok(());
        }
        Err(Refusal::error(401, "recipient address does not match token subject and role is not facilitator"))
    }
}

/// Where messages must come from, and who has which role.
pub(crate) struct Roles {
    pub(crate) chain_id: u64,
    /// Base URL of core.
    pub(crate) url: String,
    pub(crate) facilitators: Vec<Address>,
    pub(crate) issuers: Vec<Address>,
}

/// Everything that was handed out.
pub(crate) struct Authority {
    roles: Roles,
    access: BTreeMap<String, (Principal, u64)>,
    refresh: BTreeMap<String, Principal>,
    nonces: BTreeMap<String, Nonce>,
}

struct Nonce {
    is_used: bool,
    expires_s: u64,
}

impl Authority {
    pub(crate) fn new(roles: Roles) -> Self {
        Authority { roles, access: BTreeMap::new(), refresh: BTreeMap::new(), nonces: BTreeMap::new() }
    }

    /// Who sent a request with this `authorization`.
    ///
    /// # Errors
    /// 401, as recorded for no header, another scheme, and an unknown or expired token.
    pub(crate) fn authenticate(&self, header: Option<&str>, now_s: u64) -> Result<Principal, Refusal> {
        let header = header.ok_or(Refusal::error(401, "missing authorization"))?;
        let token = header.strip_prefix("Bearer ").filter(|token| !token.is_empty());
        let token = token.ok_or(Refusal::error(401, "invalid authorization"))?;
        let known = self.access.get(token).filter(|(_, expires_s)| *expires_s > now_s);
        known.map(|(principal, _)| *principal).ok_or(Refusal::error(401, "invalid access token"))
    }

    /// `POST /auth/nonce`.
    pub(crate) fn nonce(&mut self, body: &Body<'_>, now_s: u64, entropy: &mut Entropy) -> Result<String, Refusal> {
        let address = body.root().member("address", "address")?.text()?;
        any_address(address).ok_or(Refusal::error(400, "invalid wallet address"))?;
        let nonce = uuid(entropy);
        self.nonces.insert(nonce.clone(), Nonce { is_used: false, expires_s: now_s + NONCE_S });
        let siwe = Writer::object()
            .text("domain", self.host())
            .text("uri", &self.roles.url)
            .integer("chainId", self.roles.chain_id)
            .text("statement", STATEMENT)
            .text("expiration", &instant(now_s + NONCE_S))
            .text("issuedAt", &instant(now_s));
        Ok(Writer::object().text("nonce", &nonce).raw("siwe", &siwe.finish()).finish())
    }

    /// `POST /auth/verify`.
    pub(crate) fn verify(&mut self, body: &Body<'_>, now_s: u64, entropy: &mut Entropy) -> Result<String, Refusal> {
        let root = body.root();
        let address = root.member("address", "address")?.text()?;
        let text = root.member("message", "message")?.text()?;
        let signature = root.member("signature", "signature")?.text()?;
        let message = Message::read(text)?;
        let digits = signature.strip_prefix("0x").unwrap_or(signature);
        if digits.len() % 2 != 0 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Refusal::error(400, "invalid siwe message: invalid signature hex"));
        }
        self.check(&message, address, now_s)?;
        let nonce = self.nonces.get_mut(message.nonce).filter(|nonce| nonce.expires_s > now_s);
        let nonce = nonce.ok_or(Refusal::error(401, "nonce not found or expired"))?;
        if nonce.is_used {
            return Err(Refusal::error(401, "nonce not valid"));
        }
        let signer = recover(&personal_digest(text.as_bytes()), signature).ok();
        let signer = signer.filter(|signer| any_address(address) == Some(*signer));
        let signer = signer.ok_or(Refusal::error(400, "invalid siwe message: invalid signature"))?;
        nonce.is_used = true;
        let principal = self.principal(signer);
        Ok(self.tokens(principal, now_s, entropy))
    }

    /// `POST /auth/refresh`.
    pub(crate) fn refresh(&mut self, body: &Body<'_>, now_s: u64, entropy: &mut Entropy) -> Result<String, Refusal> {
        let token = body.root().member("refresh_token", "refresh_token")?.text()?;
        let principal = self.refresh.remove(token).ok_or(Refusal::error(401, "refresh token expired"))?;
        Ok(self.tokens(principal, now_s, entropy))
    }

    /// `POST /auth/logout`.
    pub(crate) fn logout(&mut self, body: &Body<'_>) -> Result<String, Refusal> {
        let token = body.root().member("refresh_token", "refresh_token")?.text()?;
        let revoked = self.refresh.remove(token).is_some();
        Ok(Writer::object().raw("revoked", if revoked { "true" } else { "false" }).finish())
    }

    /// An access token without the login, for drivers that test something else.
    pub(crate) fn admit(&mut self, account: Address, now_s: u64, entropy: &mut Entropy) -> String {
        let token = token(entropy);
        self.access.insert(token.clone(), (self.principal(account), now_s + ACCESS_S));
        token
    }

    fn check(&self, message: &Message<'_>, address: &str, now_s: u64) -> Result<(), Refusal> {
        let refused = if !message.address.eq_ignore_ascii_case(address) {
            "address mismatch"
        } else if message.domain != self.host() {
            "siwe domain mismatch"
        } else if message.uri != self.roles.url {
            "siwe uri mismatch"
        } else if message.version != "1" {
            "invalid siwe version"
        } else if message.chain_id != format!("{}", self.roles.chain_id) {
            "invalid chain id"
        } else if message.statement != STATEMENT {
            "siwe statement mismatch"
        } else if !message.is_good_at(now_s) {
            "message expired"
        } else {
            return Ok(());
        };
        Err(Refusal::error(401, refused))
    }

    fn principal(&self, subject: Address) -> Principal {
        let is_facilitator = self.roles.facilitators.contains(&subject);
        Principal { subject, is_facilitator, may_issue: is_facilitator || self.roles.issuers.contains(&subject) }
    }

    fn tokens(&mut self, principal: Principal, now_s: u64, entropy: &mut Entropy) -> String {
        let access = token(entropy);
        let refresh = format!("refresh_{}", token(entropy));
        let answer = Writer::object()
            .text("access_token", &access)
            .text("refresh_token", &refresh)
            .integer("expires_in", ACCESS_S);
        self.access.insert(access, (principal, now_s + ACCESS_S));
        self.refresh.insert(refresh, principal);
        answer.finish()
    }

    // Without the port, as recorded.
    fn host(&self) -> &str {
        let rest = self.roles.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split([':', '/']).next().unwrap_or_default()
    }
}

/// As the real core writes an instant: nanoseconds, and the zone as an offset.
fn instant(at_s: u64) -> String {
    calendar::instant(at_s).replace('Z', ".000000000+00:00")
}

fn token(entropy: &mut Entropy) -> String {
    let mut text = String::new();
    hex::push(&mut text, &entropy.draw());
    text
}

/// RFC 9562, version 4.
fn uuid(entropy: &mut Entropy) -> String {
    let mut bytes = entropy.draw();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut digits = String::new();
    hex::push(&mut digits, &bytes[..16]);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
