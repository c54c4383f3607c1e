//! The six things a payer needs, each of them red in each of its ways. The texts are in readiness.txt:
//! `FARTHING_WRITE=1 cargo test --features bls --test account` writes them.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use farthing::account::Told;
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::core::balance;
use crate::world::{CORE4MICA, World, payer};

const CHECKS: [&str; 6] = ["wallet", "collateral", "client", "policy", "gas", "records"];

/// What differs from everything being there.
struct Case {
    title: &'static str,
    /// The checks that are red.
    red: &'static [&'static str],
    core: Value,
    place: Value,
    /// A path into what the driver knows, and the value there; null takes it away.
    known: &'static [(&'static str, Value)],
    change: fn(&mut World),
}

const NOTHING: Case = Case { title: "", red: &[], core: Value::Null, place: Value::Null, known: &[], change: |_| () };
const LOCAL: (&str, Value) = ("/wallet/local", Value::Bool(true));
const SIGNS_ONLY: (&str, Value) = ("/wallet/sends", Value::Bool(false));

fn world(case: &Case) -> World {
    let or = |value: &Value| if value.is_null() { json!({}) } else { value.clone() };
    let mut place = json!({ "facilitator": null });
    place.as_object_mut().unwrap().extend(or(&case.place).as_object().unwrap().clone());
    let mut world = World::with(or(&case.core), place);
    world.core.balance = balance(5_000_000, 1_000_000);
    world.node.deposited = (5_000_000, 0, 0);
    (case.change)(&mut world);
    world
}

fn order(case: &Case) -> Value {
    let mut known = json!({
        "wallet": { "local": false, "sends": true },
        "policy": { "schemes": ["4mica-credit"], "networks": ["eip155:84532"], "perRequest": "0.10 USD" },
        "store": { "durable": true, "problem": null },
    });
    for (path, value) in case.known {
        let (parent, name) = path.rsplit_once('/').unwrap();
        known.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    json!({ "do": "readiness", "known": known })
}

fn look(case: &Case) -> (Value, World) {
    let mut world = world(case);
    let result = world.run(order(case)).unwrap();
    (result, world)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn cases() -> Vec<Case> {
    let nothing_in = |world: &mut World| {
        world.node.deposited = (0, 0, 0);
        world.core.balance = Value::Null;
    };
    let policy =
        |title, path, value| Case { title, red: &["policy"], known: Vec::leak(vec![(path, value)]), ..NOTHING };
    vec![
        Case { title: "everything is there", ..NOTHING },
        Case {
            title: "a local key and no node",
            known: &[LOCAL, SIGNS_ONLY],
            red: &["gas"],
            place: json!({ "node": false }),
            ..NOTHING
        },
        Case {
            title: "an account with delegated code",
            change: |world| {
                world.node.account_code = format!("0xef0100{}", "42".repeat(20));
            },
            ..NOTHING
        },
        Case {
            title: "a contract",
            red: &["wallet"],
            change: |world| world.node.account_code = "0x6080".into(),
            ..NOTHING
        },
        Case {
            title: "a node that is silent",
            red: &["wallet", "collateral", "gas"],
            change: |world| {
                world.node.instead = vec![("chain id", 0, String::new())];
            },
            ..NOTHING
        },
        Case {
            title: "a node of another chain",
            red: &["wallet", "collateral", "gas"],
            change: |world| world.node.chain_id = 1,
            ..NOTHING
        },
        Case { title: "no collateral", red: &["collateral"], change: nothing_in, ..NOTHING },
        Case {
            title: "no collateral, and less than five in the wallet",
            red: &["collateral"],
            change: |world| {
                world.node.deposited = (0, 0, 0);
                world.node.tokens = 1_500_000;
            },
            ..NOTHING
        },
        Case {
            title: "neither collateral nor tokens",
            red: &["collateral"],
            change: |world| {
                world.node.deposited = (0, 0, 0);
                world.node.tokens = 0;
            },
            ..NOTHING
        },
        Case {
            title: "no collateral, and a local key with a facilitator",
            red: &["collateral"],
            known: &[LOCAL, SIGNS_ONLY],
            place: json!({ "facilitator": "https://sponsor.example" }),
            change: nothing_in,
            ..NOTHING
        },
        Case {
            title: "no collateral, and a local key alone",
            red: &["collateral", "gas"],
            known: &[LOCAL, SIGNS_ONLY],
            place: json!({ "node": false }),
            change: nothing_in,
            ..NOTHING
        },
        Case {
            title: "all collateral held",
            red: &["collateral"],
            known: &[LOCAL, SIGNS_ONLY],
            change: |world| {
                world.core.balance = balance(5_000_000, 5_000_000);
            },
            ..NOTHING
        },
        Case {
            title: "a login that is refused",
            red: &["collateral"],
            known: &[LOCAL, SIGNS_ONLY],
            change: |world| {
                world.wallet.push_back(Told::Refused(Code::WalletFailed));
            },
            ..NOTHING
        },
        Case {
            title: "neither a local key nor a node",
            red: &["collateral", "gas"],
            place: json!({ "node": false }),
            ..NOTHING
        },
        Case {
            title: "a core that is silent",
            red: &["collateral", "client"],
            change: |world| {
                world.core.always("/core/", 0, Value::Null);
            },
            ..NOTHING
        },
        Case {
            title: "a core that is not the pinned one",
            red: &["collateral", "client"],
            core: json!({ "contract": payer().text() }),
            ..NOTHING
        },
        Case {
            title: "a core of another generation",
            red: &["collateral", "client"],
            core: json!({ "generation": "clearing-house" }),
            ..NOTHING
        },
        Case {
            title: "a core without this token",
            red: &["client"],
            change: |world| {
                let tokens = json!([{ "symbol": "OTHER", "address": CORE4MICA, "decimals": 6 }]);
                world.core.always("/core/tokens", 200, json!({ "chain_id": 84532, "tokens": tokens }));
            },
            ..NOTHING
        },
        Case {
            title: "a core that tells no tokens",
            red: &["client"],
            change: |world| {
                world.core.always("/core/tokens", 500, json!({}));
            },
            ..NOTHING
        },
        policy("a policy that cannot be read", "/policy/field", text("perRequest")),
        policy("payments stopped", "/policy/stopped", Value::Bool(true)),
        policy("a policy without guarantees", "/policy/schemes", Value::Array(vec![text("exact")])),
        policy("a policy for another network", "/policy/networks", Value::Array(vec![text("eip155:8453")])),
        Case { title: "a policy without lists or limit", known: &[("/policy", Value::Null)], ..NOTHING },
        Case { title: "no ether", red: &["gas"], change: |world| world.node.ether = 0, ..NOTHING },
        Case { title: "a wallet that only signs", known: &[SIGNS_ONLY], ..NOTHING },
        Case {
            title: "a facilitator",
            place: json!({ "facilitator": "https://sponsor.example" }),
            change: |world| world.node.ether = 0,
            ..NOTHING
        },
        Case {
            title: "a store in memory",
            red: &["records"],
            known: &[("/store/durable", Value::Bool(false))],
            ..NOTHING
        },
        Case {
            title: "a store that fails",
            red: &["records"],
            known: Vec::leak(vec![("/store/problem", text("disk full"))]),
            ..NOTHING
        },
    ]
}

#[test]
fn each_of_the_six_checks_is_red_in_each_of_its_ways_and_says_what_to_do() {
    let mut written = String::new();
    for case in cases() {
        let (result, _) = look(&case);
        let checks = result["checks"].as_array().unwrap();
        let names: Vec<_> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
        assert_eq!(names, CHECKS);
        let red: Vec<_> = checks.iter().filter(|check| check["ok"] == false).collect();
        let names: Vec<_> = red.iter().map(|check| check["check"].as_str().unwrap()).collect();
        assert_eq!(names, case.red, "{}: {}", case.title, result["words"]);
        assert!(checks.iter().all(|check| check.get("fix").is_some() == (check["ok"] == false)));
        assert_eq!(result["ready"], red.is_empty());
        writeln!(written, "# {}\n\n{}\n", case.title, result["words"].as_str().unwrap()).unwrap();
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/core/account/readiness.txt");
    if env::var_os("FARTHING_WRITE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == written,
        "readiness.txt is out of date: see the head of readiness.rs"
    );
}

#[test]
fn a_look_signs_at_most_a_login_and_only_with_a_local_key() {
    for case in cases() {
        let (_, world) = look(&case);
        let local = case.known.contains(&LOCAL);
        assert!(!world.asked_wallet());
        assert!(local || !world.log.iter().any(|step| step == "sign in"), "{}", case.title);
        assert!(world.log.iter().all(|step| !step.starts_with("POST") || step.starts_with("POST /auth/")));
    }
}

#[test]
fn what_the_driver_knows_must_be_there() {
    let world = world(&NOTHING);
    let failure = world.account.task(br#"{"do":"readiness"}"#, [0; 32]).unwrap_err();
    assert_eq!((failure.code, failure.facts.as_str()), (Code::Options, "known"));
}
