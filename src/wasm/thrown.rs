//! The one error type that crosses the boundary: an `Error` with a stable `code`.

use alloc::borrow::Cow;

use wasm_bindgen::{JsError, JsValue};

use crate::error::Code;

/// Becomes a JavaScript `Error` whose `code` property is the stable code.
pub(super) struct Thrown {
    code: Code,
    facts: Cow<'static, str>,
}

impl Thrown {
    pub(super) fn new(code: Code, facts: impl Into<Cow<'static, str>>) -> Self {
        Thrown { code, facts: facts.into() }
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> JsValue {
        let error = JsValue::from(JsError::new(&thrown.facts));
        // A fresh Error is extensible: setting a property on it cannot fail.
        let _ = js_sys::Reflect::set(&error, &JsValue::from_str("code"), &JsValue::from_str(thrown.code.as_str()));
        error
    }
}

/// Unix seconds of a JavaScript number: not a number, negative and infinite all become 0, which the core refuses as a
/// clock, or takes for long ago.
#[cfg(any(
    feature = "wasm",
    feature = "wasm-owner",
    feature = "wasm-account",
    feature = "wasm-seller",
    feature = "wasm-sandbox"
))]
pub(super) fn seconds(value: f64) -> u64 {
    if value.is_finite() { value as u64 } else { 0 }
}
