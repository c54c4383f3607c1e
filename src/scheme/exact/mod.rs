//! `exact` on EVM networks: one authorised transfer of exactly the price.

mod cancel;
mod contract;
mod eip3009;

pub use cancel::CancelAuthorization;
pub use contract::{AUTHORIZATION_CANCELED, AUTHORIZATION_USED, authorization_state, topic};
pub use eip3009::TransferAuthorization;
pub(crate) use eip3009::domain as token_domain;
