//! Digests, typed data and wire forms of everything that is signed: against recordings, and against alloy.

#[path = "signing/claims.rs"]
mod claims;
mod support;

use alloy_primitives::{Address as AlloyAddress, B256, FixedBytes, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, sol};
use farthing::eip712::Domain;
use farthing::primitives::{Address, Amount, Network, keccak256};
use farthing::registry::Asset;
use farthing::scheme::exact::TransferAuthorization;
use farthing::scheme::guarantee::{Checkpoint, Guarantee, HouseValidation, PaymentAuthorization};
use farthing::signer::Signature;
use serde_json::Value;
use support::files::{files_of, fixed, report, shared, text, vector, vectors};
use support::random::Random;
use support::recorded::{cycle_claims, payment_authorization};
use support::typed_data;

sol! {
    struct TransferWithAuthorization {
        address from; address to; uint256 value; uint256 validAfter; uint256 validBefore; bytes32 nonce;
    }
}

/// Requests that sign a wrong validation hash or tag. Ours are computed, so these cannot be made with it.
const FORGED: [&str; 3] = ["v2_bad_subject_hash", "v2_bad_request_hash", "v2_tag_missing_but_signed"];

#[test]
fn the_copied_vectors_are_the_shared_ones() {
    for (here, there) in [("", "vectors"), ("4mica", "vectors/4mica"), ("transcripts", "transcripts")] {
        let Some(there) = shared(there) else { continue };
        for (name, bytes) in files_of(&vectors().join(here)).iter().filter(|(name, _)| name.ends_with(".json")) {
            assert!(std::fs::read(there.join(name)).unwrap() == *bytes, "{name} differs from {}", there.display());
        }
    }
}

#[test]
fn every_signing_vector_has_its_type_domain_digest_signer_and_wire_form() {
    let file = vector("4mica/signing.json");
    for (index, recorded) in file["vectors"].as_array().unwrap().iter().enumerate() {
        let eip712 = &recorded["eip712"];
        let guarantee = Guarantee::Cycle(cycle_claims(&recorded["wire_claims"], &eip712["domain"]).unwrap());
        let request: Value = serde_json::from_str(&guarantee.typed_data()).unwrap();
        let kind = typed_data::encode_type(&request["types"], text(&request, "primaryType"));
        assert_eq!(kind, text(eip712, "encodeType"), "vector {index}");
        assert_eq!(keccak256(kind.as_bytes()), fixed(text(eip712, "typeHash")), "vector {index}");
        let domain = &eip712["domain"];
        let domain = Domain {
            name: text(domain, "name"),
            version: text(domain, "version"),
            chain_id: domain["chainId"].as_u64().unwrap(),
            verifying_contract: None,
        };
        assert_eq!(domain.separator(), fixed(text(eip712, "domainSeparator")), "vector {index}");
        assert_eq!(domain.digest(&fixed(text(eip712, "structHash"))), fixed(text(eip712, "digest")), "vector {index}");
        assert_eq!(guarantee.digest(), fixed(text(eip712, "digest")), "vector {index}");
        let signature = Signature::parse(text(eip712, "signature_ours")).unwrap();
        let signer = signature.recover(&guarantee.digest()).unwrap();
        assert_eq!(signer.checksummed(), text(recorded, "signer"), "vector {index}");
        let wire: Value = serde_json::from_str(&guarantee.payload(&signature.to_hex())).unwrap();
        assert_eq!(wire, recorded["sdk_wire_payload"], "vector {index}");
    }
}

#[test]
fn every_guarantee_core_was_asked_for_has_the_recorded_digest() {
    let (mut compared, mut unreadable) = (0, Vec::new());
    let mut accepted = 0;
    for file in ["core-guarantees-v1", "core-guarantees-v2"] {
        let file = vector(&format!("4mica/{file}.json"));
        let cases = file.as_object().unwrap().iter().filter(|(_, case)| case["eip712"].get("digest").is_some());
        for (name, case) in cases {
            let (eip712, exchange) = (&case["eip712"], &case["exchange"]);
            let body = &exchange["request"]["body"];
            let Some(claims) = cycle_claims(&body["claims"], &eip712["domain"]) else {
                unreadable.push(name.clone());
                continue;
            };
            let recorded: [u8; 32] = fixed(text(eip712, "digest"));
            assert_eq!(claims.digest() == recorded, !FORGED.contains(&name.as_str()), "{name}");
            compared += 1;
            // What Core took, it took from this signer: with our digest the signature must say so, too.
            if exchange["response"]["status"] == 200 {
                let digits = text(body, "signature").trim_start_matches("0x");
                let signer = Signature::parse(&format!("0x{digits}")).unwrap().recover(&recorded).unwrap();
                assert_eq!(signer.checksummed(), text(case, "signer"), "{name}");
                accepted += 1;
            }
        }
    }
    report(&format!("core-guarantees: {compared} digests, {accepted} signers; not readable as claims: {unreadable:?}"));
    assert!(compared > 40 && accepted > 15);
}

#[test]
fn the_wire_form_core_accepted_is_ours_to_the_letter() {
    for (file, names) in [
        ("core-guarantees-v1", &["v1_eip712_ok", "v1_eth_ok", "stale_timestamp_0", "req_id_zero"][..]),
        ("core-guarantees-v2", &["v2_eip712_ok", "v2_same_req_id_as_v1"][..]),
    ] {
        let file = vector(&format!("4mica/{file}.json"));
        for name in names {
            let body = &file[name]["exchange"]["request"]["body"];
            assert_eq!(file[name]["exchange"]["response"]["status"], 200, "{name}");
            let claims = cycle_claims(&body["claims"], &file[name]["eip712"]["domain"]).unwrap();
            let wire: Value = serde_json::from_str(&Guarantee::Cycle(claims).payload(text(body, "signature"))).unwrap();
            assert_eq!(wire, *body, "{name}");
        }
    }
}

#[test]
fn generation_four_digests_and_commitments_are_those_of_its_author() {
    let file = vector("4mica/gen4-digests.json");
    let vectors = &file["vectors"];
    for name in ["plain", "validated"] {
        let recorded = &vectors[name];
        let authorization = payment_authorization(&recorded["payload"], &vectors["domain"]);
        assert_eq!(authorization.recipient_commitment(), fixed(text(recorded, "recipient_commitment")), "{name}");
        let guarantee = Guarantee::ClearingHouse(authorization);
        assert_eq!(guarantee.digest(), fixed(text(recorded, "eip712_digest")), "{name}");
        let wire: Value = serde_json::from_str(&guarantee.payload("0x")).unwrap();
        // Addresses are always lower case on our wire.
        let lower = recorded["payload"].to_string().to_lowercase();
        assert_eq!(wire["payload"], serde_json::from_str::<Value>(&lower).unwrap(), "{name}");
    }
    let wire = &vectors["checkpoint"]["payload"];
    let checkpoint = Checkpoint {
        chain_id: vectors["domain"]["chain_id"].as_u64().unwrap(),
        clearing_house: Address::from_bytes(fixed(text(&vectors["domain"], "verifying_contract"))),
        payer: Address::from_bytes(fixed(text(wire, "payer"))),
        cycle_id: fixed(text(wire, "cycle_id")),
        asset: Address::from_bytes(fixed(text(wire, "asset_address"))),
        cumulative_gross: Amount::from_hex_quantity(text(wire, "cumulative_gross")).unwrap(),
        timestamp_cutoff_s: wire["timestamp_cutoff"].as_u64().unwrap(),
    };
    assert_eq!(checkpoint.digest(), fixed(text(&vectors["checkpoint"], "eip712_digest")));
}

const ROUNDS: usize = 500;

#[test]
fn transfers_have_the_digest_of_alloy_and_of_the_typed_data_a_wallet_sees() {
    let mut random = Random::seeded(3009);
    for round in 0..ROUNDS {
        let asset = Asset {
            network: Network::from_chain_id(random.integer().max(1)).unwrap(),
            address: random.address(),
            name: random.text(),
            version: random.text(),
            decimals: 6,
            currency: None,
        };
        let transfer = TransferAuthorization {
            from: random.address(),
            to: random.address(),
            value: random.amount(),
            valid_after_s: random.integer(),
            valid_before_s: random.integer(),
            nonce: random.bytes(),
        };
        let oracle = TransferWithAuthorization {
            from: alloy(&transfer.from),
            to: alloy(&transfer.to),
            value: word(&transfer.value),
            validAfter: U256::from(transfer.valid_after_s),
            validBefore: U256::from(transfer.valid_before_s),
            nonce: B256::from(transfer.nonce),
        };
        let domain = domain(&asset.name, &asset.version, asset.network.chain_id(), Some(&asset.address));
        let FixedBytes(expected) = oracle.eip712_signing_hash(&domain);
        assert_eq!(transfer.digest(&asset), expected, "round {round}: {transfer:?} {asset:?}");
        assert_eq!(wallet_digest(&transfer.typed_data(&asset)), expected, "round {round}: {asset:?}");
    }
}

#[test]
fn payment_authorisations_have_the_digest_of_the_typed_data_a_wallet_sees() {
    let mut random = Random::seeded(4);
    for round in 0..ROUNDS {
        let guarantee = Guarantee::ClearingHouse(PaymentAuthorization {
            validation: (round % 2 == 1).then(|| HouseValidation {
                validator: random.text(),
                subject: random.bytes(),
                deadline_s: random.integer(),
                params: random.bytes::<70>().to_vec(),
            }),
            ..random.payment_authorization()
        });
        assert_eq!(wallet_digest(&guarantee.typed_data()), guarantee.digest(), "round {round}: {guarantee:?}");
    }
}

fn wallet_digest(typed_data: &str) -> [u8; 32] {
    typed_data::digest(&serde_json::from_str(typed_data).unwrap())
}

fn alloy(address: &Address) -> AlloyAddress {
    AlloyAddress::from(*address.as_bytes())
}

fn word(amount: &Amount) -> U256 {
    U256::from_be_bytes(amount.word())
}

fn domain(name: &str, version: &str, chain_id: u64, contract: Option<&Address>) -> Eip712Domain {
    let (name, version) = (name.to_owned().into(), version.to_owned().into());
    Eip712Domain::new(Some(name), Some(version), Some(U256::from(chain_id)), contract.map(alloy), None)
}
