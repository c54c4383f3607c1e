//! What the tests of the core share: vectors, a driver without a network, typed data as a wallet hashes it, chance.
#![allow(dead_code, reason = "each test uses its part")]

pub mod driver;
pub mod files;
pub mod random;
pub mod recorded;
pub mod typed_data;
