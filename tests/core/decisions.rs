//! Decisions as text, written here by the native crate and compared in every runtime by the WebAssembly one
//! (tests/runtime/suite/deciding.mjs). `FARTHING_WRITE=1` writes tests/vectors/decisions.json anew.

use std::path::Path;
use std::sync::Arc;

use farthing::ledger::View;
use farthing::policy::Purpose;
use farthing::primitives::{Amount, hex};
use farthing::purchase::{Answer, Command, Config, Entropy, Mode, Purchase, Request, Time};
use farthing::x402::header;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/decisions.json");
/// 2026-11-21 02:17:47 UTC. Only the numbers of time spans depend on it, and they are not compared.
const NOW_S: u64 = 1_795_227_467;
const URL: &str = "https://api.example.com/weather?key=1";
const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
const SELLER: &str = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C";

fn policies() -> Vec<Value> {
    let base = format!("eip155:8453/erc20:{USDC}");
    vec![
        json!(null),
        json!({}),
        json!({ "perRequest": "0.02 USD" }),
        json!({ "perRequest": "5 USD", "ephemeralLimit": "10 USD" }),
        json!({ "perRequest": "5 USD" }),
        json!({ "perAsset": { base.clone(): "10000" } }),
        json!({ "perRequest": "1 EUR" }),
        json!({ "perRequest": "1 USD", "sellers": ["*.example.com"] }),
        json!({ "perRequest": "1 USD", "sellers": { "deny": ["api.example.com"] } }),
        json!({ "perRequest": "1 USD", "payTo": { "api.example.com": [SELLER] }, "newSeller": "ask" }),
        json!({ "perRequest": "1 USD", "askAbove": "0.005 USD", "categories": ["data"] }),
        json!({ "perRequest": "1 USD", "schemes": ["4mica-credit"], "networks": ["eip155:84532"] }),
        json!({ "perRequest": "1 USD", "budgets": [
            { "limit": "5 USD", "every": "calendar-day", "timeZone": "Europe/Berlin" },
            { "limit": "1 USD", "every": "hour", "per": ["agent", "seller"] },
            { "limit": "9000000", "asset": base, "every": 90, "only": { "category": ["data"] } },
            { "count": 20, "every": "minute", "per": "payTo" }, { "atOnce": 4, "per": "task" },
        ]}),
    ]
}

fn offers() -> Vec<Value> {
    let offer = |changes: Value| {
        let mut offer = json!({
            "scheme": "exact", "network": "eip155:8453", "amount": "10000", "asset": USDC, "payTo": SELLER,
            "maxTimeoutSeconds": 60, "extra": { "name": "USD Coin", "version": "2" },
        });
        for (name, value) in changes.as_object().unwrap() {
            offer[name] = value.clone();
        }
        offer
    };
    vec![
        json!([offer(json!({}))]),
        json!([offer(json!({ "amount": "20001" })), offer(json!({ "amount": "19999" }))]),
        json!([offer(json!({ "amount": "2000000" }))]),
        json!([offer(json!({ "amount": "0" }))]),
        json!([offer(json!({ "amount": "010" })), offer(json!({ "scheme": "upto" }))]),
        json!([offer(json!({ "payTo": "0x90F79bf6EB2c4f870365E785982E1f101E93b906" }))]),
        json!([offer(
            json!({ "amount": "115792089237316195423570985008687907853269984665640564039457584007913129639935" })
        )]),
        json!([
            offer(json!({ "network": "eip155:84532", "asset": "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
                "scheme": "4mica-credit", "extra": {} })),
            offer(json!({ "extra": { "name": "USDC", "version": "2" } })),
        ]),
    ]
}

fn zones(config: &Config) -> Vec<i32> {
    config.policy.zones().iter().map(|_| 60).collect()
}

fn decision(options: &Value, purpose: &Value, challenge: &Value) -> Value {
    let config = Arc::new(Config::parse(options.to_string().as_bytes()).unwrap());
    let text = |name: &str| purpose[name].as_str().map(str::to_owned);
    let request = Request {
        purchase_id: None,
        method: "GET".into(),
        url: URL.into(),
        body_hash: [0; 32],
        purpose: Purpose { task: text("task"), agent: text("agent"), category: text("category"), ..Purpose::default() },
        at_most: None,
        quoted: None,
    };
    let entropy = Entropy { id: [1; 16], nonce: [2; 32], salt: [3; 32] };
    let time = Time { now_s: NOW_S, zones: zones(&config) };
    let (mut purchase, mut command) = Purchase::new(config, Mode::Quote, request, entropy, time);
    loop {
        command = match command {
            Command::Load { query } => {
                let used = query.holds.iter().map(|_| Amount::ZERO).collect();
                let notes = query.notes.iter().map(|_| None).collect();
                purchase.on_loaded(View { entries: Vec::new(), notes, used }, NOW_S)
            }
            Command::Probe => {
                let header = Some(header::encode(challenge.to_string().as_bytes()));
                let answer = Answer { status: 402, url: URL.into(), header, body: Vec::new(), date_s: None };
                purchase.on_answer(&answer, NOW_S)
            }
            Command::Quoted(quoted) => {
                let (terms, decision) = (quoted.record.terms.unwrap(), quoted.record.decision.unwrap());
                let budgets: Vec<_> = quoted.budgets.iter().map(|(hold, _)| [&hold.key, &hold.shown.1]).collect();
                return json!({
                    "asks": quoted.asks.map(|code| code.as_str()), "rule": decision.rule,
                    "policy": hex::encode(&decision.policy), "binding": hex::encode(&terms.binding),
                    "budgets": budgets,
                });
            }
            Command::Fail { failure, .. } => {
                let considered: Vec<_> =
                    failure.considered.iter().map(|(index, code)| json!([index, code.as_str()])).collect();
                return json!({ "code": failure.code.as_str(), "facts": failure.facts, "considered": considered });
            }
            other => panic!("{other:?}"),
        };
    }
}

#[test]
fn decisions_are_those_of_the_vectors_that_every_runtime_compares() {
    let purposes = [json!({}), json!({ "task": "t", "agent": "a \"quoted\"", "category": "data" })];
    let mut cases = Vec::new();
    for policy in policies() {
        let options = if policy.is_null() { json!({}) } else { json!({ "policy": policy }) };
        for offers in offers() {
            for purpose in &purposes {
                let resource = json!({ "url": "https://api.example.com/weather" });
                let challenge = json!({ "x402Version": 2, "resource": resource, "accepts": offers });
                let decided = decision(&options, purpose, &challenge);
                cases
                    .push(json!({ "policy": policy, "purpose": purpose, "challenge": challenge, "decision": decided }));
            }
        }
    }
    let outcomes = |name: &str| cases.iter().filter(|case| !case["decision"][name].is_null()).count();
    assert!(outcomes("code") > 50 && outcomes("asks") > 5 && outcomes("rule") > 50, "a corpus that says something");
    let lines: Vec<_> = cases.iter().map(Value::to_string).collect();
    let text = format!("{{\"url\":\"{URL}\",\"cases\":[\n{}\n]}}\n", lines.join(",\n"));
    if std::env::var_os("FARTHING_WRITE").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    assert!(Path::new(FILE).exists(), "write it: FARTHING_WRITE=1 cargo test --test decisions");
    assert!(std::fs::read_to_string(FILE).unwrap() == text, "other decisions than tests/vectors/decisions.json");
}
