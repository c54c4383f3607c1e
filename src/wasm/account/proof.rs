//! Certificates and evidence: texts in, JSON texts out. The operator's BLS signature is checked by the artefact that has
//! the curve: what it says comes back in `conclude`, and only then anything is said to be proven.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::super::thrown::Thrown;
use crate::account::{self, CheckedCertificate, Examination, Failure, OperatorSignature};
use crate::error::Code;
use crate::owner::Row;
use crate::primitives::Network;
use crate::purchase::{Config, ConfigError};
use crate::registry::Registry;

/// The evidence of a row.
#[wasm_bindgen]
pub fn evidence(record: &str, sealed: Option<String>) -> Result<String, JsValue> {
    account::evidence(Row { record, sealed: sealed.as_deref() }).map_err(thrown)
}

/// A certificate held against a payment.
#[wasm_bindgen(js_name = CertificateCheck)]
pub struct CertificateCheckHandle {
    checked: Option<CheckedCertificate>,
}

#[wasm_bindgen(js_class = CertificateCheck)]
impl CertificateCheckHandle {
    /// `options` are the bytes that a payer takes, with the pinned core of `network`; the rest as
    /// [`CheckedCertificate::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(
        options: &[u8],
        network: &str,
        parameters: &[u8],
        payment: &str,
        shown: &str,
    ) -> Result<CertificateCheckHandle, JsValue> {
        let known = registry(options)?;
        let core = Network::parse(network).and_then(|network| known.core(network));
        let core = core.ok_or_else(|| JsValue::from(Thrown::new(Code::Options, "core")))?;
        let checked = CheckedCertificate::new(&core, parameters, payment, shown).map_err(thrown)?;
        Ok(CertificateCheckHandle { checked: Some(checked) })
    }

    /// What is still to be checked, where anything is.
    #[wasm_bindgen(js_name = operatorSignature)]
    pub fn operator_signature(&self) -> Option<String> {
        self.checked.as_ref()?.operator_signature().map(OperatorSignature::to_json)
    }

    /// The facts, once: with the code of what was wrong with the operator's signature, or none when it is genuine.
    pub fn conclude(&mut self, problem: Option<String>) -> Result<String, JsValue> {
        let checked = self.checked.take().ok_or_else(|| JsValue::from(Thrown::new(Code::OutOfOrder, "conclude")))?;
        checked.conclude(problem.as_deref().map(code)).map(|facts| facts.to_json()).map_err(thrown)
    }
}

/// Evidence, examined.
#[wasm_bindgen(js_name = EvidenceCheck)]
pub struct EvidenceCheckHandle {
    examination: Option<Examination>,
}

#[wasm_bindgen(js_class = EvidenceCheck)]
impl EvidenceCheckHandle {
    /// `options` are the bytes that a payer takes: `{"cores"?, "assets"?}`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8], evidence: &[u8], response: Option<Vec<u8>>) -> Result<EvidenceCheckHandle, JsValue> {
        let examination = Examination::new(evidence, &registry(options)?, response.as_deref()).map_err(thrown)?;
        Ok(EvidenceCheckHandle { examination: Some(examination) })
    }

    /// What is still to be checked, where anything is.
    #[wasm_bindgen(js_name = operatorSignature)]
    pub fn operator_signature(&self) -> Option<String> {
        self.examination.as_ref()?.operator_signature().map(OperatorSignature::to_json)
    }

    /// The report, once: with the code of what was wrong with the operator's signature, or none when it is genuine.
    pub fn conclude(&mut self, problem: Option<String>) -> Result<String, JsValue> {
        let examination =
            self.examination.take().ok_or_else(|| JsValue::from(Thrown::new(Code::OutOfOrder, "conclude")))?;
        Ok(examination.conclude(problem.as_deref().map(code)).to_json())
    }
}

fn registry(options: &[u8]) -> Result<Registry, JsValue> {
    Config::parse(options).map(|config| config.registry).map_err(|error| match error {
        ConfigError::Policy(error) => Thrown::new(error.code(), error.field).into(),
        ConfigError::Field(field) => Thrown::new(Code::Options, field).into(),
    })
}

// A word that is no code of ours is a problem all the same.
fn code(text: &str) -> Code {
    Code::parse(text).unwrap_or(Code::CertificateUnchecked)
}

fn thrown(failure: Failure) -> JsValue {
    Thrown::new(failure.code, failure.facts).into()
}
