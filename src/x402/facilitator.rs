//! What a facilitator of `exact` is asked and what its answers are worth: requests as JSON out, bodies of answers in.
//!
//! `true` is only what is literally `true`, and only with HTTP 200; an answer that names another payment confirms nothing.
//! Everything else is no answer, which after a request to settle means that nobody knows.

use alloc::string::{String, ToString};

use super::Version;
use crate::json::{self, Node, Value, Writer};
use crate::primitives::{Address, Amount, Hash, Network, hex};
use crate::registry::network_of_v1_name;

/// The body of a request to verify or to settle. Payment and requirements are JSON texts and go as they are.
///
/// # Source
/// x402 v2 sections 7.1 and 7.2; v1 likewise.
pub fn request_body(x402_version: u64, payment: &str, requirements: &str) -> String {
    Writer::object()
        .integer("x402Version", x402_version)
        .raw("paymentPayload", payment)
        .raw("paymentRequirements", requirements)
        .finish()
}

/// The payment that an answer must be about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asked {
    /// Version the facilitator speaks: in version 1 networks have names.
    pub version: Version,
    /// Who signed.
    pub payer: Address,
    /// Network of the token.
    pub network: Network,
    /// Atomic units.
    pub amount: Amount,
}

/// A facilitator's word on whether a payment could be settled now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verified {
    /// `isValid` is literally `true`.
    Valid,
    /// It is literally `false`. The reason is a stranger's text.
    Invalid(Option<String>),
    /// Anything else.
    NoAnswer,
}

impl Verified {
    /// Reads the answer to a request to verify.
    ///
    /// # Source
    /// x402 v2 section 7.1, VerifyResponse; threats S2.
    pub fn read(status: u16, body: &[u8], asked: &Asked) -> Self {
        let Some(root) = answered(status, body) else { return Verified::NoAnswer };
        match flag(&root, "isValid") {
            Some(true) if asked.is_payer(&root) == Some(true) => Verified::Valid,
            Some(false) => Verified::Invalid(reason(&root, ["invalidReason", "invalidMessage"])),
            _ => Verified::NoAnswer,
        }
    }
}

/// A facilitator's word on a settlement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Settled {
    /// `success` is literally `true`, everything it says agrees with what was asked, and it names the transaction.
    Settled(Hash),
    /// `success` is literally `true`, and the rest contradicts what was asked, or names no transaction.
    Contradicts,
    /// `success` is literally `false`, which proves nothing (threats P30). The reason is a stranger's text.
    Failed {
        /// Why, as it says.
        reason: Option<String>,
        /// The transaction it tried, where it names one.
        transaction: Option<Hash>,
    },
    /// Anything else.
    NoAnswer,
}

impl Settled {
    /// Reads the answer to a request to settle.
    ///
    /// # Source
    /// x402 v2 section 7.2, SettleResponse; threats S2, S10.
    pub fn read(status: u16, body: &[u8], asked: &Asked) -> Self {
        let Some(root) = answered(status, body) else { return Settled::NoAnswer };
        let transaction = root.member("transaction").and_then(|node| hex::decode_fixed(node.text()?));
        match flag(&root, "success") {
            Some(true) => match transaction.filter(|_| asked.agrees(&root)) {
                Some(transaction) => Settled::Settled(transaction),
                None => Settled::Contradicts,
            },
            Some(false) => Settled::Failed { reason: reason(&root, ["errorReason", "errorMessage"]), transaction },
            None => Settled::NoAnswer,
        }
    }
}

impl Asked {
    fn agrees(&self, root: &Node<'_>) -> bool {
        let network = |text: &str| {
            let named = (self.version == Version::V1).then(|| network_of_v1_name(text)).flatten();
            Network::parse(text).or(named) == Some(self.network)
        };
        self.is_payer(root) == Some(true)
            && agrees(root, "network", network) == Some(true)
            && agrees(root, "amount", |text| text == self.amount.to_string()) == Some(true)
    }

    fn is_payer(&self, root: &Node<'_>) -> Option<bool> {
        agrees(root, "payer", |text| Address::parse(text) == Ok(self.payer))
    }
}

fn answered(status: u16, body: &[u8]) -> Option<Node<'_>> {
    // Extensions may be longer than a stranger's texts elsewhere; the driver bounds the whole.
    let root = if status == 200 { json::read_own(body).ok()? } else { return None };
    root.members().is_some().then_some(root)
}

// What is absent is not held against the facilitator; what is no text is no answer.
fn agrees(root: &Node<'_>, name: &str, same: impl Fn(&str) -> bool) -> Option<bool> {
    match root.member(name) {
        None | Some(Node { value: Value::Null, .. }) => Some(true),
        Some(node) => node.text().map(same),
    }
}

fn flag(root: &Node<'_>, name: &str) -> Option<bool> {
    match root.member(name)?.value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    }
}

fn reason(root: &Node<'_>, names: [&str; 2]) -> Option<String> {
    let text = |name: &&str| root.member(name)?.text().filter(|text| !text.is_empty());
    names.iter().find_map(text).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;

    const PAYER: &str = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1";

    fn asked(version: Version) -> Asked {
        Asked {
            version,
            payer: Address::parse(PAYER).unwrap(),
            network: Network::from_chain_id(84532).unwrap(),
            amount: Amount::from_u64(10_000),
        }
    }

    fn verified(status: u16, body: &str) -> Verified {
        Verified::read(status, body.as_bytes(), &asked(Version::V2))
    }

    fn settled(version: Version, status: u16, body: &str) -> Settled {
        Settled::read(status, body.as_bytes(), &asked(version))
    }

    #[test]
    fn only_a_literal_yes_about_this_payer_is_a_yes() {
        for body in [
            String::from(r#"{"isValid":true}"#),
            String::from(r#"{"isValid":true,"payer":null,"extensions":{"a":1}}"#),
            format!(r#"{{"isValid":true,"payer":"{PAYER}"}}"#),
            format!(r#"{{"payer":"{}","isValid":true}}"#, PAYER.to_lowercase()),
        ] {
            assert_eq!(verified(200, &body), Verified::Valid, "{body}");
            for status in [0, 201, 202, 204, 301, 400, 402, 500, 503] {
                assert_eq!(verified(status, &body), Verified::NoAnswer, "{status} {body}");
            }
        }
        for body in [
            "",
            "{}",
            "true",
            "[]",
            "null",
            "<html>ok</html>",
            r#"{"isValid":"true"}"#,
            r#"{"isValid":1}"#,
            r#"{"isValid":null}"#,
            r#"{"IsValid":true}"#,
            r#"{"success":true}"#,
            r#"{"isValid":true"#,
            r#"{"isValid":true} "#.trim_end_matches("} "),
            r#"{"isValid":true}{"isValid":true}"#,
            r#"{"isValid":false,"isValid":true}"#,
            r#"{"isValid":true,"__proto__":{}}"#,
            r#"{"isValid":true,"payer":"0x2222222222222222222222222222222222222222"}"#,
            r#"{"isValid":true,"payer":"0x1a642f"}"#,
            r#"{"isValid":true,"payer":["0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"]}"#,
        ] {
            assert_eq!(verified(200, body), Verified::NoAnswer, "{body}");
        }
    }

    #[test]
    fn a_literal_no_is_a_no_with_its_reason() {
        for (body, reason) in [
            (r#"{"isValid":false}"#, None),
            (r#"{"isValid":false,"invalidReason":"insufficient_funds"}"#, Some("insufficient_funds")),
            (r#"{"isValid":false,"invalidReason":"","invalidMessage":"words"}"#, Some("words")),
            (r#"{"isValid":false,"invalidReason":7,"payer":"0x"}"#, None),
        ] {
            assert_eq!(verified(200, body), Verified::Invalid(reason.map(String::from)), "{body}");
        }
    }

    #[test]
    fn a_settlement_counts_when_everything_it_says_is_what_was_asked() {
        let transaction = format!("0x{}", "ab".repeat(32));
        let good = |rest: &str| format!(r#"{{"success":true,"transaction":"{transaction}"{rest}}}"#);
        for (version, rest) in [
            (Version::V2, String::new()),
            (Version::V2, format!(r#","network":"eip155:84532","payer":"{PAYER}","amount":"10000""#)),
            (Version::V1, format!(r#","network":"base-sepolia","payer":"{}""#, PAYER.to_lowercase())),
            (Version::V1, String::from(r#","network":"eip155:84532","errorReason":null"#)),
        ] {
            let body = good(&rest);
            assert_eq!(settled(version, 200, &body), Settled::Settled([0xab; 32]), "{body}");
            for status in [0, 201, 400, 500, 502] {
                assert_eq!(settled(version, status, &body), Settled::NoAnswer, "{status} {body}");
            }
        }
        for body in vec![
            good(r#","network":"eip155:8453""#),
            good(r#","network":"base-sepolia""#),
            good(r#","network":84532"#),
            good(r#","payer":"0x2222222222222222222222222222222222222222""#),
            good(r#","payer":"""#),
            good(r#","amount":"9999""#),
            good(r#","amount":"010000""#),
            good(r#","amount":10000"#),
            String::from(r#"{"success":true}"#),
            String::from(r#"{"success":true,"transaction":""}"#),
            String::from(r#"{"success":true,"transaction":"0xab"}"#),
            String::from(r#"{"success":true,"txHash":"0xab"}"#),
        ] {
            assert_eq!(settled(Version::V2, 200, &body), Settled::Contradicts, "{body}");
        }
    }

    #[test]
    fn anything_else_says_nothing_about_a_settlement() {
        let transaction = format!("0x{}", "ab".repeat(32));
        for body in ["", "{}", "[]", r#"{"success":"true"}"#, r#"{"success":1}"#, r#"{"success":true"#, "<html>"] {
            assert_eq!(settled(Version::V2, 200, body), Settled::NoAnswer, "{body}");
        }
        let body = format!(r#"{{"success":false,"errorReason":"x","transaction":"{transaction}","network":""}}"#);
        let failed = Settled::Failed { reason: Some(String::from("x")), transaction: Some([0xab; 32]) };
        assert_eq!(settled(Version::V2, 200, &body), failed);
        assert_eq!(settled(Version::V2, 500, &body), Settled::NoAnswer);
    }

    #[test]
    fn requests_carry_the_texts_as_they_are() {
        let body = request_body(2, r#"{"a": 1}"#, r#"{ "b":2}"#);
        assert_eq!(body, r#"{"x402Version":2,"paymentPayload":{"a": 1},"paymentRequirements":{ "b":2}}"#);
    }
}
