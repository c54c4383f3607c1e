//! Generation 1: the tab that a seller opens for a payer, asked for before a guarantee can be signed.
//!
//! A payer and accepted terms enter, a request leaves; an answer enters, a tab leaves. The seller is a stranger: its
//! answer names numbers and nothing else, and whether it may be asked at all is decided by origin.

use alloc::string::String;

use crate::error::stage_error;
use crate::json::{self, Node, Value, Writer};
use crate::primitives::{Address, Amount, Origin, Url};
use crate::x402::Envelope;

/// Longest answer read, in bytes.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

stage_error! {
    /// Why a tab cannot be used. Nothing is signed in any of these cases.
    TabError, "use the seller's tab", {
        Endpoint => TabEndpoint,
        Answer => TabAnswer,
    }
}

/// Where a guarantee of generation 1 is charged, and its number there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tab {
    /// Number of the tab.
    pub tab_id: Amount,
    /// Number of the request in it: each is used once.
    pub req_id: Amount,
}

impl Tab {
    /// Whether `endpoint` may be told who pays: it is on the seller's own origin, or on one that the owner listed.
    pub(crate) fn may_ask(endpoint: &str, seller: &Origin, listed: &[Origin]) -> bool {
        Url::parse(endpoint).is_some_and(|url| url.origin == *seller || listed.contains(&url.origin))
    }

    /// The body of the request for a tab.
    ///
    /// # Source
    /// protocol notes 2.1.
    pub(crate) fn request(envelope: &Envelope, payer: &Address) -> String {
        let body = Writer::object()
            .integer("x402Version", envelope.version().number())
            .text("userAddress", &payer.lower())
            .raw("paymentRequirements", envelope.accepted());
        match envelope.resource() {
            None => body,
            Some(resource) => body.raw("resource", resource),
        }
        .finish()
    }

    /// Reads the answer to `payer`. `None` is a seller of generation 2, which knows no tabs and only names a request id,
    /// that nobody has to use.
    ///
    /// # Errors
    /// [`TabError::Answer`]: larger than 16 KiB, another document, another payer, a number that is not one canonical
    /// unsigned 256-bit integer, or two request ids.
    ///
    /// # Source
    /// protocol notes 2.1 and 2.10.
    pub fn read(bytes: &[u8], payer: &Address) -> Result<Option<Self>, TabError> {
        if bytes.len() > MAX_ANSWER_BYTES {
            return Err(TabError::Answer);
        }
        let root = json::read(bytes).map_err(|_| TabError::Answer)?;
        let fields = || -> Option<Option<Self>> {
            let asked = Address::parse(root.member("userAddress")?.text()?).ok()?;
            let req_id = match (root.member("nextReqId"), root.member("reqId")) {
                (Some(node), None) | (None, Some(node)) => number(node)?,
                // Two names for one fact may not disagree.
                (Some(next), Some(node)) => number(next).filter(|next| number(node) == Some(*next))?,
                (None, None) => return None,
            };
            let tab = match root.member("tabId") {
                None => None,
                Some(node) => Some(Tab { tab_id: number(node)?, req_id }),
            };
            (asked == *payer).then_some(tab)
        };
        fields().ok_or(TabError::Answer)
    }
}

// One spelling each: a decimal text, a hex quantity, or a JSON integer below 2^53.
fn number(node: &Node<'_>) -> Option<Amount> {
    match &node.value {
        Value::Number(_) => node.integer().map(Amount::from_u64),
        Value::String(text) => Amount::from_decimal(text).ok().or_else(|| {
            Amount::from_hex_quantity(text).filter(|amount| amount.to_hex_quantity() == text.to_ascii_lowercase())
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYER: Address = Address::from_bytes([0x19; 20]);

    fn read(fields: &str) -> Result<Option<Tab>, TabError> {
        Tab::read(alloc::format!("{{\"userAddress\":\"{}\",{fields}}}", PAYER.checksummed()).as_bytes(), &PAYER)
    }

    fn tab(tab_id: u64, req_id: u64) -> Result<Option<Tab>, TabError> {
        Ok(Some(Tab { tab_id: Amount::from_u64(tab_id), req_id: Amount::from_u64(req_id) }))
    }

    #[test]
    fn a_tab_is_read_in_every_spelling_of_a_number() {
        assert_eq!(read(r#""tabId":"3","nextReqId":"0x1f""#), tab(3, 31));
        assert_eq!(read(r#""tabId":"0x3","reqId":0"#), tab(3, 0));
        assert_eq!(read(r#""tabId":3,"reqId":"7","nextReqId":"0x7","more":{}"#), tab(3, 7));
        assert_eq!(read(r#""nextReqId":"0x1""#), Ok(None));
    }

    #[test]
    fn anything_but_one_canonical_number_for_this_payer_is_refused() {
        for fields in [
            r#""tabId":"03","reqId":"1""#,
            r#""tabId":"0x03","reqId":"1""#,
            r#""tabId":"3","reqId":"0x""#,
            r#""tabId":"3","reqId":"-1""#,
            r#""tabId":"3","reqId":1.5"#,
            r#""tabId":null,"reqId":"1""#,
            r#""tabId":"3""#,
            r#""tabId":"3","reqId":"1","nextReqId":"2""#,
            r#""tabId":"3","tabId":"4","reqId":"1""#,
            "\"tabId\":\"115792089237316195423570985008687907853269984665640564039457584007913129639936\",\"reqId\":\"1\"",
        ] {
            assert_eq!(read(fields), Err(TabError::Answer), "{fields}");
        }
        let other = br#"{"userAddress":"0x2020202020202020202020202020202020202020","tabId":"3","reqId":"1"}"#;
        assert_eq!(Tab::read(other, &PAYER), Err(TabError::Answer));
        let long = alloc::format!("\"tabId\":\"3\",\"reqId\":\"1\"{}", " ".repeat(16 * 1024));
        assert_eq!(read(&long), Err(TabError::Answer));
    }

    #[test]
    fn a_tab_is_asked_for_at_the_seller_or_where_the_owner_allows_it() {
        let seller = Origin::parse("https://api.example.com").unwrap();
        let listed = [Origin::parse("https://tabs.example.com").unwrap()];
        for endpoint in ["https://api.example.com/tab", "https://tabs.example.com/payment/tab?x=1"] {
            assert!(Tab::may_ask(endpoint, &seller, &listed), "{endpoint}");
        }
        for endpoint in [
            "http://api.example.com/tab",
            "https://api.example.com:8443/tab",
            "https://api.example.com.evil.example/tab",
            "https://api.example.com@evil.example/tab",
            "https://example.com/tab",
            "http://127.0.0.1/tab",
            "/tab",
            "",
        ] {
            assert!(!Tab::may_ask(endpoint, &seller, &listed), "{endpoint}");
        }
    }
}
