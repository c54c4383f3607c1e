//! The sandbox: requests and commands in, JSON texts out. Randomness is drawn here.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::thrown::{Thrown, seconds};
use crate::error::Code;
use crate::json::Writer;
use crate::primitives::Hash;
use crate::sandbox::{Answer, Request, Sandbox, SandboxError};

/// A core, a facilitator and sellers in this process.
#[wasm_bindgen(js_name = Sandbox)]
pub struct SandboxHandle {
    sandbox: Sandbox,
}

#[wasm_bindgen(js_class = Sandbox)]
impl SandboxHandle {
    /// Makes one from options, JSON.
    ///
    /// # Errors
    /// An `Error` with code `misuse/options` that says what is wrong; a production network is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &[u8]) -> Result<Self, JsValue> {
        let sandbox = Sandbox::new(options, entropy()?).map_err(thrown)?;
        Ok(SandboxHandle { sandbox })
    }

    /// Answers a request. `headers` are names and values in turn. The answer is `{"status", "headers": [[name,
    /// value]], "body", "delayMs", "lost"}`.
    pub fn answer(
        &mut self,
        method: &str,
        url: &str,
        headers: Vec<String>,
        body: &[u8],
        now_s: f64,
    ) -> Result<String, JsValue> {
        let pairs: Vec<(&str, &str)> =
            headers.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str()))).collect();
        let request = Request { method, url, headers: &pairs, body };
        Ok(written(&self.sandbox.answer(&request, entropy()?, seconds(now_s))))
    }

    /// Carries out a command, JSON both ways.
    ///
    /// # Errors
    /// An `Error` with code `misuse/options` that says why not.
    pub fn command(&mut self, command: &str, now_s: f64) -> Result<String, JsValue> {
        self.sandbox.command(command.as_bytes(), entropy()?, seconds(now_s)).map_err(thrown)
    }
}

fn entropy() -> Result<Hash, JsValue> {
    let mut drawn = [0; 32];
    getrandom::fill(&mut drawn).map_err(|_| JsValue::from(Thrown::new(Code::Entropy, "no random source")))?;
    Ok(drawn)
}

fn thrown(error: SandboxError) -> JsValue {
    let code = match error {
        SandboxError::Entropy => Code::Entropy,
        _ => Code::Options,
    };
    Thrown::new(code, error.to_string()).into()
}

fn written(answer: &Answer) -> String {
    let mut headers = String::new();
    for (name, value) in &answer.headers {
        headers.push_str(if headers.is_empty() { "[" } else { ",[" });
        crate::json::push_string(&mut headers, name);
        headers.push(',');
        crate::json::push_string(&mut headers, value);
        headers.push(']');
    }
    Writer::object()
        .integer("status", u64::from(answer.status))
        .raw("headers", &format!("[{headers}]"))
        .text("body", &String::from_utf8_lossy(&answer.body))
        .integer("delayMs", u64::from(answer.delay_ms))
        .raw("lost", if answer.lost { "true" } else { "false" })
        .finish()
}
