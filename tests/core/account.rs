//! The tasks of a 4Mica account, against a core, a facilitator, a node and a wallet that follow a script.

#[path = "account/cycle.rs"]
mod cycle;
#[path = "account/deposit.rs"]
mod deposit;
#[path = "account/exposure.rs"]
mod exposure;
#[path = "account/login.rs"]
mod login;
#[path = "account/parallel.rs"]
mod parallel;
#[path = "account/proofs.rs"]
mod proofs;
#[path = "account/readiness.rs"]
mod readiness;
#[path = "account/records.rs"]
mod records;
#[path = "account/settle.rs"]
mod settle;
#[path = "account/withdrawal.rs"]
mod withdrawal;
#[path = "account/world/mod.rs"]
mod world;
