//! The synchronous half: from terms to challenges, and from requests to proofs.

mod asking;
mod extensions;
mod fields;
mod requests;
pub mod shop;
mod spellings;
mod taken;
