//! Whether everything a payer needs is there: six things, each looked at for real, each green or with the exact fix.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Doing, Failure, standing};
use crate::contract::transaction::counted;
use crate::core4mica::{self, Balance, CoreToken, Parameters};
use crate::error::Code;
use crate::json::{self, Node, Value, Writer};
use crate::primitives::Address;
use crate::registry::Asset;

/// The answer about one thing.
struct Check {
    name: &'static str,
    /// What is so.
    says: String,
    /// What to do, when it is not as it should be.
    fix: Option<String>,
}

impl Check {
    fn green(name: &'static str, says: String) -> Self {
        Check { name, says, fix: None }
    }

    fn red(name: &'static str, says: String, fix: String) -> Self {
        Check { name, says, fix: Some(fix) }
    }

    fn failed(name: &'static str, doing: &str, failure: &Failure) -> Self {
        let facts = if failure.facts.is_empty() { String::new() } else { format!(" ({})", failure.facts) };
        let says = format!("Could not {doing}: {}{facts} [{}].", failure.code.meaning(), failure.code);
        Check::red(name, says, String::from(failure.code.fix()))
    }
}

/// What the driver knows without asking anybody outside: `{"wallet": {"local", "sends", "signsIn"}, "policy": {"field"?,
/// "schemes"?, "networks"?, "perRequest"?, "stopped"?}, "store": {"durable", "problem"?}}`.
struct Known<'a>(Node<'a>);

impl Known<'_> {
    fn at(&self, path: &[&str]) -> Option<&Node<'_>> {
        path.iter().try_fold(&self.0, |node, name| node.member(name))
    }

    fn is(&self, path: &[&str]) -> bool {
        matches!(self.at(path), Some(Node { value: Value::Bool(true), .. }))
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    // `None` where the list is not given, which allows everything.
    fn lists(&self, path: &[&str], entry: &str) -> Option<bool> {
        let entries = self.at(path)?.elements()?;
        Some(entries.iter().any(|node| node.text() == Some(entry)))
    }
}

/// `{"ready", "checks": [{"check", "ok", "says", "fix"?}], "words"}`
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
        policy(doing, &known),
        gas(doing, &known).await,
        records(&known),
    ];
    Ok(report(&checks))
}

async fn wallet(doing: &Doing, known: &Known<'_>) -> Check {
    let address = doing.address();
    if doing.place.node {
        match doing.has_code(&address).await {
            Err(failure) => return Check::failed("wallet", "look at the account", &failure),
            Ok(true) => {
                let fix = "Pay from an ordinary account: 4Mica takes its signatures and no contract's.";
                return Check::red("wallet", format!("{address} is a contract."), String::from(fix));
            }
            Ok(false) => {}
        }
    }
    let how = if known.is(&["wallet", "local"]) { "with a key in this process" } else { "and asks its owner" };
    Check::green("wallet", format!("{address} signs {how}."))
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
    // A login may have to ask a person; the contract tells everybody.
    let total = if known.is(&["wallet", "local"]) || !doing.place.node {
        standing::balance(doing, &asset.address).await.map(|balance| balance.unwrap_or(Balance::NONE))
    } else {
        let Some(parameters) = parameters else {
            return Check::red(
                name,
                String::from("Nothing is known of it while the core does not answer."),
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
        let says = format!("{} free of {} on {network}.", counted(asset, available), counted(asset, balance.total));
        return Check::green(name, says);
    }
    let says = if balance.total.is_zero() {
        format!("There is no collateral on {network} yet, so no seller's guarantee would be accepted.")
    } else {
        format!("All of {} on {network} is held by guarantees that are not settled.", counted(asset, balance.total))
    };
    let deposit = "`await account.deposit({ amount: 5_000_000n })`";
    let fix = match wallet {
        Some(holds) if holds.is_zero() => format!(
            "The wallet holds no {} either: send some to {} on {network}, then {deposit} puts 5 of it in.",
            asset.name,
            doing.address()
        ),
        Some(holds) => format!("The wallet holds {}: {deposit} puts 5 of it in.", counted(asset, holds)),
        None => format!("{deposit} puts 5 {} in; it asks the wallet twice, to allow and to deposit.", asset.name),
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

fn policy(doing: &Doing, known: &Known<'_>) -> Check {
    let name = "policy";
    let network = doing.place.network.to_string();
    if let Some(field) = known.text(&["policy", "field"]) {
        return Check::red(
            name,
            String::from("The policy cannot be read, so nothing would be paid."),
            format!("Mend the field `{field}`."),
        );
    }
    if known.is(&["policy", "stopped"]) {
        return Check::red(
            name,
            String::from("Payments of this store are stopped."),
            String::from("`await resumePayments(store)`, when the owner says so."),
        );
    }
    if known.lists(&["policy", "schemes"], "4mica-credit") == Some(false) {
        return Check::red(
            name,
            String::from("The policy does not allow guarantees."),
            String::from("Add '4mica-credit' to `schemes`."),
        );
    }
    if known.lists(&["policy", "networks"], &network) == Some(false) {
        return Check::red(
            name,
            format!("The policy does not allow {network}."),
            format!("Add '{network}' to `networks`."),
        );
    }
    let limit = known.text(&["policy", "perRequest"]).unwrap_or("an amount of each token");
    Check::green(name, format!("Guarantees on {network} are allowed, up to {limit} a request."))
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

fn records(known: &Known<'_>) -> Check {
    let name = "records";
    if let Some(problem) = known.text(&["store", "problem"]) {
        return Check::red(
            name,
            format!("The store does not work: {problem}."),
            String::from("Nothing is paid while the store fails."),
        );
    }
    if known.is(&["store", "durable"]) {
        return Check::green(name, String::from("The store keeps records beyond this process."));
    }
    Check::red(
        name,
        String::from("Records and budgets live in memory and are gone with this process."),
        String::from(
            "Pass a durable `store`, for example `await sqliteStore('payments.db')` of farthing/stores/sqlite.",
        ),
    )
}

fn report(checks: &[Check]) -> String {
    let ready = checks.iter().all(|check| check.fix.is_none());
    let mut objects = Vec::new();
    let mut words = String::from(if ready {
        "Ready to pay with 4Mica.\n"
    } else {
        "Not ready to pay with 4Mica yet. What is missing, in the order to do it:\n"
    });
    for check in checks {
        let ok = check.fix.is_none();
        words.push_str(&format!("{} {}: {}\n", if ok { "✓" } else { "✗" }, check.name, check.says));
        if let Some(fix) = &check.fix {
            words.push_str(&format!("    → {fix}\n"));
        }
        let object = Writer::object()
            .text("check", check.name)
            .raw("ok", if ok { "true" } else { "false" })
            .text("says", &check.says)
            .text_if("fix", check.fix.as_deref());
        objects.push(object.finish());
    }
    Writer::object()
        .raw("ready", if ready { "true" } else { "false" })
        .raw("checks", &format!("[{}]", objects.join(",")))
        .text("words", words.trim_end())
        .finish()
}
