//! secp256k1: signatures read into one normal form, payers recovered, and, behind a feature, a local key.
//!
//! A wallet's answer is evidence, not truth: what leaves here recovers to the payer over our own digest.

#[cfg(feature = "local-signer")]
mod local;
mod signature;

#[cfg(feature = "local-signer")]
pub use local::LocalKey;
pub use signature::Signature;
pub(crate) use signature::Verified;

use crate::error::stage_error;

stage_error! {
    /// Why a signature, or a key, is not used.
    SignError, "use the signature", {
        Format => SignatureFormat,
        Signer => SignatureSigner,
        Key => KeyInvalid,
    }
}
