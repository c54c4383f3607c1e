//! A private key inside the module.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::thrown::Thrown;
use crate::error::Code;
use crate::primitives::{Address, Network, hex};
use crate::registry::Asset;
use crate::scheme::exact::CancelAuthorization;
use crate::signer::LocalKey;

/// A private key. Signs only what a purchase asks for, and that a payment must not happen.
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

    /// Signs that a nonce of this account must never be used: no money moves by it. `token`, `name` and `version` are of
    /// the token's EIP-712 domain.
    #[wasm_bindgen(js_name = signCancellation)]
    pub fn sign_cancellation(
        &self,
        chain_id: u64,
        token: &str,
        name: String,
        version: String,
        nonce: &str,
    ) -> Result<String, JsValue> {
        let asset = Network::from_chain_id(chain_id).zip(Address::parse(token).ok());
        let asset =
            asset.map(|(network, address)| Asset { network, address, name, version, decimals: 0, currency: None });
        let Some((asset, nonce)) = asset.zip(hex::decode_fixed(nonce)) else {
            return Err(Thrown::new(Code::Options, "cancellation").into());
        };
        let cancel = CancelAuthorization { authorizer: self.key.address(), nonce };
        let signature =
            self.key.sign(&cancel.digest(&asset)).map_err(|error| JsValue::from(Thrown::new(error.code(), "")))?;
        Ok(signature.to_hex())
    }
}
