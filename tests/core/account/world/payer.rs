//! The account's key, used by other libraries: digests by alloy, signatures by k256.

use alloy_primitives::{Address, B256, U256, eip191_hash_message, keccak256};
use alloy_sol_types::{SolStruct, SolValue, eip712_domain, sol};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use super::{HOUSE, USDC};

sol! {
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

/// A key of 32 equal bytes.
pub struct Payer {
    key: SigningKey,
}

impl Payer {
    pub fn new(byte: u8) -> Self {
        Payer { key: SigningKey::from_slice(&[byte; 32]).unwrap() }
    }

    pub fn address(&self) -> Address {
        Address::from_raw_public_key(&self.key.verifying_key().to_encoded_point(false).as_bytes()[1..])
    }

    /// With checksum.
    pub fn text(&self) -> String {
        self.address().to_checksum(None)
    }

    pub fn sign_message(&self, message: &str) -> String {
        self.sign(eip191_hash_message(message))
    }

    /// A payment of generation 4 as a batch has it.
    pub fn authorisation(&self, req_id: u64, amount: u64, cycle_id: B256, timestamp_s: u64) -> Value {
        let (recipient, salt) = (Address::repeat_byte(0xbe), keccak256(req_id.to_be_bytes()));
        let signed = PaymentAuthorization {
            payer: self.address(),
            cycleId: cycle_id,
            asset: USDC.parse().unwrap(),
            amount: U256::from(amount),
            reqId: U256::from(req_id),
            timestamp: timestamp_s,
            recipientCommitment: keccak256((recipient, salt, B256::ZERO).abi_encode()),
        };
        json!({
            "payload": {
                "version": "v1", "user_address": lower(self.address()), "recipient_address": lower(recipient),
                "cycle_id": cycle_id.to_string(), "req_id": format!("{req_id:#x}"), "amount": format!("{amount:#x}"),
                "asset_address": USDC.to_lowercase(), "timestamp": timestamp_s, "salt": salt.to_string(),
            },
            "signature": self.sign_house(&signed),
        })
    }

    /// A signed checkpoint of generation 4.
    pub fn checkpoint(&self, cycle_id: B256, gross: u64, cutoff_s: u64) -> Value {
        let signed = Checkpoint {
            payer: self.address(),
            cycleId: cycle_id,
            asset: USDC.parse().unwrap(),
            cumulativeGross: U256::from(gross),
            timestampCutoff: cutoff_s,
        };
        json!({
            "payload": {
                "payer": lower(self.address()), "cycle_id": cycle_id.to_string(), "asset_address": USDC.to_lowercase(),
                "cumulative_gross": format!("{gross:#x}"), "timestamp_cutoff": cutoff_s,
            },
            "signature": self.sign_house(&signed),
        })
    }

    fn sign_house(&self, signed: &impl SolStruct) -> String {
        let domain = eip712_domain! {
            name: "4micaClearingHouse",
            version: "1",
            chain_id: 84532,
            verifying_contract: HOUSE.parse().unwrap(),
        };
        self.sign(signed.eip712_signing_hash(&domain))
    }

    fn sign(&self, digest: B256) -> String {
        let (signature, id) = self.key.sign_prehash_recoverable(digest.as_slice()).unwrap();
        format!("0x{}{:02x}", alloy_primitives::hex::encode(signature.to_bytes()), 27 + id.to_byte())
    }
}

fn lower(address: Address) -> String {
    format!("{address:#x}")
}
