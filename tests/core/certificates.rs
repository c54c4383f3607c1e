//! Certificates of generation 2 as a running core returned them, and receipts of generation 4 built independently.

mod support;

use alloy_primitives::{Address as AlloyAddress, FixedBytes, U256};
use alloy_sol_types::{Eip712Domain, SolStruct, SolValue, sol};
use farthing::core4mica::{CoreError, Parameters};
use farthing::primitives::{Address, Amount, Network, hex, keccak256};
use farthing::registry::{Core, Generation};
use farthing::scheme::guarantee::{
    Certificate, CertificateError, CycleClaims, Form, Receipt, Validation, cycle_id, cycle_id_text, guarantee_id,
};
use serde_json::{Value, json};
use support::files::{bytes, fixed, text, vector};
use support::random::Random;
use support::recorded::cycle_claims;

sol! {
    struct GuaranteeV1 {
        uint256 cycleId; uint256 reqId; address client; address recipient; uint256 amount; address asset;
        uint64 timestamp;
    }
}

/// A certificate, and the claims it answers.
struct Recorded {
    name: String,
    claims: CycleClaims,
    bytes: Vec<u8>,
    entry: Value,
}

#[test]
fn every_recorded_certificate_is_what_was_signed_and_nothing_else() {
    let parameters = parameters();
    for Recorded { name, claims, bytes, entry } in recorded() {
        let certificate = Certificate::read(&bytes, &claims, &parameters.expected).unwrap();
        assert_eq!(hex::encode(&certificate.cycle_id.unwrap()), text(&entry, "cycle_id_hex"), "{name}");
        assert_eq!((certificate.hash(), &certificate.claims), (keccak256(&bytes), &bytes), "{name}");
        for (field, other) in changed(&claims) {
            let verdict = Certificate::read(&bytes, &other, &parameters.expected);
            assert!(verdict.is_err(), "{name}: accepted for another {field}");
            // Only what decides the layout is an encoding error.
            let layout = field == "validation" || field == "tag length";
            assert!(layout || verdict == Err(CertificateError::Claims), "{name}: {field}: {verdict:?}");
        }
    }
}

#[test]
fn a_certificate_of_another_deployment_is_refused() {
    let mut parameters = parameters();
    parameters.expected.domain_v1[0] ^= 1;
    parameters.expected.domain_active = None;
    for Recorded { name, claims, bytes, .. } in recorded() {
        let verdict = Certificate::read(&bytes, &claims, &parameters.expected);
        assert_eq!(verdict, Err(CertificateError::Claims), "{name}");
    }
}

#[test]
fn no_bit_of_a_certificate_is_unchecked() {
    let parameters = parameters();
    for Recorded { name, claims, bytes, entry } in recorded() {
        let mut left_to_bls = 0;
        for bit in 0..8 * bytes.len() {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 0x80 >> (bit % 8);
            let Ok(certificate) = Certificate::read(&altered, &claims, &parameters.expected) else { continue };
            // The cycle is Core's to choose: nothing but its signature speaks for it.
            assert_ne!(hex::encode(&certificate.cycle_id.unwrap()), text(&entry, "cycle_id_hex"), "{name}, bit {bit}");
            refused_by_bls(&parameters, &altered, &entry, bit);
            left_to_bls += 1;
        }
        assert_eq!(left_to_bls, 256, "{name}: bits the decoder does not check");
    }
}

#[cfg(feature = "bls")]
fn refused_by_bls(parameters: &Parameters, altered: &[u8], entry: &Value, bit: usize) {
    use farthing::scheme::guarantee::bls::{BlsError, OperatorKey, verify};
    let key = OperatorKey::from_bytes(&parameters.operator_key.unwrap()).unwrap();
    let signature = fixed(text(&entry["cert_wire"], "signature"));
    assert_eq!(verify(&key, altered, &signature), Err(BlsError::Mismatch), "bit {bit}");
    if bit % 64 == 0 {
        assert_eq!(verify(&key, &bytes(text(&entry["cert_wire"], "claims")), &signature), Ok(()));
    }
}

#[cfg(not(feature = "bls"))]
fn refused_by_bls(_: &Parameters, _: &[u8], _: &Value, bit: usize) {
    if bit % 256 == 0 {
        support::files::report("SKIPPED: feature `bls` is off, so flipped bits of the cycle were not checked");
    }
}

#[test]
fn a_certificate_cut_short_or_prolonged_is_refused() {
    let parameters = parameters();
    for Recorded { name, claims, bytes, .. } in recorded() {
        for length in 0..bytes.len() {
            let verdict = Certificate::read(&bytes[..length], &claims, &parameters.expected);
            assert!(verdict.is_err(), "{name}: accepted {length} bytes");
        }
        for more in [1, 31, 32, 64] {
            let longer = [bytes.clone(), vec![0; more]].concat();
            let verdict = Certificate::read(&longer, &claims, &parameters.expected);
            assert_eq!(verdict, Err(CertificateError::Encoding), "{name}: {more} more bytes");
        }
    }
}

#[test]
fn public_parameters_are_read_in_full_and_held_against_every_pin() {
    let body = vector("4mica/core-public.json")["public_params"]["response"]["body"].clone();
    let network = Network::from_chain_id(84532).unwrap();
    let core = Core::at(network, "https://core.example/");
    let read = |core: &Core, body: &Value| Parameters::read(body.to_string().as_bytes(), core);
    let parameters = read(&core, &body).unwrap();
    assert_eq!((parameters.generation, parameters.chain_id), (Generation::Cycle, 84532));
    assert_eq!((parameters.name.as_str(), parameters.version.as_str()), ("4mica", "1"));
    assert_eq!(parameters.contract.checksummed(), text(&body, "contract_address"));
    assert_eq!(parameters.versions, [1, 2]);
    let key = vector("4mica/core-public.json")["public_key_hex"].as_str().unwrap().to_owned();
    assert_eq!(parameters.operator_key, Some(fixed(&key)));
    assert_eq!(parameters.registries.len(), 1);
    let domains = &vector("4mica/certificates.json")["domains"];
    assert_eq!(parameters.expected.domain_v1, fixed(text(&domains["v1"], "value")));
    assert_eq!(parameters.expected.domain_active, Some(fixed(text(&domains["v2"], "value"))));

    let pinned = Core {
        generation: Some(Generation::Cycle),
        name: Some("4mica".into()),
        version: Some("1".into()),
        contract: Some(parameters.contract),
        operator_key: parameters.operator_key,
        ..core.clone()
    };
    assert_eq!(read(&pinned, &body), Ok(parameters));
    for (field, other) in [
        ("eip712_name", json!("4Mica")),
        ("eip712_version", json!("2")),
        ("chain_id", json!(8453)),
        ("contract_address", json!("0x0B306BF915C4d645ff596e518fAf3F9669b97016")),
        ("public_key", json!(vec![151; 48])),
    ] {
        let mut body = body.clone();
        body[field] = other;
        assert_eq!(read(&pinned, &body), Err(CoreError::Changed), "{field}");
        let unpinned =
            Core { network: Network::from_chain_id(body["chain_id"].as_u64().unwrap()).unwrap(), ..core.clone() };
        assert_eq!(read(&unpinned, &body).unwrap().difference(&pinned), Some(field));
    }
    let other = Core { generation: Some(Generation::ClearingHouse), ..core };
    assert_eq!(read(&other, &body), Err(CoreError::Generation));
}

#[test]
fn cycles_and_guarantees_have_the_names_that_core_gave_them() {
    for Recorded { name, claims, entry, .. } in recorded() {
        let version = if claims.validation().is_some() { 2 } else { 1 };
        let (_, start) = text(&entry, "cycle_id_text").split_once(':').unwrap();
        let cycle = cycle_id_text(&claims.asset, start.parse().unwrap());
        assert_eq!(cycle, text(&entry, "cycle_id_text"), "{name}");
        assert_eq!(hex::encode(&cycle_id(&cycle)), text(&entry, "cycle_id_hex"), "{name}");
        let id = guarantee_id(&cycle, &claims.user, &claims.recipient, &claims.asset, &claims.req_id, version);
        assert_eq!(hex::encode(&id), text(&entry, "guarantee_id_recomputed"), "{name}");
    }
    let file = vector("4mica/cycle.json");
    assert_eq!(hex::encode(&cycle_id(text(&file, "cycle_id_text"))), text(&file, "cycle_id"));
}

#[test]
fn receipts_of_generation_four_are_read_field_by_field() {
    let mut random = Random::seeded(4);
    for round in 0..50 {
        let signed = random.payment_authorization();
        let registry = random.address();
        let oracle = GuaranteeV1 {
            cycleId: U256::from_be_bytes(signed.cycle_id),
            reqId: U256::from_be_bytes(signed.req_id.word()),
            client: alloy(&signed.payer),
            recipient: alloy(&signed.recipient),
            amount: U256::from_be_bytes(signed.amount.word()),
            asset: alloy(&signed.asset),
            timestamp: signed.timestamp_s,
        };
        let receipt = [oracle.eip712_type_hash().as_slice(), &oracle.abi_encode()].concat();
        let domain = Eip712Domain::new(
            Some("4micaGuaranteeRegistry".into()),
            Some("1".into()),
            Some(U256::from(signed.chain_id)),
            Some(alloy(&registry)),
            None,
        );
        let FixedBytes(digest) = oracle.eip712_signing_hash(&domain);
        assert_eq!(Receipt::read(&receipt, registry, &signed).unwrap().digest(), &digest, "round {round}");

        for bit in 0..8 * receipt.len() {
            let mut altered = receipt.clone();
            altered[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(Receipt::read(&altered, registry, &signed).is_err(), "round {round}: bit {bit}");
        }
        for length in 0..receipt.len() {
            let verdict = Receipt::read(&receipt[..length], registry, &signed);
            assert_eq!(verdict, Err(CertificateError::Encoding), "round {round}: {length} bytes");
        }
        for more in [1, 31, 32] {
            let longer = [receipt.clone(), vec![0; more]].concat();
            let verdict = Receipt::read(&longer, registry, &signed);
            assert_eq!(verdict, Err(CertificateError::Encoding), "round {round}: {more} more bytes");
        }
        let other = Receipt::read(&receipt, random.address(), &signed).unwrap();
        assert_ne!(other.digest(), &digest, "round {round}: another registry");
    }
}

fn parameters() -> Parameters {
    let body = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
    let core = Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example");
    Parameters::read(body.as_bytes(), &core).unwrap()
}

fn recorded() -> Vec<Recorded> {
    let file = vector("4mica/certificates.json");
    let domain = json!({ "name": "4mica", "version": "1", "chainId": file["chain_id"] });
    let read = |entry: &Value| Recorded {
        name: text(entry, "name").to_owned(),
        claims: cycle_claims(&entry["request_claims"], &domain).unwrap(),
        bytes: bytes(text(&entry["cert_wire"], "claims")),
        entry: entry.clone(),
    };
    let certificates: Vec<_> = file["certs"].as_array().unwrap().iter().map(read).collect();
    assert_eq!(certificates.len(), 3);
    certificates
}

/// The claims with one thing else, for everything that is signed.
fn changed(claims: &CycleClaims) -> Vec<(&'static str, CycleClaims)> {
    let other = Address::from_bytes([0x42; 20]);
    let next = |amount: Amount| amount.plus(Amount::from_u64(1)).unwrap();
    let mut all = vec![
        ("user", CycleClaims { user: other, ..claims.clone() }),
        ("recipient", CycleClaims { recipient: other, ..claims.clone() }),
        ("request", CycleClaims { req_id: next(claims.req_id), ..claims.clone() }),
        ("amount", CycleClaims { amount: next(claims.amount), ..claims.clone() }),
        ("asset", CycleClaims { asset: other, ..claims.clone() }),
        ("timestamp", CycleClaims { timestamp_s: claims.timestamp_s + 1, ..claims.clone() }),
    ];
    let form = |validation| Form::Cycle { validation };
    let Some(validation) = claims.validation() else {
        let validation = Validation {
            registry: other,
            chain_id: None,
            validator: other,
            agent_id: Amount::ZERO,
            min_score: 1,
            job_hash: [1; 32],
            tag: String::new(),
        };
        all.push(("validation", CycleClaims { form: form(Some(validation)), ..claims.clone() }));
        return all;
    };
    let with = |validation: Validation| CycleClaims { form: form(Some(validation)), ..claims.clone() };
    let tag = |tag: &str| with(Validation { tag: tag.to_owned(), ..validation.clone() });
    all.extend([
        ("chain", CycleClaims { chain_id: claims.chain_id + 1, ..claims.clone() }),
        ("validation", CycleClaims { form: form(None), ..claims.clone() }),
        ("registry", with(Validation { registry: other, ..validation.clone() })),
        ("validator", with(Validation { validator: other, ..validation.clone() })),
        ("agent", with(Validation { agent_id: next(validation.agent_id), ..validation.clone() })),
        ("score", with(Validation { min_score: validation.min_score - 1, ..validation.clone() })),
        ("job", with(Validation { job_hash: [1; 32], ..validation.clone() })),
        ("tag", tag("hard-finalitY")),
        ("tag length", tag("hard-finality-and-more-than-one-word-of-it")),
        ("tag length", tag("")),
    ]);
    all
}

fn alloy(address: &Address) -> AlloyAddress {
    AlloyAddress::from(*address.as_bytes())
}
