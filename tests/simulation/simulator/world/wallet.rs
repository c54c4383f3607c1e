//! The wallet: hashes the typed data it is shown, and signs.
//!
//! It signs with one fixed ephemeral scalar, so that a signature costs a multiplication. That gives its keys away,
//! which nobody here looks for; what it makes are valid signatures, recovered like any other.

use std::sync::LazyLock;

use farthing::primitives::{Address, Amount, Hash, keccak256};
use farthing::signer::LocalKey;
use k256::ecdsa::SigningKey;
use k256::elliptic_curve::PrimeField;
use k256::elliptic_curve::bigint::U256;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::scalar::IsHigh;
use k256::elliptic_curve::sec1::ToEncodedPoint;
use k256::{ProjectivePoint, Scalar};
use serde_json::Value;

/// Typed data hashed by a generic reader, which shares nothing with the schemes.
#[path = "../../../core/support/typed_data.rs"]
mod typed_data;

mod files {
    pub fn bytes(text: &str) -> Vec<u8> {
        farthing::primitives::hex::decode_up_to(text, 4096).unwrap_or_else(|| panic!("no hex: {text}"))
    }
}

/// What the wallet is asked to sign, as it reads it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub digest: Hash,
    pub chain_id: u64,
    pub payer: Address,
    /// Hidden in some guarantees.
    pub to: Option<Address>,
    pub asset: Address,
    pub amount: u64,
    pub nonce: Hash,
    /// Unix seconds; absent for guarantees.
    pub window: Option<(u64, u64)>,
}

static NONCE: LazyLock<(Scalar, Scalar, bool)> = LazyLock::new(|| {
    let k = Scalar::from(0x5eed_0000_0001_u64);
    let point = (ProjectivePoint::GENERATOR * k).to_affine().to_encoded_point(false);
    let x: [u8; 32] = (*point.x().unwrap()).into();
    let odd = point.y().unwrap()[31] & 1 == 1;
    (k.invert().unwrap(), <Scalar as Reduce<U256>>::reduce_bytes(&x.into()), odd)
});
static PAYER: LazyLock<Address> = LazyLock::new(|| address(PAYER_BYTE));
static OTHER: LazyLock<Address> = LazyLock::new(|| address(OTHER_BYTE));
static KEY: LazyLock<LocalKey> = LazyLock::new(|| LocalKey::from_bytes(&mut [PAYER_BYTE; 32]).unwrap());
// Every byte of the payer's key, and of another account's.
const PAYER_BYTE: u8 = 0x11;
const OTHER_BYTE: u8 = 0x22;

/// The account that pays.
pub fn payer() -> Address {
    *PAYER
}

/// Another account of the same wallet.
pub fn other() -> Address {
    *OTHER
}

/// The payer's key, where the process has it.
pub fn key() -> &'static LocalKey {
    &KEY
}

fn address(byte: u8) -> Address {
    let key = SigningKey::from_slice(&[byte; 32]).unwrap();
    let hash = keccak256(&key.verifying_key().to_encoded_point(false).as_bytes()[1..]);
    Address::from_bytes(hash[12..].try_into().unwrap())
}

/// The 65 bytes a wallet answers: s in its low form, v of 27 or 28.
pub fn sign(account: Address, digest: &Hash) -> [u8; 65] {
    let byte = if account == other() { OTHER_BYTE } else { PAYER_BYTE };
    let (inverse, r, odd) = *NONCE;
    let secret = Scalar::from_repr([byte; 32].into()).unwrap();
    let z = <Scalar as Reduce<U256>>::reduce_bytes(&(*digest).into());
    let s = inverse * (z + r * secret);
    let high = bool::from(s.is_high());
    assemble(r, if high { -s } else { s }, odd ^ high)
}

/// The same signature as some wallets spell it: s in its high form, v of 0 or 1.
pub fn high_form(signature: &[u8; 65]) -> [u8; 65] {
    let (r, s) = (scalar(&signature[..32]), scalar(&signature[32..64]));
    let mut high = assemble(r, -s, signature[64] == 27);
    high[64] -= 27;
    high
}

fn scalar(bytes: &[u8]) -> Scalar {
    <Scalar as Reduce<U256>>::reduce_bytes(&<[u8; 32]>::try_from(bytes).unwrap().into())
}

fn assemble(r: Scalar, s: Scalar, odd: bool) -> [u8; 65] {
    let mut bytes = [0; 65];
    bytes[..32].copy_from_slice(&r.to_bytes());
    bytes[32..64].copy_from_slice(&s.to_bytes());
    bytes[64] = 27 + u8::from(odd);
    bytes
}

impl Asked {
    /// Reads the parameter of `eth_signTypedData_v4`.
    pub fn read(typed_data: &str) -> Self {
        let request: Value = serde_json::from_str(typed_data).unwrap();
        let message = &request["message"];
        let text = |names: &[&str]| names.iter().find_map(|name| message[*name].as_str());
        let address = |text: &str| Address::parse(text).unwrap();
        let number = |name: &str| text(&[name]).map(|text| text.parse::<u64>().unwrap());
        let contract = || request["domain"]["verifyingContract"].as_str();
        Asked {
            digest: typed_data::digest(&request),
            chain_id: match &request["domain"]["chainId"] {
                Value::String(text) => text.parse().unwrap(),
                number => number.as_u64().unwrap(),
            },
            payer: address(text(&["from", "user", "payer"]).unwrap()),
            to: text(&["to", "recipient"]).map(address),
            asset: address(text(&["asset"]).or_else(contract).unwrap()),
            // More than any price here, if it does not fit.
            amount: text(&["value", "amount"]).unwrap().parse().unwrap_or(u64::MAX),
            nonce: match text(&["nonce"]) {
                Some(nonce) => farthing::primitives::hex::decode_fixed(nonce).unwrap(),
                None => Amount::from_decimal(text(&["reqId"]).unwrap()).unwrap().word(),
            },
            window: number("validAfter").zip(number("validBefore")),
        }
    }
}
