//! Whether a transaction made the transfer that an authorisation is for: its receipt in, yes or no out.

use alloc::vec::Vec;

use super::answer::quantity;
use crate::json::{Node, Value};
use crate::primitives::{Address, Amount, Hash, hex};
use crate::scheme::exact::{AUTHORIZATION_USED, topic};

/// Event of every transfer of an ERC-20 token: sender and recipient indexed.
const TRANSFER: &[u8] = b"Transfer(address,address,uint256)";

/// What an authorisation must have moved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transfer {
    /// The token.
    pub token: Address,
    /// Who signed.
    pub payer: Address,
    /// Nonce of the authorisation.
    pub nonce: Hash,
    /// Who must have been paid.
    pub recipient: Address,
    /// Atomic units, exactly.
    pub amount: Amount,
}

/// Whether this transaction succeeded and used the nonce for exactly this transfer; `None` inside while it is in no block.
/// Another transaction's receipt is no answer.
///
/// The token's next event after the use must be the transfer: a transaction may hold other authorisations of this payer,
/// for other purchases, and the nonce may have been signed a second time for somebody else.
///
/// # Source
/// EIP-3009, "Reference implementation": `AuthorizationUsed`, then `_transfer`. EIP-20, `Transfer`.
pub fn transfers(node: &Node<'_>, transaction: &Hash, expected: &Transfer) -> Option<Option<bool>> {
    if node.value == Value::Null {
        return Some(None);
    }
    let named: Hash = hex::decode_fixed(node.member("transactionHash")?.text()?)?;
    let succeeded = quantity(node.member("status")?)? == 1;
    let logs = node.member("logs")?.elements()?;
    let logs: Option<Vec<Log>> = logs.iter().map(Log::read).collect();
    let logs = logs.filter(|_| named == *transaction)?;
    let mut ours = logs.iter().filter(|log| log.address == expected.token && !log.removed);
    let used = ours.any(|log| log.is(AUTHORIZATION_USED, &[expected.payer.word(), expected.nonce]));
    let moved = ours.next().is_some_and(|log| {
        log.is(TRANSFER, &[expected.payer.word(), expected.recipient.word()]) && log.amount == Some(expected.amount)
    });
    Some(Some(succeeded && used && moved))
}

struct Log {
    address: Address,
    topics: Vec<Hash>,
    /// The data, where it is one word.
    amount: Option<Amount>,
    removed: bool,
}

impl Log {
    fn read(node: &Node<'_>) -> Option<Self> {
        let topics = node.member("topics")?.elements()?;
        Some(Log {
            address: Address::parse(node.member("address")?.text()?).ok()?,
            topics: topics.iter().map(|topic| hex::decode_fixed(topic.text()?)).collect::<Option<_>>()?,
            amount: hex::decode_fixed(node.member("data")?.text()?).map(|word| Amount::from_word(&word)),
            removed: matches!(node.member("removed"), Some(Node { value: Value::Bool(true), .. })),
        })
    }

    fn is(&self, event: &[u8], indexed: &[Hash]) -> bool {
        self.topics.split_first().is_some_and(|(first, rest)| *first == topic(event) && rest == indexed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use alloc::format;
    use alloc::string::String;

    const TOKEN: &str = "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913";
    const TX: Hash = [0xcd; 32];

    fn expected() -> Transfer {
        Transfer {
            token: Address::parse(TOKEN).unwrap(),
            payer: Address::from_bytes([0x11; 20]),
            nonce: [7; 32],
            recipient: Address::from_bytes([0x22; 20]),
            amount: Amount::from_u64(10_000),
        }
    }

    fn log(address: &str, event: &[u8], indexed: [Hash; 2], data: &str) -> String {
        let [one, two] = indexed.map(|word| hex::encode(&word));
        let first = hex::encode(&topic(event));
        format!(r#"{{"address":"{address}","topics":["{first}","{one}","{two}"],"data":"{data}"}}"#)
    }

    fn word(byte: u8) -> Hash {
        Address::from_bytes([byte; 20]).word()
    }

    fn used(nonce: u8) -> String {
        log(TOKEN, AUTHORIZATION_USED, [word(0x11), [nonce; 32]], "0x")
    }

    fn moved(to: u8, amount: u64) -> String {
        log(TOKEN, TRANSFER, [word(0x11), word(to)], &format!("0x{amount:064x}"))
    }

    fn receipt(status: &str, logs: &[String]) -> String {
        let logs = logs.join(",");
        format!(r#"{{"transactionHash":"{}","status":"{status}","logs":[{logs}]}}"#, hex::encode(&TX))
    }

    fn judged(text: &str) -> Option<Option<bool>> {
        transfers(&json::read(text.as_bytes()).unwrap(), &TX, &expected())
    }

    #[test]
    fn the_use_of_the_nonce_must_be_followed_by_exactly_the_transfer() {
        let foreign = log("0x833589fcd6edb6e08f4c7c32d4f71b54bda02914", TRANSFER, [word(0x11), word(0x22)], "0x01");
        for (paid, logs) in [
            (true, alloc::vec![used(7), moved(0x22, 10_000)]),
            (true, alloc::vec![used(8), moved(0x22, 5), used(7), foreign.clone(), moved(0x22, 10_000), moved(0x33, 1)]),
            // The nonce, signed again for somebody else, beside a payment of another purchase.
            (false, alloc::vec![used(7), moved(0x33, 10_000), used(8), moved(0x22, 10_000)]),
            (false, alloc::vec![used(8), moved(0x22, 10_000), used(7), moved(0x33, 10_000)]),
            (false, alloc::vec![used(7), moved(0x22, 9_999)]),
            (false, alloc::vec![used(8), moved(0x22, 10_000)]),
            (false, alloc::vec![moved(0x22, 10_000), used(7)]),
            (false, alloc::vec![used(7), foreign]),
            (false, alloc::vec![used(7)]),
            (false, alloc::vec![]),
        ] {
            assert_eq!(judged(&receipt("0x1", &logs)), Some(Some(paid)), "{logs:?}");
            assert_eq!(judged(&receipt("0x0", &logs)), Some(Some(false)), "{logs:?}");
        }
    }

    #[test]
    fn what_is_no_receipt_of_this_transaction_says_nothing() {
        let good = receipt("0x1", &[used(7), moved(0x22, 10_000)]);
        assert_eq!(judged("null"), Some(None));
        for bad in [
            good.replace(&"cd".repeat(32), &"ce".repeat(32)),
            good.replace("\"logs\"", "\"log\""),
            good.replace("0x1\"", "\""),
            good.replace("\"data\":\"0x\"", "\"data\":7"),
            String::from("{}"),
            String::from("[]"),
        ] {
            assert_eq!(judged(&bad), None, "{bad}");
        }
        let removed = good.replace("\"data\":\"0x\"}", "\"data\":\"0x\",\"removed\":true}");
        assert_eq!(judged(&removed), Some(Some(false)));
    }
}
