//! Everything that a node answers, and the texts that wallets are shown.
#![no_main]

#[path = "../judges/contract_answers.rs"]
mod judge;
#[path = "../../core/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
