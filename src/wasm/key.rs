//! A private key inside the module.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::thrown::{Thrown, seconds};
use crate::contract::message::AccountText;
use crate::core4mica::{SignIn, SignInParts};
use crate::error::Code;
use crate::primitives::Network;
use crate::registry::Core;
use crate::signer::LocalKey;

/// A private key. Signs only what a purchase asks for, and the closed set of an account's other messages.
#[wasm_bindgen(js_name = LocalKey)]
pub struct KeyHandle {
    pub(super) key: LocalKey,
}

#[wasm_bindgen(js_class = LocalKey)]
impl KeyHandle {
    /// Takes 32 bytes and wipes the copy that crossed the boundary; the caller wipes its own.
    #[wasm_bindgen(constructor)]
    pub fn new(mut bytes: Vec<u8>) -> Result<KeyHandle, JsValue> {
        let key =
            <&mut [u8; 32]>::try_from(bytes.as_mut_slice()).ok().and_then(|bytes| LocalKey::from_bytes(bytes).ok());
        zeroize::Zeroize::zeroize(&mut bytes);
        key.map(|key| KeyHandle { key }).ok_or_else(|| Thrown::new(Code::KeyInvalid, "").into())
    }

    /// The account, with checksum.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.key.address().checksummed()
    }

    /// Signs in to the 4Mica core at `core`: the text is made here, of parts that name nothing but this core, and only for
    /// the next minutes.
    #[allow(clippy::too_many_arguments, reason = "the parts of one message")]
    #[wasm_bindgen(js_name = signLogin)]
    pub fn sign_login(
        &self,
        core: &str,
        chain_id: u64,
        domain: String,
        uri: String,
        statement: String,
        nonce: String,
        issued_at: String,
        expiration: String,
        now_s: f64,
    ) -> Result<String, JsValue> {
        let network = Network::from_chain_id(chain_id);
        let network = network.ok_or_else(|| JsValue::from(Thrown::new(Code::Options, "chainId")))?;
        let parts = SignInParts { domain, uri, statement, chain_id, nonce, issued_at, expiration };
        let thrown = |code: Code| JsValue::from(Thrown::new(code, ""));
        let login = SignIn::from_parts(parts, &Core::at(network, core), &self.key.address(), seconds(now_s))
            .map_err(|error| thrown(error.code()))?;
        Ok(self.key.sign(&login.digest()).map_err(|error| thrown(error.code()))?.to_hex())
    }

    /// Signs a message of this account besides payments, given as the text that a wallet would be asked. Refuses a text
    /// that this crate would not write, and another account's.
    #[wasm_bindgen(js_name = signAccountMessage)]
    pub fn sign_account_message(&self, typed_data: &str) -> Result<String, JsValue> {
        let message =
            AccountText::read(typed_data).ok_or_else(|| JsValue::from(Thrown::new(Code::Options, "typedData")))?;
        let signature = message.sign_locally(&self.key);
        Ok(signature.map_err(|error| JsValue::from(Thrown::new(error.code(), "")))?.to_hex())
    }
}
