//! What a node says of blocks and of one authorisation.

use super::Unsure;
use super::blocks::Block;
use crate::abi::{self, Words};
pub(super) use crate::contract::rpc::quantity;
use crate::contract::rpc::{self, RpcError, bytes};
use crate::json::{Node, Value};
use crate::primitives::{Address, Hash, hex};
use crate::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, topic};

/// Takes what `found` finds in the result of an answer.
///
/// # Errors
/// [`Unsure`]: nobody answered, the node refused, or the answer is to another question.
pub(super) fn read<T>(status: u16, body: &[u8], found: impl Fn(&Node<'_>) -> Option<T>) -> Result<T, Unsure> {
    rpc::read(status, body, found).map_err(|error| match error {
        RpcError::Unanswered => Unsure::Unanswered,
        RpcError::Refused | RpcError::Reverted(_) => Unsure::Refused,
        RpcError::Malformed => Unsure::Malformed,
    })
}

/// A block's number and time.
pub(super) fn block(node: &Node<'_>) -> Option<Block> {
    Some(Block { number: quantity(node.member("number")?)?, time_s: quantity(node.member("timestamp")?)? })
}

/// A boolean, as the ABI encodes it.
pub(super) fn flag(node: &Node<'_>) -> Option<bool> {
    abi::read(&bytes(node)?, Words::flag)
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
    use crate::json;

    #[test]
    fn a_flag_has_one_spelling() {
        let as_flag = |spelled: &str| flag(&json::read(alloc::format!("\"{spelled}\"").as_bytes()).unwrap());
        let word = |last: &str| alloc::format!("0x{}{last}", "00".repeat(31));
        assert_eq!((as_flag(&word("00")), as_flag(&word("01"))), (Some(false), Some(true)));
        for spelled in ["0x", "0x1", "0x01", &word("02"), &alloc::format!("0x01{}", "00".repeat(31))] {
            assert_eq!(as_flag(spelled), None, "{spelled}");
        }
    }
}
