//! The small exact types everything else is made of. Knows no protocol.

mod address;
mod amount;
mod hash;
pub mod hex;
mod network;
mod origin;
mod secret;

pub use address::{Address, AddressError};
pub use amount::{Amount, AmountError};
pub use hash::{Hash, keccak256, keccak256_of};
pub use network::Network;
pub use origin::{Origin, Url};
pub use secret::Secret;
