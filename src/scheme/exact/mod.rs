//! `exact` on EVM networks: one authorised transfer of exactly the price.

mod eip3009;

pub use eip3009::TransferAuthorization;
