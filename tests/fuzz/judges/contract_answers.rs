//! Answers of a node: JSON-RPC, the words of contracts, reasons of refusals, and typed data read back.
//!
//! The ABI has one encoding of each value: what is read, written anew, is what came.

use farthing::abi;
use farthing::contract::clearing_house::{Cycle, CycleStatus, Participant};
use farthing::contract::core4mica::{Deposited, read_seconds};
use farthing::contract::erc20::read_amount;
use farthing::contract::message::AccountText;
use farthing::contract::revert::{Cause, Revert};
use farthing::contract::rpc::{self, RpcError};
use farthing::primitives::{Address, Amount};
use serde_json::json;

use crate::support::files::{fixed, text, vector};

const TRANSACTION: [u8; 32] = [0x44; 32];
const STATUSES: [u16; 8] = [200, 200, 200, 0, 400, 404, 429, 500];

/// One byte that chooses: the words of a contract, a text for a wallet, or the body of a JSON-RPC answer.
pub fn judge(input: &[u8]) {
    let Some((which, rest)) = input.split_first() else { return };
    match which % 4 {
        0 => words(rest),
        1 => message(rest),
        _ => answer(STATUSES[usize::from(which / 4) % STATUSES.len()], rest),
    }
}

/// Recorded words, one refusal of each shape, and answers around them.
pub fn seeds() -> Vec<Vec<u8>> {
    let error = |signature: &str, words: &[[u8; 32]]| [&abi::selector(signature)[..], &words.concat()].concat();
    let word = |value: u64| Amount::from_u64(value).word();
    let mut short = [0; 32];
    short[..2].copy_from_slice(b"no");
    let words = [
        recorded(),
        [word(5), word(0), word(1), word(0), word(0)].concat(),
        [word(5), word(1_795_226_895), word(4)].concat(),
        word(7).to_vec(),
        error("Error(string)", &[word(32), word(2), short]),
        error("Panic(uint256)", &[word(0x11)]),
        error("InvalidCycleStatus(bytes32,uint8)", &[[9; 32], word(2)]),
        error("AlreadyPaid(bytes32,address)", &[[9; 32], Address::from_bytes([8; 20]).word()]),
        error("PaymentWindowElapsed(uint64)", &[word(9)]),
        error("ExactPaymentRequired(uint256,uint256)", &[[0xff; 32], word(1)]),
    ];
    let hex = |bytes: &[u8]| farthing::primitives::hex::encode(bytes);
    let receipt = json!({ "status": "0x1", "transactionHash": hex(&TRANSACTION), "blockNumber": "0x10" });
    let results = words.iter().map(|words| json!(hex(words))).chain([receipt, json!("0x14a34"), json!(null)]);
    let answers = results.map(|result| json!({ "jsonrpc": "2.0", "id": 1, "result": result }));
    let refused = json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": 3, "message": "m", "data": hex(&words[4]) } });
    let answers = answers.chain([refused]).map(|answer| [&[2][..], answer.to_string().as_bytes()].concat());
    let plain = words.iter().map(|words| [&[0][..], words].concat());
    plain.chain(answers).chain([[&[1][..], TYPED.as_bytes()].concat()]).collect()
}

fn recorded() -> Vec<u8> {
    let cycle = &vector("4mica/cycle.json")["onchain_cycle"];
    let number = |name: &str| Amount::from_decimal(text(cycle, name)).unwrap().word();
    let status = Amount::from_u64(cycle["status"].as_u64().unwrap()).word();
    let numbers = [
        "totalNetDebit",
        "totalNetCredit",
        "totalPaidIn",
        "totalClaimedOut",
        "totalDefaultCovered",
        "totalResolvedDebit",
        "paymentSubmissionDeadline",
        "paymentFinalityDeadline",
    ];
    let first = [Address::parse(text(cycle, "asset")).unwrap().word(), fixed(text(cycle, "merkleRoot"))];
    let words: Vec<_> =
        first.into_iter().chain(numbers.map(number)).chain([status, Amount::from_u64(1).word()]).collect();
    assert!(Cycle::read(&words.concat()).is_some());
    words.concat()
}

const TYPED: &str = r#"{"types":{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},{"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],"Checkpoint":[{"name":"payer","type":"address"},{"name":"cycleId","type":"bytes32"},{"name":"asset","type":"address"},{"name":"cumulativeGross","type":"uint256"},{"name":"timestampCutoff","type":"uint64"}]},"domain":{"name":"4micaClearingHouse","version":"1","chainId":84532,"verifyingContract":"0x0000000000000000000000000000000000000001"},"primaryType":"Checkpoint","message":{"payer":"0x0000000000000000000000000000000000000002","cycleId":"0x1111111111111111111111111111111111111111111111111111111111111111","asset":"0x0000000000000000000000000000000000000000","cumulativeGross":"5","timestampCutoff":"7"}}"#;

fn answer(status: u16, body: &[u8]) {
    let quantity = rpc::read(status, body, rpc::quantity);
    assert!(status == 200 || quantity.is_err());
    if let Ok(quantity) = quantity {
        // One spelling, but for the case of digits and what JSON escapes.
        let body = String::from_utf8_lossy(body).to_lowercase();
        assert!(body.contains(&format!("\"{quantity:#x}\"")) || body.contains('\\'), "{quantity}");
    }
    if let Ok(amount) = rpc::read(status, body, rpc::amount) {
        let small = u64::from_str_radix(amount.to_hex_quantity().trim_start_matches("0x"), 16).ok();
        assert_eq!(quantity.as_ref().ok(), small.as_ref());
    }
    match rpc::read(status, body, rpc::bytes) {
        Ok(found) => words(&found),
        Err(RpcError::Reverted(reason)) => words(&reason),
        Err(RpcError::Unanswered | RpcError::Refused | RpcError::Malformed) => {}
    }
    let receipt = rpc::read(status, body, |node| rpc::receipt(node, &TRANSACTION));
    let named = farthing::primitives::hex::encode(&TRANSACTION);
    if let Ok(Some(_)) = receipt {
        assert!(String::from_utf8_lossy(body).to_lowercase().contains(&named[2..]) || body.contains(&b'\\'));
    }
}

fn message(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Some(message) = AccountText::read(text) {
        assert!(text.contains(&message.payer().checksummed()));
    }
}

fn words(bytes: &[u8]) {
    let integer = |value: u64| Amount::from_u64(value).word();
    let written: [Option<Vec<[u8; 32]>>; 5] = [
        Cycle::read(bytes).map(|cycle| {
            let Cycle { asset, merkle_root, net_debit, net_credit, paid_in, claimed_out, .. } = cycle;
            let sums = [net_debit, net_credit, paid_in, claimed_out, cycle.default_covered, cycle.resolved_debit];
            let times = [cycle.submission_deadline_s, cycle.finality_deadline_s, number(cycle.status), 1];
            let sums = sums.iter().map(Amount::word);
            [asset.word(), merkle_root].into_iter().chain(sums).chain(times.map(integer)).collect()
        }),
        Participant::read(bytes).map(|found| {
            let flags = [found.paid, found.claimed, found.defaulted].map(|flag| integer(u64::from(flag)));
            [found.net_debit.word(), found.net_credit.word()].into_iter().chain(flags).collect()
        }),
        Deposited::read(bytes).map(|found| {
            let (at, amount) = found.withdrawal.map_or((0, Amount::ZERO), |asked| (asked.requested_s, asked.amount));
            vec![found.collateral.word(), integer(at), amount.word()]
        }),
        read_seconds(bytes).map(|seconds| vec![integer(seconds)]),
        read_amount(bytes).map(|amount| vec![amount.word()]),
    ];
    for written in written.into_iter().flatten() {
        assert_eq!(written.concat(), bytes);
    }
    let Revert { cause, words } = Revert::read(bytes);
    assert!(!words.is_empty() && words.len() < 4096, "{} bytes", words.len());
    assert!(!words.chars().any(char::is_control), "{words:?}");
    assert_eq!(cause == Cause::Silent, bytes.is_empty());
    if cause == Cause::Text {
        // Selector, offset and length; the text; zeros to the end of its last word.
        let length = usize::from_str_radix(&farthing::primitives::hex::encode(&bytes[60..68])[2..], 16).unwrap();
        assert_eq!(bytes.len(), 68 + length.div_ceil(32) * 32);
        assert!(bytes[68 + length..].iter().all(|byte| *byte == 0));
    }
}

fn number(status: CycleStatus) -> u64 {
    match status {
        CycleStatus::Committed => 0,
        CycleStatus::PaymentWindowOpen => 1,
        CycleStatus::Finalized => 2,
        CycleStatus::Defaulted => 3,
    }
}
