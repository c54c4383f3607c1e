//! Contracts of 4Mica: what the owner's wallet may be asked to send or to sign, and how the chain's answers are read.
//!
//! Amounts, addresses and proofs in; call data, typed data, questions to a node and words for a person out. Knows no
//! node and no wallet: the driver asks them. Contract addresses come from a pinned core, token domains from the registry.

pub mod authorisation;
pub mod clearing_house;
pub mod core4mica;
pub mod erc20;
pub mod message;
pub mod revert;
pub mod rpc;
pub mod transaction;
