//! A node that is simulated to the block, honest or not.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::super::sample::{self, NONCE, NOW_S, VALID_BEFORE_S};
use super::*;
use crate::contract::authorisation::MAX_CALLS;
use crate::contract::rpc::Call;
use crate::ledger::{Entry, Intent, MemoryLedger};
use crate::primitives::Address;
use crate::scheme::exact::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, topic};

const LATER_S: u64 = NOW_S + 3_600;
const START_S: u64 = 1_600_000_000;
const USED_S: u64 = NOW_S + 5;

/// A chain with a block every two seconds, whose finalized one is so far behind.
#[derive(Clone)]
struct Node {
    chain_id: u64,
    finalized_s: u64,
    /// What became of the authorisation, and when.
    event: Option<(&'static [u8], u64)>,
    /// Largest range of logs; 0 for a node without logs.
    range: u64,
    /// Answers this to this method instead.
    says: Vec<(&'static str, u16, String)>,
}

fn node(now_s: u64) -> Node {
    Node { chain_id: 8453, finalized_s: now_s - 20, event: None, range: 10_000, says: Vec::new() }
}

fn number(time_s: u64) -> u64 {
    (time_s - START_S) / 2
}

fn hex_of(params: &str, name: &str) -> u64 {
    let rest = &params[params.find(name).unwrap() + name.len()..];
    let digits: String = rest.trim_start_matches("\":\"").chars().skip(2).take_while(char::is_ascii_hexdigit).collect();
    u64::from_str_radix(&digits, 16).unwrap()
}

impl Node {
    fn answer(&self, call: &Call) -> (u16, String) {
        assert_eq!(call.network.to_string(), "eip155:8453");
        if let Some((_, status, body)) = self.says.iter().find(|(method, ..)| *method == call.method) {
            return (*status, body.clone());
        }
        let head = number(self.finalized_s);
        let block = |number: u64| {
            format!(r#"{{"number":"{number:#x}","timestamp":"{:#x}","transactions":[]}}"#, START_S + 2 * number)
        };
        let used_at = self.event.map(|(_, at_s)| number(at_s)).filter(|at| *at <= head);
        let result = match call.method {
            "eth_chainId" => format!("\"{:#x}\"", self.chain_id),
            "eth_getBlockByNumber" if call.params == "[\"finalized\",false]" => block(head),
            "eth_getBlockByNumber" => block(hex_of(&call.params, "[\"")),
            "eth_call" => {
                assert!(call.params.contains(&format!("\"{head:#x}\"]")), "at the finalized block");
                assert!(call.params.contains("\"to\":\"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913\""));
                format!("\"0x{:064x}\"", u8::from(used_at.is_some()))
            }
            "eth_getLogs" => {
                let (from, to) = (hex_of(&call.params, "fromBlock"), hex_of(&call.params, "toBlock"));
                if to - from >= self.range {
                    return (200, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"range"}}"#.to_string());
                }
                match (self.event, used_at) {
                    (Some((event, _)), Some(at)) if (from..=to).contains(&at) => format!("[{}]", log(event, at)),
                    _ => String::from("[]"),
                }
            }
            other => panic!("{other}"),
        };
        (200, format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#))
    }
}

fn log(event: &[u8], block: u64) -> String {
    format!(
        r#"{{"address":"0x833589fcd6edb6e08f4c7c32d4f71b54bda02913","topics":["{}","{}","{}"],"data":"0x","blockNumber":"{block:#x}","transactionHash":"0x{}","removed":false}}"#,
        hex::encode(&topic(event)),
        hex::encode(&sample::payer().word()),
        hex::encode(&NONCE),
        "cd".repeat(32),
    )
}

fn look(record: &Record, node: &Node, now_s: u64) -> (Report, Vec<&'static str>) {
    let text = record.to_json();
    let row = Row { record: &text, sealed: Some("{\"value\":\"x\"}") };
    let (mut machine, mut step) = Reconciliation::new(row, &Registry::default(), now_s);
    let mut asked = Vec::new();
    loop {
        match step {
            Step::Done(report) => return (*report, asked),
            Step::Call(call) => {
                asked.push(call.method);
                assert!(asked.len() <= MAX_CALLS as usize, "asks for ever");
                let (status, body) = node.answer(&call);
                step = machine.as_mut().unwrap().on_answer(status, body.as_bytes(), now_s);
            }
        }
    }
}

fn used(node: Node) -> Node {
    Node { event: Some((AUTHORIZATION_USED, USED_S)), ..node }
}

fn reason(report: &Report) -> Unproven {
    assert!(report.write.is_none(), "what is not proven changes nothing");
    match report.finding {
        Finding::Undetermined { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_authorisation_that_was_used_settles_the_purchase_with_its_transaction() {
    for record in [sample::unknown(), sample::signed(), sample::reserved()] {
        let (report, asked) = look(&record, &used(node(LATER_S)), LATER_S);
        let block = number(USED_S);
        assert_eq!(report.finding, Finding::Settled { transaction: Some([0xcd; 32]), block });
        let write = report.write.unwrap();
        assert_eq!((write.from, write.entry.record.state()), (Some(record.state()), State::Settled));
        let evidence = &write.entry.record.evidence;
        assert_eq!(evidence.transaction.as_deref(), Some(&*format!("0x{}", "cd".repeat(32))));
        assert_eq!(evidence.proof.as_deref(), Some(&*format!("chain eip155:8453 {block}")));
        assert_eq!(evidence.problem, None);
        assert!(write.entry.sealed.is_some(), "the content may still be had");
        assert!(asked.len() <= 8, "{asked:?}");
        assert!(super::super::verify_record(write.entry.record.to_json().as_bytes()).is_ok());
    }
}

#[test]
fn an_authorisation_that_is_unused_after_its_time_is_dead() {
    for record in [sample::unknown(), sample::signed(), sample::reserved()] {
        let (report, _) = look(&record, &node(LATER_S), LATER_S);
        assert_eq!(report.finding, Finding::Dead { block: number(LATER_S - 20) });
        let write = report.write.unwrap();
        assert_eq!(write.entry.record.state(), State::Dead);
        assert!(write.entry.sealed.is_none(), "what is dead is not presented again");
    }
}

#[test]
fn only_a_finalized_block_after_the_margin_proves_that_the_time_is_over() {
    let over_s = VALID_BEFORE_S + MARGIN_S;
    // Blocks are two seconds apart: the one before over_s + 1, and the one after.
    for (finalized_s, dead) in [(VALID_BEFORE_S, false), (over_s - 1, false), (over_s + 2, true)] {
        let node = Node { finalized_s, ..node(LATER_S) };
        let (report, _) = look(&sample::unknown(), &node, LATER_S);
        assert_eq!(matches!(report.finding, Finding::Dead { .. }), dead, "{finalized_s}");
        if !dead {
            // As far behind as the node is now, it will be then.
            let behind_s = LATER_S - (START_S + 2 * number(finalized_s));
            let again_s = Some(over_s + behind_s + 1);
            assert_eq!(report.finding, Finding::Undetermined { reason: Unproven::StillValid, again_s });
        }
    }
}

#[test]
fn a_payment_under_way_is_left_alone() {
    let signed_s = NOW_S + 1;
    let (report, asked) = look(&sample::signed(), &node(LATER_S), signed_s + UNDER_WAY_S - 1);
    assert_eq!(report.finding, Finding::Undetermined { reason: Unproven::UnderWay, again_s: Some(signed_s + 60) });
    assert!(asked.is_empty());
    let over_s = VALID_BEFORE_S + MARGIN_S;
    let (report, _) = look(&sample::reserved(), &node(LATER_S), over_s);
    assert_eq!(report.finding, Finding::Undetermined { reason: Unproven::UnderWay, again_s: Some(over_s + 1) });
}

#[test]
fn what_is_not_in_doubt_is_not_asked_about() {
    for record in [sample::asked(), sample::settled(), sample::fresh("p_1")] {
        let (report, asked) = look(&record, &node(LATER_S), LATER_S);
        assert_eq!((reason(&report), asked.len()), (Unproven::NotOpen, 0));
    }
    assert_eq!(reason(&look(&sample::guarantee(), &node(LATER_S), LATER_S).0), Unproven::CoreRecordNeeded);
    let (machine, step) = Reconciliation::new(Row { record: "{}", sealed: None }, &Registry::default(), LATER_S);
    assert!(machine.is_none() && matches!(step, Step::Done(report) if reason(&report) == Unproven::Unreadable));
}

#[test]
fn a_token_that_is_not_pinned_proves_nothing() {
    let mut record = sample::reserved();
    record.terms.as_mut().unwrap().asset = format!("eip155:8453/erc20:{}", Address::from_bytes([0x33; 20]));
    let (report, asked) = look(&sample::rebuilt(record), &node(LATER_S), LATER_S);
    assert_eq!((reason(&report), asked.len()), (Unproven::NotPinned, 0));
}

#[test]
fn a_cancellation_makes_it_dead_even_before_its_time_is_over() {
    let cancelled = Node { event: Some((AUTHORIZATION_CANCELED, NOW_S + 100)), ..node(NOW_S + 200) };
    let mut record = sample::signed();
    record.evidence.revoking_s = Some(NOW_S + 90);
    record.enter(State::Unknown, NOW_S + 90);
    let (report, _) = look(&record, &cancelled, NOW_S + 200);
    assert_eq!(report.finding, Finding::Dead { block: number(NOW_S + 100) });
    // Long after, too, when a use could no longer be in any block.
    let late = Node { event: Some((AUTHORIZATION_CANCELED, NOW_S + 20_000)), ..node(NOW_S + 30_000) };
    let (report, _) = look(&record, &late, NOW_S + 30_000);
    assert_eq!(report.finding, Finding::Dead { block: number(NOW_S + 20_000) });
}

#[test]
fn without_logs_it_was_used_unless_we_may_have_cancelled_it() {
    let blind = Node { range: 0, ..used(node(LATER_S)) };
    let (report, _) = look(&sample::unknown(), &blind, LATER_S);
    assert_eq!(report.finding, Finding::Settled { transaction: None, block: number(LATER_S - 20) });
    let mut record = sample::signed();
    record.evidence.revoking_s = Some(NOW_S + 90);
    record.enter(State::Unknown, NOW_S + 90);
    assert_eq!(reason(&look(&record, &blind, LATER_S).0), Unproven::UsedOrCancelled);
    // A node that keeps silent about logs may answer later.
    for status in [0, 429, 500] {
        let mut silent = used(node(LATER_S));
        silent.says.push(("eth_getLogs", status, String::new()));
        assert_eq!(reason(&look(&sample::unknown(), &silent, LATER_S).0), Unproven::Unanswered);
    }
}

#[test]
fn a_node_that_allows_few_blocks_is_asked_for_few() {
    let narrow = Node { range: 200, ..used(node(LATER_S)) };
    let (report, asked) = look(&sample::unknown(), &narrow, LATER_S);
    assert!(matches!(report.finding, Finding::Settled { transaction: Some(_), .. }), "{asked:?}");
}

#[test]
fn a_year_later_the_transaction_is_still_found() {
    let year_s = NOW_S + 31_536_000;
    let (report, asked) = look(&sample::unknown(), &used(node(year_s)), year_s);
    assert!(matches!(report.finding, Finding::Settled { transaction: Some(_), .. }));
    assert!(asked.len() <= 8, "{asked:?}");
}

#[test]
fn a_hostile_node_changes_nothing() {
    let wrong = |result: &str| (200, format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
    let block = |number: u64, time_s: u64| format!(r#"{{"number":"{number:#x}","timestamp":"{time_s:#x}"}}"#);
    let at = number(USED_S);
    let good = log(AUTHORIZATION_USED, at);
    for (method, (status, body), expected) in [
        ("eth_chainId", wrong("\"0x1\""), Unproven::OtherNetwork),
        ("eth_chainId", (0, String::new()), Unproven::Unanswered),
        ("eth_chainId", (200, String::from("<html>")), Unproven::Malformed),
        ("eth_getBlockByNumber", wrong("null"), Unproven::Malformed),
        ("eth_getBlockByNumber", wrong(&block(1, LATER_S + 31)), Unproven::Contradicts),
        ("eth_getBlockByNumber", (503, String::new()), Unproven::Unanswered),
        ("eth_call", wrong("\"0x\""), Unproven::Malformed),
        ("eth_call", wrong(&format!("\"0x{:064x}\"", 2)), Unproven::Malformed),
        ("eth_call", (403, String::new()), Unproven::Refused),
        ("eth_getLogs", wrong("{}"), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{good},{good}]")), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{}]", good.replace("false", "true"))), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{}]", good.replace("833589", "833588"))), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{}]", good.replace(&"07".repeat(32), &"08".repeat(32)))), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{}]", log(AUTHORIZATION_USED, 5))), Unproven::Malformed),
        ("eth_getLogs", wrong(&format!("[{}]", log(b"Transfer(address,address,uint256)", at))), Unproven::Malformed),
    ] {
        let mut hostile = used(node(LATER_S));
        hostile.says.push((method, status, body.clone()));
        assert_eq!(reason(&look(&sample::unknown(), &hostile, LATER_S).0), expected, "{method} {body}");
    }
    // The same block for every number.
    let mut stuck = used(node(LATER_S));
    stuck.says.push(("eth_getBlockByNumber", 200, wrong(&block(number(LATER_S), LATER_S)).1));
    stuck.says.push(("eth_call", 200, wrong(&format!("\"0x{:064x}\"", 1)).1));
    assert_eq!(reason(&look(&sample::unknown(), &stuck, LATER_S).0), Unproven::Contradicts);
}

#[test]
fn of_ten_at_once_one_write_counts_and_the_other_nine_change_nothing() {
    let mut ledger = MemoryLedger::default();
    let entry = Entry { record: sample::unknown(), sealed: None };
    ledger.reserve(&Intent { from: None, entry, holds: Vec::new(), notes: Vec::new() });
    let writes: Vec<_> =
        (0..10).map(|_| look(&sample::unknown(), &used(node(LATER_S)), LATER_S).0.write.unwrap()).collect();
    let written = writes.iter().filter(|write| ledger.advance(write.from.unwrap(), &write.entry)).count();
    assert_eq!((written, ledger.rows()[0].record.state()), (1, State::Settled));
}

#[test]
fn an_answer_nobody_asked_for_is_no_proof() {
    let text = sample::unknown().to_json();
    let row = Row { record: &text, sealed: None };
    let (machine, _) = Reconciliation::new(row, &Registry::default(), LATER_S);
    let mut machine = machine.unwrap();
    machine.on_answer(0, b"", LATER_S);
    let fine = br#"{"jsonrpc":"2.0","id":1,"result":"0x2105"}"#;
    assert!(matches!(machine.on_answer(200, fine, LATER_S), Step::Done(report) if report.write.is_none()));
}
