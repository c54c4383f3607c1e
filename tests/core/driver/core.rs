//! A 4Mica Core as far as a payer meets it: public parameters, a cycle, certificates (generation 2) and receipts
//! (generation 4). Encoded by alloy, signed by the libraries themselves: nothing here shares code with the crate.

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use bls12_381::hash_to_curve::{ExpandMsgXmd, HashToCurve};
use bls12_381::{G1Affine, G2Affine, G2Projective, Scalar};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

use super::NOW_S;
use super::scene::{Flow, USDC_SEPOLIA};

const CONTRACT: &str = "0x9A676e781A523b5d0C0e43731313A708CB607508";
const REGISTRY: &str = "0x0B306BF915C4d645ff596e518fAf3F9669b97016";
pub const CYCLE_ID: &str = "0x0c28d7a595742b933e329c3ae509a62c793ba2533d8057fdf2011081e91e2988";
/// As a core publishes it; how it is made is the core's affair.
const DOMAIN_V2: &str = "0x5787e5eff0af54678977dfda3b4b7d58c3e8a5dd4f82ac1e02f6d917f9a7c7ca";
/// Of generation 3, likewise.
const DOMAIN_SDK2: &str = "0x3300000000000000000000000000000000000000000000000000000000000033";
pub const VALIDATOR: &str = "eip155:84532:0x209693Bc6afc0C5328bA36FaF03C514EF312287C";
const CHAIN_ID: u64 = 84532;

sol! {
    struct Claims {
        bytes32 domain;
        bytes32 cycleId;
        uint256 reqId;
        address client;
        address recipient;
        uint256 amount;
        address asset;
        uint64 timestamp;
        uint64 version;
    }

    struct TabClaims {
        bytes32 domain;
        uint256 tabId;
        uint256 reqId;
        address client;
        address recipient;
        uint256 amount;
        uint256 totalAmount;
        address asset;
        uint64 timestamp;
        uint64 version;
    }

    struct ClaimsV2 {
        bytes32 domain;
        bytes32 cycleId;
        uint256 reqId;
        address client;
        address recipient;
        uint256 amount;
        address asset;
        uint64 timestamp;
        uint64 version;
        address registry;
        bytes32 requestHash;
        uint256 chainId;
        address validator;
        uint256 agentId;
        uint8 minScore;
        bytes32 subjectHash;
        bytes32 jobHash;
        string tag;
    }

    struct GuaranteeV1 {
        uint256 cycleId;
        uint256 reqId;
        address client;
        address recipient;
        uint256 amount;
        address asset;
        uint64 timestamp;
    }
}

/// `GET /core/public-params`, shaped as recorded from a core of generation 2 and as documented for 4.
pub fn parameters(flow: Flow) -> Value {
    match flow {
        Flow::House => json!({
            "guarantee_signer": receipt_signer(),
            "contract_address": CONTRACT, "guarantee_registry_address": REGISTRY,
            "clearing_house_address": "0x68B1D87F95878fE05B998F19b66F4baba5De1aed", "eip712_name": "4mica",
            "eip712_version": "1", "chain_id": CHAIN_ID, "supported_payment_payload_versions": ["v1"],
            "validators": [VALIDATOR],
        }),
        Flow::Sdk2 => json!({
            "public_key": hex(&G1Affine::from(G1Affine::generator() * operator_secret()).to_compressed()),
            "contract_address": CONTRACT, "eip712_name": "4mica", "eip712_version": "1", "chain_id": CHAIN_ID,
            "supported_guarantee_versions": [1],
            "guarantee_domains": [{ "version": 1, "domain_separator": DOMAIN_SDK2 }], "validators": [VALIDATOR],
        }),
        _ => json!({
            "public_key": G1Affine::from(G1Affine::generator() * operator_secret()).to_compressed().to_vec(),
            "contract_address": CONTRACT, "eip712_name": "4mica", "eip712_version": "1", "chain_id": CHAIN_ID,
            "max_accepted_guarantee_version": 2, "accepted_guarantee_versions": [1, 2],
            "active_guarantee_domain_separator": DOMAIN_V2, "trusted_validation_registries": [REGISTRY],
        }),
    }
}

/// `GET /core/cycles/active`; the server's time is filled in when it answers.
pub fn active_cycle() -> Value {
    json!({
        "cycle_id": CYCLE_ID, "asset_address": USDC_SEPOLIA.to_lowercase(), "period_start": NOW_S - 5000,
        "period_end": NOW_S + 5000, "max_uncheckpointed": 10,
    })
}

/// What a seller's `extra` asks for in claims V2.
pub fn validation() -> Value {
    json!({
        "validationRegistryAddress": REGISTRY, "validationChainId": CHAIN_ID,
        "validatorAddress": "0x90F79bf6EB2c4f870365E785982E1f101E93b906", "validatorAgentId": "7",
        "minValidationScore": 80, "requiredValidationTag": "tag of the job",
        "jobHash": "0x00000000000000000000000000000000000000000000000000000000000000bb",
    })
}

/// The settlement of a facilitator of 4Mica, with its names.
pub fn settlement((claims, signature): (Vec<u8>, Vec<u8>)) -> Value {
    json!({
        "success": true, "txHash": "", "networkId": "eip155:84532",
        "certificate": { "claims": hex(&claims), "signature": hex(&signature) },
    })
}

/// The honest certificate over the claims of a payment.
pub fn certificate(payment: &Value) -> (Vec<u8>, Vec<u8>) {
    certified(claims_of(payment))
}

/// The claims as V2 fields; V1 uses the first nine.
pub fn claims_of(payment: &Value) -> ClaimsV2 {
    let claims = &payment["payload"]["claims"];
    let version = if claims["version"] == "v2" { 2 } else { 1 };
    let word = |name: &str| claims[name].as_str().map(|text| text.parse().unwrap()).unwrap_or_default();
    let address = |name: &str| claims[name].as_str().map(|text| text.parse().unwrap()).unwrap_or_default();
    let number = |name: &str| claims[name].as_str().map(|text| text.parse::<U256>().unwrap()).unwrap_or_default();
    // keccak256(abi.encode("4MICA_CORE_GUARANTEE_V1", chainId, core4mica)). Source: protocol notes 2.7.
    let tag = ("4MICA_CORE_GUARANTEE_V1".to_owned(), U256::from(CHAIN_ID), CONTRACT.parse::<Address>().unwrap());
    let domain_v1 = alloy_primitives::keccak256(tag.abi_encode_params());
    ClaimsV2 {
        domain: if version == 2 { DOMAIN_V2.parse().unwrap() } else { domain_v1 },
        cycleId: CYCLE_ID.parse().unwrap(),
        reqId: number("req_id"),
        client: address("user_address"),
        recipient: address("recipient_address"),
        amount: number("amount"),
        asset: address("asset_address"),
        timestamp: claims["timestamp"].as_u64().unwrap(),
        version,
        registry: address("validation_registry_address"),
        requestHash: word("validation_request_hash"),
        chainId: U256::from(claims["validation_chain_id"].as_u64().unwrap_or_default()),
        validator: address("validator_address"),
        agentId: number("validator_agent_id"),
        minScore: claims["min_validation_score"].as_u64().unwrap_or_default().try_into().unwrap(),
        subjectHash: word("validation_subject_hash"),
        jobHash: word("job_hash"),
        tag: claims["required_validation_tag"].as_str().unwrap_or_default().to_owned(),
    }
}

/// The claims under the domain that generation 3 publishes.
pub fn sdk2_claims_of(payment: &Value) -> ClaimsV2 {
    ClaimsV2 { domain: DOMAIN_SDK2.parse().unwrap(), ..claims_of(payment) }
}

/// The claims of a tab that amounts to ten units more.
#[allow(non_snake_case, reason = "fields of the struct in Solidity")]
pub fn tab_claims_of(payment: &Value) -> TabClaims {
    let ClaimsV2 { domain, reqId, client, recipient, amount, asset, timestamp, version, .. } = claims_of(payment);
    let tabId = payment["payload"]["claims"]["tab_id"].as_str().unwrap().parse().unwrap();
    let totalAmount = amount + U256::from(10);
    TabClaims { domain, tabId, reqId, client, recipient, amount, totalAmount, asset, timestamp, version }
}

/// As [`certified`].
pub fn tab_certified(claims: TabClaims) -> (Vec<u8>, Vec<u8>) {
    let bytes = (claims.version, Bytes::from(claims.abi_encode())).abi_encode_params();
    let signature = operator_signature(&bytes);
    (bytes, signature)
}

/// `abi.encode(uint64 version, bytes inner)` and the operator's signature over it.
pub fn certified(claims: ClaimsV2) -> (Vec<u8>, Vec<u8>) {
    let version = claims.version;
    let inner = if claims.registry.is_zero() {
        let ClaimsV2 { domain, cycleId, reqId, client, recipient, amount, asset, timestamp, version, .. } = claims;
        Claims { domain, cycleId, reqId, client, recipient, amount, asset, timestamp, version }.abi_encode()
    } else {
        claims.abi_encode()
    };
    let bytes = (version, Bytes::from(inner)).abi_encode_params();
    let signature = operator_signature(&bytes);
    (bytes, signature)
}

pub fn operator_signature(bytes: &[u8]) -> Vec<u8> {
    let dst = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";
    let hashed = <G2Projective as HashToCurve<ExpandMsgXmd<sha2::Sha256>>>::hash_to_curve([bytes], dst);
    G2Affine::from(hashed * operator_secret()).to_compressed().to_vec()
}

/// The honest receipt over the payload of a payment.
pub fn receipt(payment: &Value) -> (Vec<u8>, Vec<u8>) {
    receipted(receipt_fields(payment), &receipt_key())
}

pub fn receipt_fields(payment: &Value) -> GuaranteeV1 {
    let payload = &payment["payload"]["payload"];
    let text = |name: &str| payload[name].as_str().unwrap();
    GuaranteeV1 {
        cycleId: U256::from_be_bytes(text("cycle_id").parse::<B256>().unwrap().0),
        reqId: text("req_id").parse().unwrap(),
        client: text("user_address").parse().unwrap(),
        recipient: text("recipient_address").parse().unwrap(),
        amount: text("amount").parse().unwrap(),
        asset: text("asset_address").parse().unwrap(),
        timestamp: payload["timestamp"].as_u64().unwrap(),
    }
}

pub fn receipted(fields: GuaranteeV1, key: &SigningKey) -> (Vec<u8>, Vec<u8>) {
    let domain = Eip712Domain::new(
        Some("4micaGuaranteeRegistry".into()),
        Some("1".into()),
        Some(U256::from(CHAIN_ID)),
        Some(REGISTRY.parse().unwrap()),
        None,
    );
    let FixedBytes(digest) = fields.eip712_signing_hash(&domain);
    let bytes = [fields.eip712_type_hash().as_slice(), &fields.eip712_encode_data()].concat();
    (bytes, signed(&digest, key))
}

pub fn receipt_key() -> SigningKey {
    SigningKey::from_slice(&[0x33; 32]).unwrap()
}

fn receipt_signer() -> String {
    let point = receipt_key().verifying_key().to_encoded_point(false);
    Address::from_raw_public_key(&point.as_bytes()[1..]).to_checksum(None)
}

/// r, s and v over a digest.
pub fn signed(digest: &[u8; 32], key: &SigningKey) -> Vec<u8> {
    let (scalars, id) = key.sign_prehash_recoverable(digest).unwrap();
    [&scalars.to_bytes()[..], &[27 + id.to_byte()]].concat()
}

pub fn hex(bytes: &[u8]) -> String {
    format!("0x{}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn operator_secret() -> Scalar {
    Scalar::from(0x5eed_5eed)
}
