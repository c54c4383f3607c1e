//! JavaScript bindings: convert, call, convert. No decision is made here.
//!
//! Two artefacts come from this folder: the payer (feature `wasm`) and the certificate verifier (`wasm-bls`),
//! which is loaded only when a certificate arrives.

#[cfg(all(feature = "artefact", target_arch = "wasm32"))]
mod artefact;
#[cfg(feature = "wasm-bls")]
mod certificate;
#[cfg(feature = "wasm")]
mod command;
#[cfg(feature = "wasm")]
mod payer;
mod thrown;

#[cfg(all(feature = "wasm", feature = "local-signer"))]
pub use payer::KeyHandle;
#[cfg(feature = "wasm")]
pub use payer::{PayerHandle, PurchaseHandle};
