//! What goes to 4Mica's contracts and comes from them, over random values, against alloy; and against viem, by the file
//! that is written here and read by tests/interop/abi.test.mjs.
//!
//! `FARTHING_WRITE=1 cargo test --test contract` writes tests/core/contract-calls.json anew.

mod support;

#[path = "contract/answers.rs"]
mod answers;
#[path = "contract/calls.rs"]
mod calls;
#[path = "contract/messages.rs"]
mod messages;

use alloy_primitives::{Address as AlloyAddress, U256};
use farthing::primitives::{Address, Amount, hex};
use serde_json::json;
use support::random::Random;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/core/contract-calls.json");
/// Cases of each kind.
const TRIES: usize = 200;

fn address(ours: &Address) -> AlloyAddress {
    AlloyAddress::from(*ours.as_bytes())
}

fn uint(ours: &Amount) -> U256 {
    U256::from_be_bytes(ours.word())
}

#[test]
fn calls_and_messages_are_those_of_the_file_that_viem_compares() {
    let mut random = Random::seeded(0x4a11);
    let calls: Vec<_> = (0..40).map(|index| calls::call(index, &mut random)).collect();
    let kinds: std::collections::BTreeSet<_> = calls.iter().map(|call| call.function).collect();
    assert_eq!(kinds.len(), calls::KINDS, "every kind of call is there");
    let calls = calls.iter().map(|call| {
        json!({ "function": call.function, "args": call.args, "data": hex::encode(&call.data) }).to_string()
    });
    let messages = (0..10).map(|index| {
        let message = messages::message(index, &mut random);
        json!({ "typedData": message.typed_data(), "digest": hex::encode(&message.digest()) }).to_string()
    });
    let lines = |lines: Vec<String>| lines.join(",\n");
    let text =
        format!("{{\"calls\":[\n{}\n],\"messages\":[\n{}\n]}}\n", lines(calls.collect()), lines(messages.collect()));
    if std::env::var_os("FARTHING_WRITE").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let written = std::fs::read_to_string(FILE).expect("write it: FARTHING_WRITE=1 cargo test --test contract");
    assert!(written == text, "other calls than tests/core/contract-calls.json");
}
