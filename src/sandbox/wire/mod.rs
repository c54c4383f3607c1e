//! What goes in and out: HTTP without sockets, JSON bodies as the real services read them, Solidity's ABI.

mod abi;
mod body;
mod http;

pub(super) use abi::Abi;
pub(super) use body::{Body, Place, any_address};
pub use http::{Answer, Request};
pub(super) use http::{Coded, Refusal, reason, unescaped};
