//! What a task is to do, as JSON: `{"do": "deposit", "asset"?, "amount", "via"?}` and so on.

use alloc::string::String;

use crate::core4mica::CycleId;
use crate::json::{self, Node, Value};
use crate::primitives::{Address, Amount, Network};
use crate::registry::{Asset, Registry};

/// Who sends a transaction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Via {
    /// The owner's wallet.
    #[default]
    Wallet,
    /// The facilitator, which pays the gas; the owner signs what it may do.
    Facilitator,
    /// Nobody: the result is the calldata.
    Calldata,
}

/// A task.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Order {
    Login,
    Logout,
    Collateral { asset: Asset },
    Deposit { asset: Asset, amount: Amount, via: Via },
    RequestWithdrawal { asset: Asset, amount: Amount, via: Via },
    CancelWithdrawal { asset: Asset, via: Via },
    FinalizeWithdrawal { asset: Asset, via: Via },
    Settle { cycle: CycleId, via: Via },
    ActiveCycle { asset: Asset, idle: bool },
    Issue { payload: String },
    Exposure { records: alloc::vec::Vec<String> },
    Readiness { known: String },
}

/// Largest order: an exposure carries every record of an account.
pub(super) const MAX_ORDER_BYTES: usize = 64 << 20;

impl Order {
    /// Reads an order for an account on `network`.
    ///
    /// # Errors
    /// The name of the first field that makes no sense.
    pub(super) fn parse(bytes: &[u8], network: Network, registry: &Registry) -> Result<Self, &'static str> {
        let root = (bytes.len() <= MAX_ORDER_BYTES).then(|| json::read_own(bytes).ok()).flatten().ok_or("order")?;
        let asset = || asset(&root, network, registry).ok_or("asset");
        let via = || via(&root).ok_or("via");
        let amount = || -> Result<Amount, &'static str> {
            let amount = root.member("amount").and_then(Node::text).and_then(|text| Amount::from_decimal(text).ok());
            amount.filter(|amount| !amount.is_zero()).ok_or("amount")
        };
        Ok(match root.member("do").and_then(Node::text).ok_or("do")? {
            "login" => Order::Login,
            "logout" => Order::Logout,
            "collateral" => Order::Collateral { asset: asset()? },
            "deposit" => Order::Deposit { asset: asset()?, amount: amount()?, via: via()? },
            "request-withdrawal" => Order::RequestWithdrawal { asset: asset()?, amount: amount()?, via: via()? },
            "cancel-withdrawal" => Order::CancelWithdrawal { asset: asset()?, via: via()? },
            "finalize-withdrawal" => Order::FinalizeWithdrawal { asset: asset()?, via: via()? },
            "settle" => Order::Settle { cycle: cycle(&root).ok_or("cycle")?, via: via()? },
            "active-cycle" => Order::ActiveCycle { asset: asset()?, idle: flag(&root, "idle").ok_or("idle")? },
            "issue" => {
                let payload = root.member("payload").and_then(Node::text).ok_or("payload")?;
                Order::Issue { payload: String::from(payload) }
            }
            "exposure" => {
                let records = root.member("records").and_then(Node::elements).ok_or("records")?;
                let records = records.iter().map(|record| record.text().map(String::from)).collect::<Option<_>>();
                Order::Exposure { records: records.ok_or("records")? }
            }
            "readiness" => Order::Readiness { known: String::from(root.member("known").ok_or("known")?.raw) },
            _ => return Err("do"),
        })
    }
}

// Left out, it is the first pinned token of the network.
fn asset(root: &Node<'_>, network: Network, registry: &Registry) -> Option<Asset> {
    match root.member("asset") {
        None => registry.first_asset(network),
        Some(node) => asset_at(&Address::parse(node.text()?).ok()?, network, registry),
    }
}

/// The pinned token at an address. The zero address is native ether, which every network has.
pub(super) fn asset_at(address: &Address, network: Network, registry: &Registry) -> Option<Asset> {
    let ether = || Asset {
        network,
        address: Address::ZERO,
        name: String::from("ETH"),
        version: String::new(),
        decimals: 18,
        currency: None,
    };
    registry.asset(network, address).or_else(|| (*address == Address::ZERO).then(ether))
}

fn flag(root: &Node<'_>, name: &str) -> Option<bool> {
    match root.member(name)?.value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    }
}

fn via(root: &Node<'_>) -> Option<Via> {
    match root.member("via").map(Node::text) {
        None | Some(Some("wallet")) => Some(Via::Wallet),
        Some(Some("facilitator")) => Some(Via::Facilitator),
        Some(Some("calldata")) => Some(Via::Calldata),
        Some(_) => None,
    }
}

fn cycle(root: &Node<'_>) -> Option<CycleId> {
    CycleId::parse(root.member("cycle")?.text()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Order, &'static str> {
        Order::parse(text.as_bytes(), Network::from_chain_id(84532).unwrap(), &Registry::default())
    }

    #[test]
    fn an_order_names_its_asset_or_means_the_pinned_one() {
        let Ok(Order::Deposit { asset, amount, via }) = parse(r#"{"do":"deposit","amount":"25000000"}"#) else {
            panic!()
        };
        assert_eq!((asset.name.as_str(), amount, via), ("USDC", Amount::from_u64(25_000_000), Via::Wallet));
        let ether = r#"{"do":"collateral","asset":"0x0000000000000000000000000000000000000000"}"#;
        assert!(matches!(parse(ether), Ok(Order::Collateral { asset }) if asset.decimals == 18));
    }

    #[test]
    fn a_field_that_makes_no_sense_is_named() {
        for (text, field) in [
            ("", "order"),
            ("{}", "do"),
            (r#"{"do":"drain"}"#, "do"),
            (r#"{"do":"deposit"}"#, "amount"),
            (r#"{"do":"deposit","amount":"0"}"#, "amount"),
            (r#"{"do":"deposit","amount":1}"#, "amount"),
            (r#"{"do":"deposit","amount":"1","via":"mail"}"#, "via"),
            (r#"{"do":"deposit","amount":"1","asset":"0x1111111111111111111111111111111111111111"}"#, "asset"),
            (r#"{"do":"settle","cycle":"0x00"}"#, "cycle"),
            (r#"{"do":"settle","cycle":"0x036CbD53842c5426634e7929541eC2318f3dCF7e:1"}"#, "cycle"),
            (r#"{"do":"settle","cycle":"0x036cbd53842c5426634e7929541ec2318f3dcf7e:01"}"#, "cycle"),
            (r#"{"do":"exposure","records":[1]}"#, "records"),
        ] {
            assert_eq!(parse(text), Err(field), "{text}");
        }
    }
}
