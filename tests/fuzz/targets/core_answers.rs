//! Everything that a core, a facilitator or a tab endpoint answers.
#![no_main]

#[path = "../judges/core_answers.rs"]
mod judge;
#[path = "../../core/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
