//! Questions to a JSON-RPC node and its answers, read like anything else from outside: bounded, strict, believed only
//! where they fit.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::transaction::Transaction;
use crate::json::{self, Node, Value, Writer};
use crate::primitives::{Address, Amount, Hash, Network, hex};

/// Largest answer, in bytes: a block of a busy network names thousands of transactions.
pub const MAX_ANSWER_BYTES: usize = 1 << 20;
/// Longest result of a call, in bytes: contract code is the longest.
const MAX_RESULT_BYTES: usize = 32 * 1024;

/// A JSON-RPC request with `"id": 1`. No redirects, 10 s, 1 MiB and one byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Call {
    /// Whose node.
    pub network: Network,
    /// Method.
    pub method: &'static str,
    /// Parameters, a JSON array.
    pub params: String,
}

/// As of which block a node answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum At {
    /// The newest it knows; it may be replaced by another.
    Latest,
    /// The newest that is there for good.
    Finalized,
    /// This one.
    Block(u64),
}

impl At {
    fn json(self) -> String {
        match self {
            At::Latest => String::from("\"latest\""),
            At::Finalized => String::from("\"finalized\""),
            At::Block(number) => format!("\"{number:#x}\""),
        }
    }
}

impl Call {
    /// Which chain it is. Read with [`quantity`].
    pub fn chain_id(network: Network) -> Self {
        Call { network, method: "eth_chainId", params: String::from("[]") }
    }

    /// What a contract answers. Read with [`bytes`].
    pub fn view(network: Network, contract: &Address, data: &[u8], at: At) -> Self {
        let call = Writer::object().text("to", &contract.checksummed()).text("data", &hex::encode(data));
        Call { network, method: "eth_call", params: format!("[{},{}]", call.finish(), at.json()) }
    }

    /// What a transaction would do now. Its result means nothing; a refusal is [`RpcError::Reverted`]. Where no contract
    /// is, nothing refuses: ask for the [`code`](Self::code), too.
    pub fn rehearsal(transaction: &Transaction) -> Self {
        let params = format!("[{},{}]", transaction.to_json(), At::Latest.json());
        Call { network: transaction.network, method: "eth_call", params }
    }

    /// How much gas a transaction would take now. Read with [`quantity`].
    pub fn gas(transaction: &Transaction) -> Self {
        let params = format!("[{}]", transaction.to_json());
        Call { network: transaction.network, method: "eth_estimateGas", params }
    }

    /// Native ether of an account, in wei. Read with [`amount`].
    pub fn balance(network: Network, account: &Address, at: At) -> Self {
        let params = format!("[\"{}\",{}]", account.checksummed(), at.json());
        Call { network, method: "eth_getBalance", params }
    }

    /// The code at an address. Read with [`bytes`]; empty when there is no contract.
    pub fn code(network: Network, address: &Address, at: At) -> Self {
        let params = format!("[\"{}\",{}]", address.checksummed(), at.json());
        Call { network, method: "eth_getCode", params }
    }

    /// What became of a transaction. Read with [`receipt`].
    pub fn receipt(network: Network, transaction: &Hash) -> Self {
        let params = format!("[\"{}\"]", hex::encode(transaction));
        Call { network, method: "eth_getTransactionReceipt", params }
    }
}

/// Why an answer says nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RpcError {
    /// No HTTP answer, or one that says to come again.
    Unanswered,
    /// The node says that it will not answer this.
    Refused,
    /// The contract refused. Its reason, as [`Revert`](super::revert::Revert) reads it; empty without one.
    Reverted(Vec<u8>),
    /// Anything that is not the JSON-RPC answer asked for.
    Malformed,
}

/// Takes what `found` finds in the result of an answer to the request with id 1.
///
/// # Errors
/// [`RpcError`]
pub fn read<T>(status: u16, body: &[u8], found: impl Fn(&Node<'_>) -> Option<T>) -> Result<T, RpcError> {
    // Many nodes state an error with 200, some with 4xx and an ordinary error object.
    match status {
        200 => {}
        400..=499 if !matches!(status, 408 | 425 | 429) => return Err(RpcError::Refused),
        _ => return Err(RpcError::Unanswered),
    }
    if body.len() > MAX_ANSWER_BYTES {
        return Err(RpcError::Malformed);
    }
    let root = json::read_own(body).map_err(|_| RpcError::Malformed)?;
    let ours = root.member("jsonrpc").and_then(Node::text) == Some("2.0")
        && root.member("id").and_then(Node::integer) == Some(1);
    let error = root.member("error").filter(|error| error.value != Value::Null);
    match (root.member("result"), error) {
        _ if !ours => Err(RpcError::Malformed),
        (None | Some(Node { value: Value::Null, .. }), Some(error)) if error.members().is_some() => Err(refusal(error)),
        (Some(result), None) => found(result).ok_or(RpcError::Malformed),
        _ => Err(RpcError::Malformed),
    }
}

// Nodes agree on no code for a contract's refusal: 3 is the most frequent, and some know the data but not the code.
fn refusal(error: &Node<'_>) -> RpcError {
    let reason = error.member("data").and_then(Node::text).and_then(|data| hex::decode_up_to(data, MAX_RESULT_BYTES));
    match reason {
        Some(reason) => RpcError::Reverted(reason),
        None if error.member("code").and_then(Node::integer) == Some(3) => RpcError::Reverted(Vec::new()),
        None => RpcError::Refused,
    }
}

/// A quantity: `0x` and digits without leading zeros, below 2^64.
///
/// # Source
/// Ethereum JSON-RPC specification, "Hex encoding", quantities.
pub fn quantity(node: &Node<'_>) -> Option<u64> {
    let digits = node.text()?.strip_prefix("0x")?;
    // `from_str_radix` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_canonical(digits) && plain).then(|| u64::from_str_radix(digits, 16).ok())?
}

/// A quantity up to 2^256 − 1.
pub fn amount(node: &Node<'_>) -> Option<Amount> {
    let text = node.text()?;
    is_canonical(text.strip_prefix("0x")?).then(|| Amount::from_hex_quantity(text))?
}

fn is_canonical(digits: &str) -> bool {
    digits == "0" || !digits.starts_with('0')
}

/// Bytes: `0x` and two digits each, up to 32 KiB.
///
/// # Source
/// Ethereum JSON-RPC specification, "Hex encoding", unformatted bytes.
pub fn bytes(node: &Node<'_>) -> Option<Vec<u8>> {
    hex::decode_up_to(node.text()?, MAX_RESULT_BYTES)
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// It did what it should; else it reverted, and only its gas is gone.
    pub succeeded: bool,
    /// Its block.
    pub block: u64,
}

/// The receipt of this transaction; `None` inside while it is in no block. Another transaction's is no answer.
pub fn receipt(node: &Node<'_>, transaction: &Hash) -> Option<Option<Receipt>> {
    if node.value == Value::Null {
        return Some(None);
    }
    let succeeded = match quantity(node.member("status")?)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let named: Hash = hex::decode_fixed(node.member("transactionHash")?.text()?)?;
    let block = quantity(node.member("blockNumber")?)?;
    (named == *transaction).then_some(Some(Receipt { succeeded, block }))
}

#[cfg(test)]
mod tests;
