//! The certificate verifier: bytes in, nothing out, or the code of what is wrong.

use wasm_bindgen::prelude::*;

use super::thrown::Thrown;
use crate::error::Code;
use crate::scheme::guarantee::bls::{BlsError, OperatorKey, verify};

/// Checks the operator's BLS signature (96 bytes) over `claims` under its key (48 bytes).
///
/// # Errors
/// An `Error` with a code of the stage `certificate/…`.
#[wasm_bindgen(js_name = verifyCertificate)]
pub fn verify_certificate(claims: &[u8], signature: &[u8], operator_key: &[u8]) -> Result<(), JsValue> {
    let check = || -> Result<(), BlsError> {
        let key: &[u8; 48] = operator_key.try_into().map_err(|_| BlsError::KeyEncoding)?;
        let signature: &[u8; 96] = signature.try_into().map_err(|_| BlsError::SignatureEncoding)?;
        verify(&OperatorKey::from_bytes(key)?, claims, signature)
    };
    check().map_err(|error| Thrown::new(code_of(error), "the certificate proves nothing").into())
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
