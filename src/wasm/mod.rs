//! JavaScript bindings: convert, call, convert. No decision is made here.
//!
//! Each artefact of the package comes from this folder: the payer (feature `wasm`); the certificate verifier (`wasm-bls`),
//! which is loaded only when a certificate arrives; what the owner does beside payments (`wasm-owner`); the 4Mica
//! account (`wasm-account`); the seller's half (`wasm-seller`); and the sandbox (`wasm-sandbox`).

#[cfg(feature = "wasm-account")]
mod account;
#[cfg(all(feature = "artefact", target_arch = "wasm32"))]
mod artefact;
#[cfg(feature = "wasm-bls")]
mod certificate;
#[cfg(feature = "wasm")]
mod command;
#[cfg(all(feature = "wasm", feature = "local-signer"))]
mod key;
#[cfg(feature = "wasm-owner")]
mod owner;
#[cfg(feature = "wasm")]
mod payer;
#[cfg(any(feature = "wasm", feature = "wasm-seller"))]
mod row;
#[cfg(feature = "wasm-sandbox")]
mod sandbox;
#[cfg(feature = "wasm-seller")]
mod seller;
mod thrown;

#[cfg(all(feature = "wasm", feature = "local-signer"))]
pub use key::KeyHandle;
#[cfg(feature = "wasm")]
pub use payer::{PayerHandle, PurchaseHandle};
