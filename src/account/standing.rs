//! Where the account stands: its login, and its collateral as core and the contract see it.

use alloc::string::{String, ToString};

use super::{Doing, Failure};
use crate::contract::core4mica::{self as contract, Deposited};
use crate::contract::transaction::counted;
use crate::core4mica::{Balance, balance_request};
use crate::json::Writer;
use crate::primitives::Address;
use crate::registry::Asset;

pub(super) async fn login(doing: &Doing) -> Result<String, Failure> {
    let expires_s = doing.place.session.login(&doing.outside).await?;
    Ok(Writer::object().integer("expires", expires_s).finish())
}

pub(super) async fn logout(doing: &Doing) -> Result<String, Failure> {
    let was = doing.place.session.logout(&doing.outside).await?;
    Ok(String::from(if was { "true" } else { "false" }))
}

/// `{"asset", "total", "locked", "available", "words", "contract"?: {"collateral", "wallet", "withdrawal"?}}`
pub(super) async fn collateral(doing: &Doing, asset: &Asset) -> Result<String, Failure> {
    let balance = balance(doing, &asset.address).await?.unwrap_or(Balance::NONE);
    let object = balance_json(asset, &balance);
    if !doing.place.node {
        return Ok(object.finish());
    }
    let core4mica = doing.parameters().await?.core4mica;
    let deposited = deposited(doing, &core4mica, asset).await?;
    let wallet = doing.holdings(asset).await?;
    let mut chain =
        Writer::object().text("collateral", &deposited.collateral.to_string()).text("wallet", &wallet.to_string());
    if let Some(withdrawal) = deposited.withdrawal {
        let wait = doing.view(&core4mica, &contract::withdrawal_grace_period()).await?;
        let due_s = contract::read_seconds(&wait).and_then(|wait_s| withdrawal.due_s(wait_s));
        let mut object = Writer::object().text("amount", &withdrawal.amount.to_string());
        if let Some(due_s) = due_s {
            object = object.integer("due", due_s);
        }
        chain = chain.raw("withdrawal", &object.finish());
    }
    Ok(object.raw("contract", &chain.finish()).finish())
}

/// What core holds for this account; `None` when it never deposited there.
pub(super) async fn balance(doing: &Doing, asset: &Address) -> Result<Option<Balance>, Failure> {
    let user = doing.address();
    let answer = doing.ask(balance_request(doing.core(), &user, asset)).await?;
    Ok(Balance::read(&answer.answer(), &user, asset)?)
}

pub(super) async fn deposited(doing: &Doing, core4mica: &Address, asset: &Asset) -> Result<Deposited, Failure> {
    let answer = doing.view(core4mica, &contract::deposited(&doing.address(), &asset.address)).await?;
    Deposited::read(&answer).ok_or_else(|| Failure::with(crate::error::Code::AccountNode, String::from("getUser")))
}

pub(super) fn balance_json(asset: &Asset, balance: &Balance) -> Writer {
    let available = balance.available();
    Writer::object()
        .text("asset", &asset.address.checksummed())
        .text("total", &balance.total.to_string())
        .text("locked", &balance.locked.to_string())
        .text("available", &available.to_string())
        .text("words", &alloc::format!("{} free of {}", counted(asset, available), counted(asset, balance.total)))
}
