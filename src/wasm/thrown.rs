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
