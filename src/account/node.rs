//! Questions to the owner's node, and what it tells of transactions.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Doing, Failure};
use crate::contract::erc20;
use crate::contract::revert::Revert;
use crate::contract::rpc::{self, At, Call, RpcError};
use crate::contract::transaction::Transaction;
use crate::error::Code;
use crate::json::Node;
use crate::primitives::{Address, Amount, Hash, hex};
use crate::registry::Asset;

/// How often, and how long apart, a node is asked for a receipt: three minutes.
const LOOKS: u32 = 180;
const LOOK_MS: u32 = 1_000;
/// The first looks come sooner: a test chain mines at once, a rollup within two seconds.
const FIRST_LOOKS: u32 = 5;
const FIRST_LOOK_MS: u32 = 200;

impl Doing {
    /// Asks the node one thing. The first question of a task is which chain it is a node of.
    async fn question<T>(&self, call: Call, found: impl Fn(&Node<'_>) -> Option<T>) -> Result<T, Failure> {
        if !self.place.node {
            return Err(Failure::new(Code::AccountNoNode));
        }
        if !self.knows_node.get() {
            let chain_id = self.answer(Call::chain_id(self.place.network), rpc::quantity).await?;
            if chain_id != self.place.network.chain_id() {
                return Err(Failure::with(Code::AccountNode, format!("a node of chain {chain_id}")));
            }
            self.knows_node.set(true);
        }
        self.answer(call, found).await
    }

    async fn answer<T>(&self, call: Call, found: impl Fn(&Node<'_>) -> Option<T>) -> Result<T, Failure> {
        let method = call.method;
        let answer = self.outside.call(call.network, call.method, call.params).await?;
        rpc::read(answer.status, &answer.body, found).map_err(|error| match error {
            RpcError::Reverted(data) => Failure::with(Code::AccountWouldRevert, Revert::read(&data).words),
            RpcError::Unanswered => Failure::with(Code::AccountNode, format!("{method}: no answer")),
            RpcError::Refused => Failure::with(Code::AccountNode, format!("{method}: refused")),
            RpcError::Malformed => Failure::with(Code::AccountNode, format!("{method}: not an answer")),
        })
    }

    /// What a contract answers now.
    pub(super) async fn view(&self, contract: &Address, data: &[u8]) -> Result<Vec<u8>, Failure> {
        self.question(Call::view(self.place.network, contract, data, At::Latest), rpc::bytes).await
    }

    /// Ether of the account, in wei.
    pub(super) async fn ether(&self) -> Result<Amount, Failure> {
        self.question(Call::balance(self.place.network, &self.address(), At::Latest), rpc::amount).await
    }

    /// The code at an address: none where nothing but a key is.
    pub(super) async fn code(&self, address: &Address) -> Result<Vec<u8>, Failure> {
        self.question(Call::code(self.place.network, address, At::Latest), rpc::bytes).await
    }

    /// What the wallet holds of a token, or of ether.
    pub(super) async fn holdings(&self, asset: &Asset) -> Result<Amount, Failure> {
        if asset.address == Address::ZERO {
            return self.ether().await;
        }
        let answer = self.view(&asset.address, &erc20::balance_of(&self.address())).await?;
        erc20::read_amount(&answer).ok_or_else(|| Failure::with(Code::AccountNode, String::from("balanceOf")))
    }

    /// What a contract may still take of a token.
    pub(super) async fn allowance(&self, asset: &Asset, spender: &Address) -> Result<Amount, Failure> {
        let answer = self.view(&asset.address, &erc20::allowance(&self.address(), spender)).await?;
        erc20::read_amount(&answer).ok_or_else(|| Failure::with(Code::AccountNode, String::from("allowance")))
    }

    /// Tries a transaction on the node, so that one that must fail is never shown to the wallet.
    pub(super) async fn try_out(&self, transaction: &Transaction) -> Result<(), Failure> {
        // A call to an address without code succeeds, and keeps the ether that goes with it.
        if self.code(&transaction.to).await?.is_empty() {
            return Err(Failure::with(Code::AccountWouldRevert, format!("{} is no contract", transaction.to)));
        }
        self.question(Call::rehearsal(transaction), rpc::bytes).await.map(|_| ())
    }

    /// Waits until a transaction is mined.
    pub(super) async fn mined(&self, transaction: &Transaction, sent: &Hash) -> Result<(), Failure> {
        let pending = || Failure::with(Code::AccountPending, hex::encode(sent));
        for look in 0..FIRST_LOOKS + LOOKS {
            let call = Call::receipt(self.place.network, sent);
            // It is on its way: a node that fails now says nothing about it.
            let receipt = self.question(call, |node| rpc::receipt(node, sent)).await.unwrap_or_default();
            match receipt {
                Some(receipt) if receipt.succeeded => return Ok(()),
                Some(_) => {
                    let mut facts = hex::encode(sent);
                    if let Err(failure) = self.try_out(transaction).await {
                        facts.push_str(&format!(": {}", failure.facts));
                    }
                    return Err(Failure::with(Code::AccountReverted, facts));
                }
                None => {
                    self.outside
                        .pause(if look < FIRST_LOOKS { FIRST_LOOK_MS } else { LOOK_MS })
                        .await
                        .map_err(|_| pending())?;
                }
            }
        }
        Err(pending())
    }
}
