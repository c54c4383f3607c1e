//! The whole purchase, driven without a network: flows, faults at every step, and what must hold in any order.

mod driver;
mod support;

#[path = "purchase/approval.rs"]
mod approval;
#[path = "purchase/call.rs"]
mod call;
#[path = "purchase/certificate.rs"]
mod certificate;
#[path = "purchase/chaos.rs"]
mod chaos;
#[path = "purchase/flows.rs"]
mod flows;
#[path = "purchase/generation.rs"]
mod generation;
#[path = "purchase/guarantee.rs"]
mod guarantee;
#[path = "purchase/history.rs"]
mod history;
#[path = "purchase/identifier.rs"]
mod identifier;
#[path = "purchase/owner.rs"]
mod owner;
#[path = "purchase/policy.rs"]
mod policy;
#[path = "purchase/refusal.rs"]
mod refusal;
#[path = "purchase/repeat.rs"]
mod repeat;
#[path = "purchase/resume.rs"]
mod resume;
#[path = "purchase/settlement.rs"]
mod settlement;
#[path = "purchase/tab.rs"]
mod tab;
#[path = "purchase/trouble.rs"]
mod trouble;
#[path = "purchase/validation.rs"]
mod validation;
#[path = "purchase/wallet.rs"]
mod wallet;
