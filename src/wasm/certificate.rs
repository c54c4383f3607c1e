//! The certificate verifier: bytes in, nothing out, or the code of what is wrong.

use wasm_bindgen::prelude::*;

use super::thrown::Thrown;
use crate::error::Code;
use crate::scheme::guarantee::bls::{BlsError, OperatorKey, verify};

/// A key that certificates are checked with. Reading it costs a sixteenth of a verification, so it is kept.
#[wasm_bindgen(js_name = OperatorKey)]
pub struct KeyHandle {
    key: OperatorKey,
}

#[wasm_bindgen(js_class = OperatorKey)]
impl KeyHandle {
    /// Reads 48 bytes.
    ///
    /// # Errors
    /// An `Error` with a code of the stage `certificate/…`.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: &[u8]) -> Result<KeyHandle, JsValue> {
        OperatorKey::from_slice(bytes).map(|key| KeyHandle { key }).map_err(thrown)
    }

    /// Checks the operator's signature (96 bytes) over `claims`.
    ///
    /// # Errors
    /// As [`KeyHandle::new`].
    pub fn verify(&self, claims: &[u8], signature: &[u8]) -> Result<(), JsValue> {
        let signature = signature.try_into().map_err(|_| thrown(BlsError::SignatureEncoding))?;
        verify(&self.key, claims, signature).map_err(thrown)
    }
}

fn thrown(error: BlsError) -> JsValue {
    Thrown::new(code_of(error), "the certificate proves nothing").into()
}

fn code_of(error: BlsError) -> Code {
    match error {
        BlsError::KeyEncoding => Code::CertificateKeyEncoding,
        BlsError::KeyInfinity => Code::CertificateKeyInfinity,
        BlsError::SignatureEncoding => Code::CertificateSignatureEncoding,
        BlsError::SignatureInfinity => Code::CertificateSignatureInfinity,
        BlsError::Mismatch => Code::CertificateSignatureMismatch,
    }
}
