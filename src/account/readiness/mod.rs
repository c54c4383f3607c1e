//! Whether everything a payer needs is there: six things, each looked at for real, each green or with the exact fix.

mod check;
mod known;

use alloc::format;
use alloc::string::{String, ToString};

use super::{Doing, Failure, standing};
use crate::contract::transaction::counted;
use crate::core4mica::{self, Balance, CoreToken, Parameters};
use crate::error::Code;
use crate::json;
use crate::primitives::{Address, Amount};
use crate::registry::Asset;
use check::Check;
use known::Known;

/// Looks at everything; whatever fails is an answer about its thing.
pub(super) async fn readiness(doing: &Doing, known: &str) -> Result<String, Failure> {
    let root = json::read_own(known.as_bytes()).map_err(|_| Failure::new(Code::Options))?;
    let known = Known(root);
    let asset = doing.place.registry.first_asset(doing.place.network);
    let asset = asset.ok_or_else(|| Failure::with(Code::AssetNotAllowed, doing.place.network.to_string()))?;
    let parameters = doing.parameters().await;
    let checks = [
        wallet(doing, &known).await,
        collateral(doing, &known, &asset, parameters.as_ref().ok()).await,
        client(doing, &asset, &parameters).await,
        known::policy(doing.place.network, &known),
        gas(doing, &known).await,
        known::records(&known),
    ];
    Ok(check::report(&checks))
}

async fn wallet(doing: &Doing, known: &Known<'_>) -> Check {
    let address = doing.address();
    if doing.place.node {
        match doing.code(&address).await {
            Err(failure) => return Check::failed("wallet", "look at the account", &failure),
            Ok(code) if is_contract(&code) => {
                let fix = "Pay from an ordinary account: 4Mica takes its signatures and no contract's.";
                return Check::red("wallet", format!("{address} is a contract."), String::from(fix));
            }
            Ok(_) => {}
        }
    }
    let how = if known.is(&["wallet", "local"]) { "with a key in this process" } else { "and asks its owner" };
    Check::green("wallet", format!("{address} signs {how}."))
}

// An account that lends itself a contract's code signs with its key all the same. Source: EIP-7702, "Delegation
// indicator".
fn is_contract(code: &[u8]) -> bool {
    let delegated = code.len() == 23 && code.starts_with(&[0xef, 0x01, 0x00]);
    !code.is_empty() && !delegated
}

async fn collateral(doing: &Doing, known: &Known<'_>, asset: &Asset, parameters: Option<&Parameters>) -> Check {
    let name = "collateral";
    let mut wallet = None;
    if doing.place.node {
        match doing.holdings(asset).await {
            Ok(holds) => wallet = Some(holds),
            Err(failure) => return Check::failed(name, "look into the wallet", &failure),
        }
    }
    // A login may have to ask a person; the contract tells everybody, though not what guarantees hold.
    let local = known.is(&["wallet", "local"]);
    let total = if local {
        standing::balance(doing, &asset.address).await.map(|balance| balance.unwrap_or(Balance::NONE))
    } else if !doing.place.node {
        return Check::red(
            name,
            String::from("Only a login would tell, and for a look nobody is asked to sign one."),
            String::from("Pass `rpc`, your node of the network, or call `await account.collateral()`."),
        );
    } else {
        let Some(parameters) = parameters else {
            return Check::red(
                name,
                String::from("Nothing is known of it as long as the core cannot be used."),
                String::from("See the check of the client."),
            );
        };
        standing::deposited(doing, &parameters.core4mica, asset)
            .await
            .map(|deposited| Balance { total: deposited.collateral, ..Balance::NONE })
    };
    let balance = match total {
        Ok(balance) => balance,
        Err(failure) => return Check::failed(name, "read the collateral", &failure),
    };
    let (available, network) = (balance.available(), doing.place.network);
    if !available.is_zero() {
        let total = counted(asset, balance.total);
        return Check::green(
            name,
            match local {
                true => format!("{} free of {total} on {network}.", counted(asset, available)),
                false => format!("{total} on {network}; what guarantees hold of it only a login tells."),
            },
        );
    }
    let says = if balance.total.is_zero() {
        format!("There is no collateral on {network} yet, so no seller's guarantee would be accepted.")
    } else {
        format!("All of {} on {network} is held by guarantees that are not settled.", counted(asset, balance.total))
    };
    let (how, puts) = match (known.is(&["wallet", "sends"]), doing.place.facilitator.is_some()) {
        (true, _) => ("", "puts"),
        (false, true) => (", { via: 'facilitator' }", "puts"),
        (false, false) => (", { via: 'calldata' }", "tells what to send elsewhere that puts"),
    };
    let five = Amount::from_u64(5).scaled_up(asset.decimals).unwrap_or(Amount::MAX);
    let deposit =
        |sum: Amount| format!("`await account.deposit({{ amount: {sum}n }}{how})` {puts} {} in.", counted(asset, sum));
    let fix = match wallet {
        Some(holds) if holds.is_zero() => format!(
            "The wallet holds no {} either: send some to {} on {network}, then {}",
            asset.name,
            doing.address(),
            deposit(five)
        ),
        Some(holds) => format!("The wallet holds {}: {}", counted(asset, holds), deposit(holds.min(five))),
        None => deposit(five),
    };
    Check::red(name, says, fix)
}

async fn client(doing: &Doing, asset: &Asset, parameters: &Result<Parameters, Failure>) -> Check {
    let name = "client";
    let parameters = match parameters {
        Ok(parameters) => parameters,
        Err(failure) => return Check::failed(name, &format!("use the core at {}", doing.core().url), failure),
    };
    let tokens = match doing.ask(core4mica::tokens_request(doing.core())).await {
        Ok(answer) => CoreToken::read_all(&answer.answer(), doing.core()).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    match tokens {
        Err(failure) => Check::failed(name, "ask the core for its tokens", &failure),
        Ok(tokens) if asset.address != Address::ZERO && !tokens.iter().any(|token| token.address == asset.address) => {
            Check::red(
                name,
                format!("The core at {} does not take {} {}.", doing.core().url, asset.name, asset.address),
                String::from("Pin in `assets` a token that it takes, or use another core."),
            )
        }
        Ok(_) => Check::green(
            name,
            format!(
                "4mica-credit on {}: the core at {} answers as pinned (generation {}).",
                doing.place.network,
                doing.core().url,
                parameters.generation.as_str()
            ),
        ),
    }
}

async fn gas(doing: &Doing, known: &Known<'_>) -> Check {
    let name = "gas";
    if doing.place.facilitator.is_some() {
        return Check::green(
            name,
            String::from("None needed: the facilitator sends deposits and settlements (`via: 'facilitator'`)."),
        );
    }
    if !doing.place.node {
        return Check::red(
            name,
            String::from("Nobody here can look: paying needs no gas, deposits, withdrawals and settlements do."),
            String::from("Pass `rpc`, your node of the network, or `facilitator`, which sends them for you."),
        );
    }
    match doing.ether().await {
        Err(failure) => Check::failed(name, "look for gas", &failure),
        Ok(wei) if wei.is_zero() => Check::red(
            name,
            String::from("The account has no ether for gas: paying needs none, the deposit before it does."),
            format!("Send about 0.001 ETH to {} on {}.", doing.address(), doing.place.network),
        ),
        Ok(_) if known.is(&["wallet", "sends"]) => {
            Check::green(name, String::from("The account has ether for gas, and its wallet sends transactions."))
        }
        Ok(_) => Check::green(
            name,
            String::from(
                "The account has ether for gas. This wallet only signs: `via: 'calldata'` tells what to send elsewhere.",
            ),
        ),
    }
}
