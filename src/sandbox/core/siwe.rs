//! The message that a wallet signs to log in: text in, its fields out.
//!
//! # Source
//! EIP-4361 as far as the recorded core reads it (`4mica/auth.json`); protocol notes 2.8.

use crate::owner::calendar;
use crate::sandbox::wire::Refusal;

/// Fields of a message. An absent line is an empty text, which equals nothing that is expected.
pub(super) struct Message<'a> {
    pub(super) domain: &'a str,
    pub(super) address: &'a str,
    pub(super) statement: &'a str,
    pub(super) uri: &'a str,
    pub(super) version: &'a str,
    pub(super) chain_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) expiration: &'a str,
}

impl<'a> Message<'a> {
    /// # Errors
    /// 400: not even a first line and an address.
    pub(super) fn read(text: &'a str) -> Result<Self, Refusal> {
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        let domain = first.strip_suffix(" wants you to sign in with your Ethereum account:");
        let (Some(domain), Some(address)) = (domain, lines.next()) else {
            return Err(Refusal::error(400, "invalid siwe message: message must include header and address"));
        };
        let statement = lines.nth(1).unwrap_or_default();
        let named = |name: &str| {
            let line = text.split('\n').skip(4).find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default()
        };
        Ok(Message {
            domain,
            address,
            statement,
            uri: named("URI"),
            version: named("Version"),
            chain_id: named("Chain ID"),
            nonce: named("Nonce"),
            expiration: named("Expiration Time"),
        })
    }

    /// Whether it is still good. Instants in UTC are in order when their texts are; another zone is never good.
    pub(super) fn is_good_at(&self, now_s: u64) -> bool {
        let zoned = self.expiration.strip_suffix('Z').or_else(|| self.expiration.strip_suffix("+00:00"));
        let dated = zoned.and_then(|text| text.get(..19)).filter(|text| text.as_bytes().get(10) == Some(&b'T'));
        dated.is_some_and(|expiration| expiration > calendar::instant(now_s).trim_end_matches('Z'))
    }
}
