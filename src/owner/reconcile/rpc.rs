//! Answers of a JSON-RPC node, read like anything else from outside: bounded, strict, believed only where they fit.

use super::Unproven;
use super::blocks::Block;
use crate::json::{self, Node, Value};
use crate::primitives::{Address, Hash, hex};
use crate::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, topic};

/// Largest answer, in bytes: a block of a busy network names thousands of transactions.
pub(super) const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Takes what `read` finds in the result of an answer to the request with id 1.
///
/// # Errors
/// - [`Unproven::Unanswered`]: no HTTP answer, or one that says to come again.
/// - [`Unproven::Refused`]: the node says that it will not answer this.
/// - [`Unproven::Malformed`]: anything that is not the JSON-RPC answer asked for.
pub(super) fn read<T>(status: u16, body: &[u8], read: impl Fn(&Node<'_>) -> Option<T>) -> Result<T, Unproven> {
    // Many nodes state an error with 200, some with 4xx and an ordinary error object.
    match status {
        200 => {}
        400..=499 if !matches!(status, 408 | 425 | 429) => return Err(Unproven::Refused),
        _ => return Err(Unproven::Unanswered),
    }
    if body.len() > MAX_ANSWER_BYTES {
        return Err(Unproven::Malformed);
    }
    let root = json::read_own(body).map_err(|_| Unproven::Malformed)?;
    let ours = root.member("jsonrpc").and_then(Node::text) == Some("2.0")
        && root.member("id").and_then(Node::integer) == Some(1);
    let error = root.member("error").filter(|error| error.value != Value::Null);
    match (root.member("result"), error) {
        _ if !ours => Err(Unproven::Malformed),
        (None | Some(Node { value: Value::Null, .. }), Some(error)) if error.members().is_some() => {
            Err(Unproven::Refused)
        }
        (Some(result), None) => read(result).ok_or(Unproven::Malformed),
        _ => Err(Unproven::Malformed),
    }
}

/// A quantity: `0x` and digits without leading zeros, below 2^64.
///
/// # Source
/// Ethereum JSON-RPC specification, "Hex encoding", quantities.
pub(super) fn quantity(node: &Node<'_>) -> Option<u64> {
    let digits = node.text()?.strip_prefix("0x")?;
    let canonical = digits == "0" || !digits.starts_with('0');
    // `from_str_radix` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (canonical && plain).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// A block's number and time.
pub(super) fn block(node: &Node<'_>) -> Option<Block> {
    Some(Block { number: quantity(node.member("number")?)?, time_s: quantity(node.member("timestamp")?)? })
}

/// A boolean as the ABI encodes it: one word of 0 or 1, nothing else.
pub(super) fn flag(node: &Node<'_>) -> Option<bool> {
    let word: Hash = hex::decode_fixed(node.text()?)?;
    (word[..31] == [0; 31] && word[31] < 2).then_some(word[31] == 1)
}

/// What a log says of an authorisation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Event {
    /// Used; else cancelled.
    pub(super) used: bool,
    pub(super) transaction: Hash,
    pub(super) block: u64,
}

/// The one event of this authorisation between two blocks, these included; `None` inside for no event. Any other log is
/// an answer to another question, and two events contradict each other.
pub(super) fn event(
    node: &Node<'_>,
    (token, authorizer, nonce): (&Address, &Address, &Hash),
    (from, to): (u64, u64),
) -> Option<Option<Event>> {
    let logs = node.elements()?;
    let Some(log) = logs.first() else { return Some(None) };
    let topics = log.member("topics")?.elements()?;
    let word = |index: usize| -> Option<Hash> { hex::decode_fixed(topics.get(index)?.text()?) };
    let used = match word(0)? {
        first if first == topic(AUTHORIZATION_USED) => true,
        first if first == topic(AUTHORIZATION_CANCELED) => false,
        _ => return None,
    };
    let event = Event {
        used,
        transaction: hex::decode_fixed(log.member("transactionHash")?.text()?)?,
        block: quantity(log.member("blockNumber")?)?,
    };
    let fits = logs.len() == 1
        && topics.len() == 3
        && Address::parse(log.member("address")?.text()?).ok()? == *token
        && word(1)? == authorizer.word()
        && word(2)? == *nonce
        && (from..=to).contains(&event.block)
        && !matches!(log.member("removed"), Some(Node { value: Value::Bool(true), .. }));
    fits.then_some(Some(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(status: u16, body: &str) -> Result<u64, Unproven> {
        read(status, body.as_bytes(), quantity)
    }

    #[test]
    fn an_answer_is_read_strictly() {
        assert_eq!(result(200, r#"{"jsonrpc":"2.0","id":1,"result":"0x2105"}"#), Ok(8453));
        assert_eq!(result(200, r#"{"jsonrpc":"2.0","id":1,"result":"0x2105","error":null}"#), Ok(8453));
        for body in [
            "",
            "<html>",
            "null",
            "[]",
            r#"{"id":1,"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":2,"result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":"1","result":"0x1"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":"0x1","error":{"code":1}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":1}"#,
        ] {
            assert_eq!(result(200, body), Err(Unproven::Malformed), "{body}");
        }
        let long = alloc::format!(r#"{{"jsonrpc":"2.0","id":1,"result":"0x1"{}}}"#, " ".repeat(MAX_ANSWER_BYTES));
        assert_eq!(result(200, &long), Err(Unproven::Malformed));
    }

    #[test]
    fn no_answer_and_a_refusal_are_told_apart() {
        let fine = r#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#;
        for status in [0, 204, 302, 408, 429, 500, 502, 503] {
            assert_eq!(result(status, fine), Err(Unproven::Unanswered), "{status}");
        }
        for status in [400, 401, 403, 404, 413] {
            assert_eq!(result(status, fine), Err(Unproven::Refused), "{status}");
        }
        let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"range"}}"#;
        assert_eq!(result(200, refused), Err(Unproven::Refused));
    }

    #[test]
    fn quantities_and_flags_have_one_spelling() {
        let text = |text: &str| alloc::format!("\"{text}\"");
        let as_quantity = |spelled: &str| quantity(&json::read(text(spelled).as_bytes()).unwrap());
        assert_eq!(as_quantity("0x0"), Some(0));
        assert_eq!(as_quantity("0xffffffffffffffff"), Some(u64::MAX));
        for spelled in ["", "0x", "0", "0x00", "0x01", "0x+1", "0x-1", "0x1g", "0x10000000000000000", "1"] {
            assert_eq!(as_quantity(spelled), None, "{spelled}");
        }
        let as_flag = |spelled: &str| flag(&json::read(text(spelled).as_bytes()).unwrap());
        let word = |last: &str| alloc::format!("0x{}{last}", "00".repeat(31));
        assert_eq!((as_flag(&word("00")), as_flag(&word("01"))), (Some(false), Some(true)));
        for spelled in ["0x", "0x1", "0x01", &word("02"), &alloc::format!("0x01{}", "00".repeat(31))] {
            assert_eq!(as_flag(spelled), None, "{spelled}");
        }
    }
}
