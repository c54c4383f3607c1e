//! Collateral as the core counts it: who deposited how much of which token, and what guarantees hold of it.
//!
//! The core's word only: the chain says what it owes (`collateral(user, asset)`).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::http::{Answer, Request};
use super::refusal::{Refusal, document};
use crate::error::Code;
use crate::json::{Node, Value};
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Core;

const MAX_TOKENS: usize = 256;
const MAX_SYMBOL_BYTES: usize = 32;
const MAX_DECIMALS: u64 = 36;

/// What one account has at a core, in one token. Atomic units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Balance {
    /// Deposited.
    pub total: Amount,
    /// Held for guarantees that are not settled.
    pub locked: Amount,
}

/// A token a core takes as collateral, in the core's words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CoreToken {
    /// Ticker, printable ASCII.
    pub symbol: String,
    /// Contract.
    pub address: Address,
    /// At most 36.
    pub decimals: u8,
    /// EIP-712 domain separator of the token, where stated (generation 4).
    pub domain_separator: Option<Hash>,
}

/// Asks for the collateral of any account: every login may ask about everybody.
pub fn balance_request(core: &Core, user: &Address, asset: &Address) -> Request {
    Request::get(format!("{}/core/users/{}/assets/{}", core.url, user.lower(), asset.lower()), true)
}

/// Asks which tokens the core takes.
pub fn tokens_request(core: &Core) -> Request {
    Request::get(format!("{}/core/tokens", core.url), false)
}

impl Balance {
    /// Reads the answer to [`balance_request`]; `None` for an account the core does not know.
    ///
    /// # Errors
    /// `guarantee/core-answer`: not this document, or about another account or token than asked. Else as
    /// [`Refusal::of_question`].
    ///
    /// # Source
    /// vectors `4mica/deposit.json`. Other members (version, time of change) are ignored.
    pub fn read(answer: &Answer<'_>, user: &Address, asset: &Address) -> Result<Option<Self>, Refusal> {
        let root = document(answer)?;
        if root.value == Value::Null {
            return Ok(None);
        }
        let fields = || -> Option<Self> {
            let about = |name: &str| Address::parse(root.member(name)?.text()?).ok();
            let asked = about("user_address")? == *user && about("asset_address")? == *asset;
            let balance = Balance { total: quantity(&root, "total")?, locked: quantity(&root, "locked")? };
            asked.then_some(balance)
        };
        fields().map(Some).ok_or(Refusal::found(Code::CoreAnswer))
    }

    /// Of an account that never deposited.
    pub const NONE: Balance = Balance { total: Amount::ZERO, locked: Amount::ZERO };

    /// What new guarantees can hold; nothing when more is locked than deposited.
    pub fn available(&self) -> Amount {
        self.total.minus(self.locked).unwrap_or(Amount::ZERO)
    }
}

impl CoreToken {
    /// Reads the answer to [`tokens_request`]: at most 256 tokens, each address once.
    ///
    /// # Errors
    /// `guarantee/core-answer`: not this document, or of another chain. Else as [`Refusal::of_question`].
    ///
    /// # Source
    /// vectors `4mica/core-public.json`, `tokens`; protocol notes 2.4.
    pub fn read_all(answer: &Answer<'_>, core: &Core) -> Result<Vec<Self>, Refusal> {
        let root = document(answer)?;
        let fields = || -> Option<Vec<Self>> {
            let chain_id = root.member("chain_id")?.integer()?;
            let nodes = root.member("tokens")?.elements()?;
            if chain_id != core.network.chain_id() || nodes.len() > MAX_TOKENS {
                return None;
            }
            let tokens: Vec<Self> = nodes.iter().map(CoreToken::read).collect::<Option<_>>()?;
            let mut addresses: Vec<_> = tokens.iter().map(|token| token.address).collect();
            addresses.sort_unstable();
            addresses.dedup();
            (addresses.len() == tokens.len()).then_some(tokens)
        };
        fields().ok_or(Refusal::found(Code::CoreAnswer))
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        let symbol = node.member("symbol")?.text()?;
        let printable = symbol.len() <= MAX_SYMBOL_BYTES && symbol.bytes().all(|byte| byte.is_ascii_graphic());
        let decimals = node.member("decimals")?.integer()?;
        let domain_separator = match node.member("domain_separator") {
            None => None,
            Some(node) if node.value == Value::Null => None,
            Some(node) => Some(hex::decode_fixed(node.text()?)?),
        };
        (printable && decimals <= MAX_DECIMALS).then_some(CoreToken {
            symbol: String::from(symbol),
            address: Address::parse(node.member("address")?.text()?).ok()?,
            decimals: u8::try_from(decimals).ok()?,
            domain_separator,
        })
    }
}

/// An amount as cores write it: `0x` and hexadecimal digits, or decimal digits.
pub(super) fn quantity(node: &Node<'_>, name: &str) -> Option<Amount> {
    let text = node.member(name)?.text()?;
    if text.starts_with("0x") { Amount::from_hex_quantity(text) } else { Amount::from_decimal(text).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::Network;

    const USER: &str = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
    const ASSET: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

    fn balance(body: &str) -> Result<Option<Balance>, &'static str> {
        let asked = |text| Address::parse(text).unwrap();
        let answer = Answer { status: 200, body: body.as_bytes() };
        Balance::read(&answer, &asked(USER), &asked(ASSET)).map_err(|refusal| refusal.code.as_str())
    }

    #[test]
    fn a_balance_is_about_the_account_and_token_asked() {
        let body = |user: &str, asset: &str, locked: &str| {
            format!(r#"{{"user_address":"{user}","asset_address":"{asset}","total":"0x64","locked":"{locked}"}}"#)
        };
        let read = balance(&body(USER, "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x1e")).unwrap().unwrap();
        assert_eq!(read.available(), Amount::from_u64(70));
        assert_eq!(balance(&body(USER, ASSET, "101")).unwrap().unwrap().available(), Amount::ZERO);
        for body in [body(ASSET, ASSET, "0x0"), body(USER, USER, "0x0"), body(USER, ASSET, "0x"), String::from("{}")] {
            assert_eq!(balance(&body), Err("guarantee/core-answer"), "{body}");
        }
        assert_eq!(balance("null"), Ok(None));
    }

    #[test]
    fn tokens_are_those_of_the_cores_chain_each_once() {
        let core = Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example");
        let read = |chain: u64, tokens: &str| {
            let body = format!(r#"{{"chain_id":{chain},"tokens":[{tokens}]}}"#);
            CoreToken::read_all(&Answer { status: 200, body: body.as_bytes() }, &core).map(|tokens| tokens.len())
        };
        let token = |decimals: u64| format!(r#"{{"symbol":"USDC","address":"{ASSET}","decimals":{decimals}}}"#);
        assert_eq!(read(84532, &token(6)), Ok(1));
        assert!(read(8453, &token(6)).is_err());
        assert!(read(84532, &token(37)).is_err());
        assert!(read(84532, &format!("{},{}", token(6), token(6))).is_err());
        assert!(read(84532, &token(6).replace("USDC", "US DC")).is_err());
    }
}
