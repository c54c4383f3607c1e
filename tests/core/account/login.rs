//! The login that a task takes by itself, renews, and lets go.

use farthing::account::Told;
use farthing::error::Code;
use serde_json::{Value, json};

use crate::world::core::balance;
use crate::world::{CORE_URL, World, open, payer};

const BALANCE: &str =
    "/core/users/0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a/assets/0x036cbd53842c5426634e7929541ec2318f3dcf7e";

fn look() -> Value {
    json!({ "do": "collateral" })
}

fn without_node() -> World {
    World::with(json!({}), json!({ "node": false }))
}

#[test]
fn a_login_asks_for_a_template_then_the_wallet_then_trades_the_signature() {
    let mut world = without_node();
    assert_eq!(world.run(json!({ "do": "login" })), Ok(json!({ "expires": world.now_s + 900 })));
    assert_eq!(world.steps(), ["POST /auth/nonce", "sign in", "POST /auth/verify"]);
    assert_eq!(world.core.body("/auth/nonce"), &json!({ "address": payer().text() }));
    // EIP-4361, as vectors/4mica/auth.json has it.
    let message = format!(
        "core.example wants you to sign in with your Ethereum account:\n{}\n\nSign in to 4mica.\n\nURI: {CORE_URL}\n\
         Version: 1\nChain ID: 84532\nNonce: 781ed071-695a-4cc7-a308-26e2838733ec\nIssued At: 2026-11-21T02:07:59Z\n\
         Expiration Time: 2026-11-21T02:12:59Z",
        payer().text()
    );
    let signature = payer().sign_message(&message);
    let body = json!({ "address": payer().text(), "message": message, "signature": signature });
    assert_eq!(world.core.body("/auth/verify"), &body);
    assert_eq!(world.run(json!({ "do": "login" })), Ok(json!({ "expires": world.now_s + 900 })));
    assert_eq!(world.steps(), [""; 0], "it is there already");
}

#[test]
fn a_token_goes_with_what_needs_one_and_with_nothing_else() {
    let mut world = World::new();
    world.core.balance = balance(100, 30);
    world.run(look()).unwrap();
    let steps = world.steps();
    assert_eq!(steps[..3], ["POST /auth/nonce", "sign in", "POST /auth/verify"]);
    assert_eq!(steps[3], format!("GET {BALANCE} +token"));
    assert_eq!(steps[4], "GET /core/public-params");
    world.run(json!({ "do": "finalize-withdrawal", "via": "facilitator" })).unwrap();
    assert!(world.steps().iter().all(|step| !step.contains("+token")));
}

#[test]
fn a_token_that_is_refused_is_refreshed_and_the_question_asked_again_once() {
    let mut world = without_node();
    world.run(look()).unwrap();
    world.steps();
    world.core.expire();
    world.run(look()).unwrap();
    let question = format!("GET {BALANCE} +token");
    assert_eq!(world.steps(), [question.as_str(), "POST /auth/refresh", &question]);
    world.core.always("/core/users/", 401, json!({ "error": "invalid access token" }));
    assert_eq!(world.fails(look()).0, Code::CoreToken);
    assert_eq!(world.steps(), [question.as_str(), "POST /auth/refresh", &question], "no third time");
}

#[test]
fn a_refresh_token_that_is_refused_or_lost_leads_to_the_wallet_and_is_never_used_again() {
    for lost in [false, true] {
        let mut world = without_node();
        world.run(look()).unwrap();
        world.steps();
        world.core.revoke();
        if lost {
            world.core.once("/auth/refresh", 0, Value::Null);
        }
        world.run(look()).unwrap();
        let question = format!("GET {BALANCE} +token");
        let again = ["POST /auth/refresh", "POST /auth/nonce", "sign in", "POST /auth/verify"];
        assert_eq!(world.steps(), [&[question.as_str()], &again[..], &[&question]].concat());
        world.core.expire();
        // The core of the script fails the test when it sees one token twice.
        world.run(look()).unwrap();
        assert_eq!(world.steps()[1], "POST /auth/refresh");
    }
}

#[test]
fn a_token_is_renewed_half_a_minute_before_its_end() {
    let mut world = without_node();
    world.run(look()).unwrap();
    world.steps();
    world.now_s += 900 - 31;
    world.run(look()).unwrap();
    assert_eq!(world.steps().len(), 1);
    world.now_s += 1;
    world.run(look()).unwrap();
    assert_eq!(world.steps()[0], "POST /auth/refresh");
}

#[test]
fn a_template_for_another_host_chain_or_time_is_refused_and_nothing_is_signed() {
    let changes: [fn(&mut Value); 6] = [
        |template| template["siwe"]["domain"] = json!("bank.example"),
        |template| template["siwe"]["uri"] = json!("https://bank.example"),
        |template| template["siwe"]["chainId"] = json!(1),
        |template| template["siwe"]["expiration"] = json!("2026-11-22T02:12:59Z"),
        |template| template["siwe"]["statement"] = json!("Sign in.\n\nURI: https://bank.example"),
        |template| template["nonce"] = json!("12345678\nRequest ID: 1"),
    ];
    for change in changes {
        let mut world = without_node();
        world.core.template = Some(change);
        assert_eq!(world.fails(look()), (Code::CoreLoginTemplate, String::new()));
        assert_eq!(world.steps(), ["POST /auth/nonce"]);
    }
}

#[test]
fn a_wallet_that_refuses_to_sign_in_ends_the_task() {
    for code in [Code::WalletRejected, Code::WalletNoSignIn] {
        let mut world = without_node();
        world.wallet.push_back(Told::Refused(code));
        assert_eq!(world.fails(look()).0, code);
        assert_eq!(world.steps(), ["POST /auth/nonce", "sign in"]);
    }
}

#[test]
fn a_core_that_refuses_or_garbles_the_login_is_not_believed() {
    for (status, body, code) in [
        (401, json!({ "error": "invalid signature" }), Code::CoreLoginRefused),
        (200, json!({ "access_token": "a b", "refresh_token": "c", "expires_in": 900 }), Code::CoreAnswer),
        (503, json!({}), Code::CoreUnreachable),
    ] {
        let mut world = without_node();
        world.core.once("/auth/verify", status, body);
        assert_eq!(world.fails(look()).0, code);
    }
}

#[test]
fn a_logout_revokes_the_login_once() {
    let mut world = without_node();
    assert_eq!(world.run(json!({ "do": "logout" })), Ok(json!(false)));
    assert_eq!(world.steps(), [""; 0]);
    world.run(json!({ "do": "login" })).unwrap();
    world.steps();
    assert_eq!(world.run(json!({ "do": "logout" })), Ok(json!(true)));
    assert_eq!(world.steps(), ["POST /auth/logout"]);
    assert_eq!(world.core.body("/auth/logout"), &json!({ "refresh_token": "refresh-1" }));
    assert_eq!(world.run(json!({ "do": "logout" })), Ok(json!(false)));
    world.run(look()).unwrap();
    assert_eq!(world.steps()[1], "sign in", "nothing of it is left");
}

#[test]
fn a_logout_that_the_core_does_not_hear_lets_go_here_all_the_same() {
    let mut world = without_node();
    world.run(json!({ "do": "login" })).unwrap();
    world.core.once("/auth/logout", 0, Value::Null);
    assert_eq!(world.fails(json!({ "do": "logout" })).0, Code::CoreUnreachable);
    world.steps();
    world.run(look()).unwrap();
    assert_eq!(world.steps()[1], "sign in");
}

#[test]
fn collateral_is_what_the_core_says_beside_what_the_contract_says() {
    let mut world = World::new();
    world.core.balance = balance(5_000_000, 1_250_000);
    world.node.deposited = (5_000_000, 1_795_226_000, 2_000_000);
    let usdc = "0x036CbD53842c5426634e7929541eC2318f3dCF7e";
    assert_eq!(
        world.run(look()),
        Ok(json!({
            "asset": usdc, "total": "5000000", "locked": "1250000", "available": "3750000",
            "words": "3.75 USDC free of 5 USDC",
            "contract": {
                "collateral": "5000000", "wallet": "100000000",
                "withdrawal": { "amount": "2000000", "due": 1_795_226_000 + 1_900_800 },
            },
        }))
    );
    assert_eq!(world.steps()[5..], ["chain id", "getUser", "balanceOf", "withdrawalGracePeriod"]);
    world.core.balance = Value::Null;
    assert_eq!(world.run(look()).unwrap()["words"], "0 USDC free of 0 USDC");
}

#[test]
fn an_account_is_opened_only_where_everything_makes_sense() {
    let failure = |core: Value, place: Value| {
        let failure = open(core, place).unwrap_err();
        (failure.code, failure.facts)
    };
    let field = |name: &str| (Code::Options, String::from(name));
    assert_eq!(failure(json!({}), json!({ "network": "base" })), field("network"));
    assert_eq!(failure(json!({}), json!({ "network": null })), field("network"));
    assert_eq!(failure(json!({}), json!({ "address": "0x00" })), field("address"));
    assert_eq!(failure(json!({}), json!({ "address": format!("0x{}", "0".repeat(40)) })), field("address"));
    for url in ["sponsor.example", "ftp://sponsor.example", "http://sponsor.example", ""] {
        assert_eq!(failure(json!({}), json!({ "facilitator": url })), field("facilitator"), "{url}");
    }
    assert_eq!(failure(json!({}), json!({ "facilitator": 7 })), field("facilitator"));
    assert!(open(json!({}), json!({ "facilitator": "http://127.0.0.1:4000/" })).is_ok());
    let nowhere = failure(json!({}), json!({ "network": "eip155:1" }));
    assert_eq!(nowhere, (Code::CoreUnknown, String::from("eip155:1")));
}
