//! What a sandbox is made from, and what it refuses to be made for.

use farthing::sandbox::{Sandbox, SandboxError};
use serde_json::json;

use crate::payer::description;

fn made(options: &str) -> Result<Sandbox, String> {
    Sandbox::new(options.as_bytes(), [1; 32]).map_err(|error| error.to_string())
}

#[test]
fn a_network_that_is_not_known_to_be_a_test_network_is_refused_in_words() {
    for chain_id in [1_u64, 10, 56, 100, 137, 8453, 42161, 43114, 59144, 7777777, u64::MAX] {
        let refused = made(&json!({ "network": format!("eip155:{chain_id}") }).to_string()).err().unwrap();
        assert_eq!(
            refused,
            format!(
                "cannot make a sandbox for eip155:{chain_id}: it makes up money and keys, so `network` must be a test \
                 network: eip155:84532, eip155:11155111, eip155:11155420, eip155:421614, eip155:80002, eip155:43113, \
                 eip155:31337"
            )
        );
    }
    for chain_id in [84532, 11155111, 31337] {
        let network = format!("eip155:{chain_id}");
        assert_eq!(made(&json!({ "network": network }).to_string()).unwrap().network(), network);
    }
    assert_eq!(made("{}").unwrap().network(), "eip155:84532");
}

#[test]
fn an_option_that_makes_no_sense_is_named() {
    for (options, field) in [
        ("", "options"),
        ("[]", "options"),
        (r#"{"netwrok":"eip155:84532"}"#, "options"),
        (r#"{"network":"base-sepolia"}"#, "network"),
        (r#"{"network":84532}"#, "network"),
        (r#"{"generation":"tab"}"#, "generation"),
        (r#"{"cycleSeconds":0}"#, "cycleSeconds"),
        (r#"{"cycleSeconds":"60"}"#, "cycleSeconds"),
        (r#"{"paymentSeconds":99999999999}"#, "paymentSeconds"),
        (r#"{"maxUncheckpointed":0}"#, "maxUncheckpointed"),
        (r#"{"assets":[]}"#, "assets"),
        (r#"{"assets":[{"symbol":"X","address":"0x12","decimals":6}]}"#, "assets"),
        (r#"{"sellers":[{"price":"1.5"}]}"#, "sellers"),
        (r#"{"sellers":[{"x402Version":3}]}"#, "sellers"),
        (r#"{"sellers":[7]}"#, "sellers"),
        (r#"{"issuers":["nobody"]}"#, "issuers"),
    ] {
        let refused = Sandbox::new(options.as_bytes(), [1; 32]).err();
        assert_eq!(refused, Some(SandboxError::Options { field }), "{options}");
    }
}

#[test]
fn a_refused_option_comes_with_the_values_that_are_accepted() {
    for (options, words) in [
        (r#"{"network":"base-sepolia"}"#, "`network` must be a test network: eip155:84532, eip155:11155111, "),
        (r#"{"generation":"tab"}"#, "`generation` must be `cycle` or `clearing-house`"),
        (r#"{"cycleSeconds":31622401}"#, "`cycleSeconds` must be a whole number from 1 to 31622400"),
        (r#"{"paymentSeconds":0}"#, "`paymentSeconds` must be a whole number from 1 to 31622400"),
        (r#"{"maxUncheckpointed":0}"#, "`maxUncheckpointed` must be a whole number from 1"),
        (r#"{"assets":[]}"#, "`assets` must be a list, not empty, of `symbol`, `address`, `decimals` (at most 18)"),
        (r#"{"sellers":[{"x402Version":3}]}"#, "`x402Version` (1 or 2)"),
        (r#"{"issuers":"nobody"}"#, "`issuers` must be a list of addresses"),
        (r#"{"clearingHouse":"0x12"}"#, "`clearingHouse` must be an address"),
        (r#"{"rpcUrl":1}"#, "`rpcUrl` must be a text"),
        (
            r#"{"netwrok":"eip155:84532"}"#,
            "the options must be an object with any of network, generation, cycleSeconds, ",
        ),
    ] {
        let refused = made(options).err().unwrap();
        assert!(refused.starts_with("cannot make a sandbox: ") && refused.contains(words), "{refused}");
    }
    // What the words name is what is taken.
    let sellers = |count| json!({ "sellers": vec![json!({}); count] }).to_string();
    for options in [r#"{"cycleSeconds":31622400}"#, r#"{"generation":"clearing-house"}"#, &sellers(64)] {
        assert!(made(options).is_ok(), "{options}");
    }
    let refused = made(&sellers(65)).err().unwrap();
    assert!(refused.contains("`sellers` must be a list of at most 64, each"), "{refused}");
}

#[test]
fn keys_contracts_and_recipients_are_drawn_with_the_sandbox() {
    let described = |seed| description(&mut Sandbox::new(b"{}", [seed; 32]).unwrap());
    let (one, same, other) = (described(1), described(1), described(2));
    assert_eq!(one, same);
    for pointer in ["/cores/0/operatorKey", "/cores/0/contract", "/sellers/0/payTo"] {
        assert_ne!(one.pointer(pointer).unwrap(), other.pointer(pointer).unwrap(), "{pointer}");
    }
}

#[test]
fn a_sandbox_says_what_its_payers_need_to_pin() {
    let options = json!({ "sellers": [{ "price": "5" }, { "price": "6", "x402Version": 1 }] }).to_string();
    let described = description(&mut Sandbox::new(options.as_bytes(), [1; 32]).unwrap());
    assert_eq!(described["cores"][0]["url"], "https://core.sandbox.test");
    assert_eq!(described["cores"][0]["generation"], "cycle");
    assert_eq!(described["cores"][0]["operatorKey"].as_str().unwrap().len(), 98);
    assert_eq!(described["assets"][0]["currency"], "USD");
    assert_eq!(described["sellers"][1]["url"], "https://seller-2.sandbox.test");
    assert_eq!(described["sellers"][1]["x402Version"], 1);
    assert_ne!(described["sellers"][0]["payTo"], described["sellers"][1]["payTo"]);
}
