//! Requests, commands and options almost as they should be: each is answered, no request makes money, and nothing is
//! guaranteed but what a payer signed.

use std::time::{Duration, Instant};

use alloy_primitives::{B256, U256};
use farthing::sandbox::{Request, Sandbox};
use serde_json::{Value, json};

use crate::payer::*;
use crate::recording::*;
use crate::support::files::{report, text};
use crate::support::random::Random;

const CORE: &str = "https://core.sandbox.test";
const FACILITATOR: &str = "https://facilitator.sandbox.test";
const SHOP: &str = "https://seller-1.sandbox.test/report?day=1";
/// Every signed amount.
const PRICE: u64 = 10_000;

#[test]
fn altered_requests_are_answered_and_neither_make_nor_lock_money_nobody_signed() {
    for generation in ["cycle", "clearing-house"] {
        let (mut sandbox, payer) = opened(generation);
        let seeds = requests(&mut sandbox, &payer, generation);
        for seed in &seeds {
            assert_ne!(answered(&mut sandbox, seed), 404, "{}", seed.escape_ascii());
        }
        let (sum, locked) = books(&mut sandbox);
        assert!(locked > 0, "{generation}");
        let mut random = Random::seeded(0x5a4d);
        mutated(&format!("requests in {generation}"), &mut random, &seeds, |input| {
            answered(&mut sandbox, input);
            let (now, locked) = books(&mut sandbox);
            assert_eq!(now, sum);
            assert_eq!(locked % PRICE, 0);
        });
    }
}

#[test]
fn altered_commands_and_options_are_carried_out_or_refused_by_name() {
    let (mut sandbox, payer) = opened("cycle");
    let asset = description(&mut sandbox)["assets"][0]["address"].as_str().unwrap().to_owned();
    let with = |name: &str| json!({ "do": name, "account": payer.text(), "asset": asset, "amount": "1" });
    let names = ["mint", "deposit", "withdraw", "suspend", "resume", "admit", "close-cycle", "describe", "balances"];
    let cycle = format!("{}:{}", asset.to_lowercase(), NOW_S / 86_400 * 86_400);
    let settling = ["pay-net-debit", "claim-net-credit", "default"];
    let settling = settling.map(|name| json!({ "do": name, "account": payer.text(), "cycle": cycle }));
    let seeds: Vec<Vec<u8>> =
        names.map(with).iter().chain(&settling).map(|command| command.to_string().into_bytes()).collect();
    let mut random = Random::seeded(0x5a4e);
    let mut step = 0;
    mutated("commands", &mut random, &seeds, |input| {
        step += 1;
        if let Ok(answer) = sandbox.command(input, [9; 32], NOW_S + step) {
            serde_json::from_str::<Value>(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        }
    });
    let seller = json!({ "price": "1000", "x402Version": 1, "payTo": payer.text(), "extra": {} });
    let options = json!({
        "network": "eip155:84532", "generation": "cycle", "cycleSeconds": 60, "paymentSeconds": 90,
        "maxUncheckpointed": 5, "sellers": [seller], "issuers": [payer.text()], "facilitators": [],
        "assets": [{ "symbol": "USDC", "address": asset, "decimals": 6 }], "coreUrl": CORE,
    });
    assert!(Sandbox::new(options.to_string().as_bytes(), [1; 32]).is_ok());
    mutated("options", &mut random, &[options.to_string().into_bytes()], |input| {
        if let Ok(mut sandbox) = Sandbox::new(input, [1; 32]) {
            description(&mut sandbox);
        }
    });
}

fn opened(generation: &str) -> (Sandbox, Payer) {
    let payer = Payer::new(1);
    let facilitator = Payer::new(99).text();
    let options = json!({ "generation": generation, "facilitators": [facilitator], "issuers": [facilitator] });
    (funded(options, &[&payer]), payer)
}

/// One request of every kind: a line with method and URL, lines with headers, an empty line, the body.
fn requests(sandbox: &mut Sandbox, payer: &Payer, generation: &str) -> Vec<Vec<u8>> {
    let (entry, version) = challenge(&get(sandbox, SHOP, &[], NOW_S));
    let own = bearer(sandbox, &payer.text(), NOW_S);
    let issuer = bearer(sandbox, &Payer::new(99).text(), NOW_S);
    let asset = description(sandbox)["assets"][0]["address"].as_str().unwrap().to_owned();
    let user = payer.text();
    let mut signed = |req_id: u64| -> Value {
        let order = Order { amount: PRICE, ..order(&entry, req_id, NOW_S) };
        if generation == "cycle" {
            return payer.claims(order);
        }
        let path = format!("{CORE}/core/cycles/active?asset={asset}");
        let cycle = json_of(&get(sandbox, &path, &[("authorization", &own)], NOW_S));
        let public = json_of(&get(sandbox, &format!("{CORE}/core/public-params"), &[], NOW_S));
        let house = text(&public, "clearing_house_address").parse().unwrap();
        payer.authorisation(order, text(&cycle, "cycle_id").parse::<B256>().unwrap(), house)
    };
    let (name, value) = payment(&entry, version, signed(1));
    let envelope = json!({ "x402Version": 2, "accepted": entry, "payload": signed(2) });
    let settle = json!({ "x402Version": 2, "paymentPayload": envelope, "paymentRequirements": entry });
    let login = json!({ "address": user });
    let verify = json!({ "address": user, "message": "m", "signature": format!("0x{}", "11".repeat(65)) });
    let get_as = |path: &str, token: &str| format!("GET {CORE}{path}\nauthorization: {token}\n\n");
    let post_as = |url: &str, token: &str, body: &Value| {
        format!("POST {url}\ncontent-type: application/json\nauthorization: {token}\n\n{body}")
    };
    let texts = [
        format!("GET {SHOP}\n{name}: {value}\n\n"),
        format!("GET {CORE}/core/public-params\n\n"),
        get_as("/core/tokens", &own),
        get_as(&format!("/core/users/{user}/assets/{asset}"), &own),
        post_as(&format!("{CORE}/auth/nonce"), "", &login),
        post_as(&format!("{CORE}/auth/verify"), "", &verify),
        post_as(&format!("{CORE}/auth/refresh"), "", &json!({ "refresh_token": "r" })),
        post_as(&format!("{CORE}/core/guarantees"), &issuer, &signed(3)),
        post_as(&format!("{FACILITATOR}/verify"), "", &settle),
        post_as(&format!("{FACILITATOR}/settle"), "", &settle),
    ];
    texts.map(String::into_bytes).into()
}

/// The status of the answer to a request in that form.
fn answered(sandbox: &mut Sandbox, input: &[u8]) -> u16 {
    let (head, body) = input.split_at(input.windows(2).position(|two| two == b"\n\n").unwrap_or(input.len()));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (method, url) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or_default();
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let request = Request { method, url, headers: &headers, body: body.get(2..).unwrap_or_default() };
    let answer = sandbox.answer(&request, [4; 32], NOW_S);
    assert!((200..600).contains(&answer.status), "{}", answer.status);
    assert!(answer.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])));
    answer.status
}

/// All the money there is, and how much of it is locked.
fn books(sandbox: &mut Sandbox) -> (U256, u64) {
    let balances = command(sandbox, json!({ "do": "balances" }), NOW_S).unwrap();
    let (mut sum, mut locked) = (U256::ZERO, 0);
    for row in balances["accounts"].as_array().unwrap() {
        let amount = |name: &str| text(row, name).parse::<U256>().unwrap();
        sum += amount("wallet") + amount("collateral");
        locked += amount("locked").to::<u64>();
    }
    (sum, locked)
}

fn mutated(name: &str, random: &mut Random, seeds: &[Vec<u8>], mut judge: impl FnMut(&[u8])) {
    let (start, mut rounds) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_millis(800) {
        let input = random.mutated(seeds);
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&input)));
        assert!(judged.is_ok(), "{name}, round {rounds}: {}", input.escape_ascii());
        rounds += 1;
    }
    report(&format!("sandbox: {rounds} {name}"));
}
