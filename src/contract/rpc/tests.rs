//! Answers as nodes spell them, and as they must not.

use alloc::string::ToString;

use super::super::revert::Revert;
use super::super::transaction::CollateralAccount;
use super::*;
use crate::registry::Registry;

fn result(status: u16, body: &str) -> Result<u64, RpcError> {
    read(status, body.as_bytes(), quantity)
}

fn network() -> Network {
    Network::from_chain_id(84532).unwrap()
}

#[test]
fn an_answer_is_read_strictly() {
    assert_eq!(result(200, r#"{"jsonrpc":"2.0","id":1,"result":"0x2105"}"#), Ok(8453));
    assert_eq!(result(200, r#"{"jsonrpc":"2.0","id":1,"result":"0x2105","error":null}"#), Ok(8453));
    for body in [
        "",
        "<html>",
        "null",
        "[]",
        r#"{"id":1,"result":"0x1"}"#,
        r#"{"jsonrpc":"2.0","id":2,"result":"0x1"}"#,
        r#"{"jsonrpc":"2.0","id":"1","result":"0x1"}"#,
        r#"{"jsonrpc":"2.0","id":1}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":"0x1","result":"0x2"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":"0x1","error":{"code":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"error":"no"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":1}"#,
    ] {
        assert_eq!(result(200, body), Err(RpcError::Malformed), "{body}");
    }
    let long = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"0x1"{}}}"#, " ".repeat(MAX_ANSWER_BYTES));
    assert_eq!(result(200, &long), Err(RpcError::Malformed));
}

#[test]
fn no_answer_and_a_refusal_are_told_apart() {
    let fine = r#"{"jsonrpc":"2.0","id":1,"result":"0x1"}"#;
    for status in [0, 204, 302, 408, 429, 500, 502, 503] {
        assert_eq!(result(status, fine), Err(RpcError::Unanswered), "{status}");
    }
    for status in [400, 401, 403, 404, 413] {
        assert_eq!(result(status, fine), Err(RpcError::Refused), "{status}");
    }
    let refused = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"range"}}"#;
    assert_eq!(result(200, refused), Err(RpcError::Refused));
}

#[test]
fn a_contracts_refusal_brings_its_reason() {
    let said = |error: &str| result(200, &format!(r#"{{"jsonrpc":"2.0","id":1,"error":{error}}}"#)).unwrap_err();
    // Recorded from anvil 1.7, `eth_call` of a transfer of more than there is.
    let anvil = concat!(
        r#"{"code":3,"message":"execution reverted: ERC20: transfer amount exceeds balance","data":"0x08c379a0"#,
        "0000000000000000000000000000000000000000000000000000000000000020",
        "0000000000000000000000000000000000000000000000000000000000000026",
        "45524332303a207472616e7366657220616d6f756e7420657863656564732062",
        "616c616e63650000000000000000000000000000000000000000000000000000",
        r#""}"#,
    );
    let RpcError::Reverted(reason) = said(anvil) else { panic!("a revert") };
    assert_eq!(Revert::read(&reason).words, "\"ERC20: transfer amount exceeds balance\"");
    assert_eq!(said(r#"{"code":-32000,"message":"reverted","data":"0x"}"#), RpcError::Reverted(Vec::new()));
    assert_eq!(said(r#"{"code":3,"message":"execution reverted"}"#), RpcError::Reverted(Vec::new()));
    for other in [r#"{"code":-32000,"message":"x","data":"Reverted 0x"}"#, r#"{"data":{"a":1}}"#, r#"{"code":-3}"#] {
        assert_eq!(said(other), RpcError::Refused, "{other}");
    }
    let long = format!(r#"{{"code":-1,"data":"0x{}"}}"#, "00".repeat(MAX_RESULT_BYTES + 1));
    assert_eq!(said(&long), RpcError::Malformed);
}

#[test]
fn quantities_have_one_spelling() {
    let text = |text: &str| format!("\"{text}\"");
    let as_quantity = |spelled: &str| quantity(&json::read(text(spelled).as_bytes()).unwrap());
    let as_amount = |spelled: &str| amount(&json::read(text(spelled).as_bytes()).unwrap());
    for (spelled, value) in [("0x0", 0), ("0x2105", 8453), ("0xffffffffffffffff", u64::MAX)] {
        assert_eq!((as_quantity(spelled), as_amount(spelled)), (Some(value), Some(Amount::from_u64(value))));
    }
    assert_eq!(as_quantity("0x10000000000000000"), None);
    assert_eq!(as_amount("0x10000000000000000").unwrap().to_string(), "18446744073709551616");
    let most = format!("0x{}", "f".repeat(64));
    assert_eq!((as_amount(&most), as_amount(&format!("{most}f"))), (Some(Amount::MAX), None));
    for spelled in ["", "0x", "0", "0x00", "0x01", "0x+1", "0x-1", "0x1g", "1"] {
        assert_eq!((as_quantity(spelled), as_amount(spelled)), (None, None), "{spelled}");
    }
}

#[test]
fn bytes_are_whole_and_bounded() {
    let as_bytes = |text: &str| bytes(&json::read_own(format!("\"{text}\"").as_bytes()).unwrap());
    assert_eq!((as_bytes("0x"), as_bytes("0xAb01")), (Some(Vec::new()), Some([0xab, 1].to_vec())));
    for spelled in ["", "ab", "0xa", "0xg0", "0x a"] {
        assert_eq!(as_bytes(spelled), None, "{spelled}");
    }
    let code = format!(r#"{{"jsonrpc":"2.0","id":1,"result":"0x{}"}}"#, "60".repeat(24_576));
    assert_eq!(read(200, code.as_bytes(), bytes).unwrap().len(), 24_576, "EIP-170, the largest contract");
}

#[test]
fn a_receipt_is_of_the_transaction_that_was_asked_for() {
    let hash = [0xcd; 32];
    let asked = |json: &str| receipt(&json::read(json.as_bytes()).unwrap(), &hash);
    let said = |status: &str, hash: &str| {
        format!(r#"{{"status":"{status}","transactionHash":"0x{hash}","blockNumber":"0x10","logs":[]}}"#)
    };
    let (ours, others) = ("cd".repeat(32), "ce".repeat(32));
    assert_eq!(asked("null"), Some(None));
    assert_eq!(asked(&said("0x1", &ours)), Some(Some(Receipt { succeeded: true, block: 16 })));
    assert_eq!(asked(&said("0x0", &ours)), Some(Some(Receipt { succeeded: false, block: 16 })));
    for wrong in [said("0x2", &ours), said("", &ours), said("0x1", &others), said("0x1", "cd"), String::from("{}")] {
        assert_eq!(asked(&wrong), None, "{wrong}");
    }
    // Before it is in a block, some nodes answer with empty members.
    let pending = said("0x1", &ours).replace("\"0x10\"", "null");
    assert_eq!(asked(&pending), None);
}

#[test]
fn every_question_has_its_method_and_parameters() {
    let account = Address::parse("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed").unwrap();
    let usdc = Address::parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e").unwrap();
    let asset = Registry::default().asset(network(), &usdc).unwrap();
    let collateral = CollateralAccount { contract: Address::from_bytes([0xc0; 20]), owner: account, asset: &asset };
    let deposit = collateral.deposit(Amount::from_u64(1)).unwrap();
    let sent = deposit.to_json();
    let name = account.checksummed();
    let asked = [
        (Call::chain_id(network()), "eth_chainId", String::from("[]")),
        (
            Call::view(network(), &account, &[0xab, 1], At::Latest),
            "eth_call",
            format!(r#"[{{"to":"{name}","data":"0xab01"}},"latest"]"#),
        ),
        (Call::rehearsal(&deposit), "eth_call", format!(r#"[{sent},"latest"]"#)),
        (Call::gas(&deposit), "eth_estimateGas", format!("[{sent}]")),
        (Call::balance(network(), &account, At::Finalized), "eth_getBalance", format!(r#"["{name}","finalized"]"#)),
        (Call::code(network(), &account, At::Block(255)), "eth_getCode", format!(r#"["{name}","0xff"]"#)),
        (Call::receipt(network(), &[0xcd; 32]), "eth_getTransactionReceipt", format!(r#"["0x{}"]"#, "cd".repeat(32))),
    ];
    for (call, method, params) in asked {
        assert_eq!((call.network, call.method, call.params.as_str()), (network(), method, params.as_str()));
        assert!(json::read(call.params.as_bytes()).is_ok());
    }
}
