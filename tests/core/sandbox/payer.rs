//! Payers that share no code with the crate: digests by alloy, signatures by k256.

use alloy_primitives::{Address, B256, U256, eip191_hash_message, keccak256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use farthing::sandbox::{Answer, Request, Sandbox};
use farthing::x402::header;
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use crate::recording::{body_of, header_of, json_of};

sol! {
    struct SolGuaranteeRequestClaimsV1 {
        address user;
        address recipient;
        uint256 reqId;
        uint256 amount;
        address asset;
        uint64 timestamp;
    }

    struct PaymentAuthorization {
        address payer;
        bytes32 cycleId;
        address asset;
        uint256 amount;
        uint256 reqId;
        uint64 timestamp;
        bytes32 recipientCommitment;
    }

    struct Checkpoint {
        address payer;
        bytes32 cycleId;
        address asset;
        uint256 cumulativeGross;
        uint64 timestampCutoff;
    }
}

pub const NOW_S: u64 = 1_795_300_000;

/// What a payer signs for.
#[derive(Clone, Copy)]
pub struct Order {
    pub recipient: Address,
    pub asset: Address,
    pub amount: u64,
    pub req_id: u64,
    pub timestamp_s: u64,
}

pub struct Payer {
    key: SigningKey,
}

impl Payer {
    pub fn new(number: u8) -> Self {
        Payer { key: SigningKey::from_slice(&[number; 32]).unwrap() }
    }

    pub fn address(&self) -> Address {
        let point = self.key.verifying_key().to_encoded_point(false);
        Address::from_raw_public_key(&point.as_bytes()[1..])
    }

    pub fn text(&self) -> String {
        self.address().to_checksum(None)
    }

    pub fn sign(&self, digest: B256) -> String {
        let (signature, id) = self.key.sign_prehash_recoverable(digest.as_slice()).unwrap();
        format!("0x{}{:02x}", alloy_primitives::hex::encode(signature.to_bytes()), 27 + id.to_byte())
    }

    pub fn sign_message(&self, message: &str) -> String {
        self.sign(eip191_hash_message(message))
    }

    /// A request for a guarantee in generation 2.
    pub fn claims(&self, order: Order) -> Value {
        let claims = SolGuaranteeRequestClaimsV1 {
            user: self.address(),
            recipient: order.recipient,
            reqId: U256::from(order.req_id),
            amount: U256::from(order.amount),
            asset: order.asset,
            timestamp: order.timestamp_s,
        };
        let domain = Eip712Domain {
            name: Some("4mica".into()),
            version: Some("1".into()),
            chain_id: Some(U256::from(84532)),
            ..Eip712Domain::default()
        };
        json!({
            "claims": {
                "version": "v1", "user_address": lower(self.address()), "recipient_address": lower(order.recipient),
                "req_id": format!("{:#x}", order.req_id), "amount": format!("{:#x}", order.amount),
                "asset_address": lower(order.asset), "timestamp": order.timestamp_s,
            },
            "signature": self.sign(claims.eip712_signing_hash(&domain)), "scheme": "eip712",
        })
    }

    /// A payment authorisation of generation 4 for the cycle that core calls active.
    pub fn authorisation(&self, order: Order, cycle_id: B256, house: Address) -> Value {
        let salt = keccak256(order.req_id.to_be_bytes());
        let signed = PaymentAuthorization {
            payer: self.address(),
            cycleId: cycle_id,
            asset: order.asset,
            amount: U256::from(order.amount),
            reqId: U256::from(order.req_id),
            timestamp: order.timestamp_s,
            recipientCommitment: keccak256((order.recipient, salt, B256::ZERO).abi_encode()),
        };
        json!({
            "payload": {
                "version": "v1", "user_address": lower(self.address()), "recipient_address": lower(order.recipient),
                "cycle_id": cycle_id.to_string(), "req_id": format!("{:#x}", order.req_id),
                "amount": format!("{:#x}", order.amount), "asset_address": lower(order.asset),
                "timestamp": order.timestamp_s, "salt": salt.to_string(),
            },
            "signature": self.sign(signed.eip712_signing_hash(&house_domain(house))),
        })
    }

    /// A signed checkpoint of generation 4.
    pub fn checkpoint(&self, cycle_id: B256, asset: Address, gross: u64, cutoff_s: u64, house: Address) -> Value {
        let signed = Checkpoint {
            payer: self.address(),
            cycleId: cycle_id,
            asset,
            cumulativeGross: U256::from(gross),
            timestampCutoff: cutoff_s,
        };
        json!({
            "payload": {
                "payer": lower(self.address()), "cycle_id": cycle_id.to_string(), "asset_address": lower(asset),
                "cumulative_gross": format!("{gross:#x}"), "timestamp_cutoff": cutoff_s,
            },
            "signature": self.sign(signed.eip712_signing_hash(&house_domain(house))),
        })
    }
}

fn house_domain(house: Address) -> Eip712Domain {
    Eip712Domain {
        name: Some("4micaClearingHouse".into()),
        version: Some("1".into()),
        chain_id: Some(U256::from(84532)),
        verifying_contract: Some(house),
        ..Eip712Domain::default()
    }
}

pub fn lower(address: Address) -> String {
    format!("{address:#x}")
}

/// A sandbox in which this payer has a million units of the only asset as collateral.
pub fn funded(options: Value, payers: &[&Payer]) -> Sandbox {
    let mut sandbox = Sandbox::new(options.to_string().as_bytes(), [5; 32]).unwrap();
    let asset = description(&mut sandbox)["assets"][0]["address"].as_str().unwrap().to_owned();
    for payer in payers {
        crate::recording::fund(&mut sandbox, &payer.text(), &asset, "1000000", NOW_S - 100);
    }
    sandbox
}

pub fn description(sandbox: &mut Sandbox) -> Value {
    crate::recording::command(sandbox, json!({ "do": "describe" }), NOW_S).unwrap()
}

/// The address at a pointer of the description.
pub fn described(sandbox: &mut Sandbox, pointer: &str) -> Address {
    description(sandbox).pointer(pointer).unwrap().as_str().unwrap().parse().unwrap()
}

pub fn get(sandbox: &mut Sandbox, url: &str, headers: &[(&str, &str)], now_s: u64) -> Answer {
    sandbox.answer(&Request { method: "GET", url, headers, body: b"" }, [4; 32], now_s)
}

pub fn post(sandbox: &mut Sandbox, url: &str, token: Option<&str>, body: &Value, now_s: u64) -> Answer {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(token.map(|token| ("Authorization", token)));
    let body = body.to_string();
    sandbox.answer(&Request { method: "POST", url, headers: &headers, body: body.as_bytes() }, [4; 32], now_s)
}

/// The entry of `accepts` and the version of a challenge.
pub fn challenge(answer: &Answer) -> (Value, u64) {
    assert_eq!(answer.status, 402, "{}", body_of(answer));
    let challenge = match header_of(answer, "payment-required") {
        Some(value) => serde_json::from_slice(&header::decode(value).unwrap()).unwrap(),
        None => json_of(answer),
    };
    (challenge["accepts"][0].clone(), challenge["x402Version"].as_u64().unwrap())
}

/// The order that answers an entry of a challenge.
pub fn order(entry: &Value, req_id: u64, now_s: u64) -> Order {
    let amount = entry.get("amount").unwrap_or(&entry["maxAmountRequired"]);
    Order {
        recipient: entry["payTo"].as_str().unwrap().parse().unwrap(),
        asset: entry["asset"].as_str().unwrap().parse().unwrap(),
        amount: amount.as_str().unwrap().parse().unwrap(),
        req_id,
        timestamp_s: now_s - 1,
    }
}

/// Name and value of the header that pays an entry with a payload.
pub fn payment(entry: &Value, version: u64, payload: Value) -> (&'static str, String) {
    let envelope = match version {
        1 => json!({ "x402Version": 1, "scheme": entry["scheme"], "network": entry["network"], "payload": payload }),
        _ => json!({ "x402Version": 2, "accepted": entry, "payload": payload }),
    };
    (if version == 1 { "X-PAYMENT" } else { "PAYMENT-SIGNATURE" }, header::encode(envelope.to_string().as_bytes()))
}

/// Asks for the price, pays it in generation 2, and takes what is answered.
pub fn buy(sandbox: &mut Sandbox, payer: &Payer, url: &str, req_id: u64, now_s: u64) -> Answer {
    let (entry, version) = challenge(&get(sandbox, url, &[], now_s));
    let (name, value) = payment(&entry, version, payer.claims(order(&entry, req_id, now_s)));
    get(sandbox, url, &[(name, &value)], now_s)
}

/// The settlement of a paid answer.
pub fn settlement(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", body_of(answer));
    let value = header_of(answer, "payment-response").or_else(|| header_of(answer, "x-payment-response")).unwrap();
    serde_json::from_slice(&header::decode(value).unwrap()).unwrap()
}
