//! Payments presented to sellers: what is taken is what was signed.
#![no_main]

#[path = "../judges/sale.rs"]
mod judge;
#[path = "../../core/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| judge::judge(bytes));
