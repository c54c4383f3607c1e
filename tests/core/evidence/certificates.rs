//! Certificates as a running core returned them, against the requests they answered and against all others.

use farthing::account::{CheckedCertificate, verify_certificate};
use farthing::error::Code;
use farthing::primitives::{Address, Network, hex};
use farthing::registry::Core;
use serde_json::{Value, json};

use crate::driver::core::parameters as parameters_of;
use crate::driver::scene::{FLOWS, Flow, decoded};
use crate::support::files::vector;
use crate::{bought, core, encoded, taken, with};

/// A recorded request for a guarantee and the certificate that answered it.
struct Exchange {
    name: String,
    payload: Value,
    certificate: Value,
}

fn recorded() -> Vec<Exchange> {
    let mut found = Vec::new();
    for file in ["4mica/core-guarantees-v1.json", "4mica/core-guarantees-v2.json"] {
        for (name, entry) in vector(file).as_object().unwrap() {
            let Some(exchange) = entry.get("exchange") else { continue };
            let issued = exchange["response"]["status"] == 200;
            // Signed texts (EIP-191) are not read here: no payer of this package signs them.
            if issued && entry["scheme"] == "eip712" {
                let payload = exchange["request"]["body"].clone();
                let certificate = exchange["response"]["body"].clone();
                found.push(Exchange { name: name.clone(), payload, certificate });
            }
        }
    }
    assert!(found.len() >= 12, "{}", found.len());
    found
}

fn parameters() -> String {
    vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string()
}

fn recorded_core(pinned: bool) -> Core {
    let mut core = Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example");
    let key = vector("4mica/certificates.json")["operator_public_key"].clone();
    core.operator_key = pinned.then(|| hex::decode_fixed(key.as_str().unwrap()).unwrap());
    core
}

fn v1(payload: &Value) -> String {
    json!({ "x402Version": 1, "scheme": "4mica-credit", "network": "base-sepolia", "payload": payload }).to_string()
}

#[test]
fn every_recorded_certificate_verifies_for_its_request_and_for_no_other() {
    let (core, parameters) = (recorded_core(true), parameters());
    let exchanges = recorded();
    for (index, Exchange { name, payload, certificate }) in exchanges.iter().enumerate() {
        let payment = v1(payload);
        // Addresses with a wrong checksum are refused, which the recorded core does not do.
        if name.contains("bad_checksum") {
            let failure = verify_certificate(&core, parameters.as_bytes(), &payment, &certificate.to_string());
            assert_eq!(failure.unwrap_err().code, Code::Options, "{name}");
            continue;
        }
        let facts = verify_certificate(&core, parameters.as_bytes(), &payment, &certificate.to_string());
        let facts = facts.unwrap_or_else(|failure| panic!("{name}: {failure:?}"));
        let claims = &payload["claims"];
        assert_eq!(facts.payer.lower(), claims["user_address"].as_str().unwrap().to_lowercase(), "{name}");
        assert_eq!((facts.timestamp_s, facts.pinned), (claims["timestamp"].as_u64().unwrap(), true), "{name}");
        for other in exchanges.iter().skip(index + 1).chain(&exchanges[..index]) {
            if same_guarantee(payload, &other.payload) {
                continue;
            }
            let verdict =
                CheckedCertificate::new(&core, parameters.as_bytes(), &payment, &other.certificate.to_string());
            let code = verdict.map(|_| ()).unwrap_err().code;
            assert!(
                matches!(code, Code::CertificateClaims | Code::CertificateEncoding),
                "{name} {}: {code}",
                other.name
            );
        }
    }
}

// The recorded core issues one signed request again under another spelling.
fn same_guarantee(one: &Value, other: &Value) -> bool {
    let of = |payload: &Value| {
        ["user_address", "recipient_address", "req_id", "amount", "asset_address", "timestamp", "version"]
            .map(|name| payload["claims"][name].to_string().to_lowercase())
    };
    of(one) == of(other)
}

#[test]
fn recorded_guarantee_ids_are_those_in_the_cores_database() {
    let (core, parameters) = (recorded_core(true), parameters());
    let certificates = vector("4mica/certificates.json");
    let mut compared = 0;
    for entry in certificates["certs"].as_array().unwrap() {
        let Some(exchange) = recorded().into_iter().find(|known| known.payload["claims"] == entry["request_claims"])
        else {
            continue;
        };
        let shown = entry["cert_wire"].to_string();
        let facts = verify_certificate(&core, parameters.as_bytes(), &v1(&exchange.payload), &shown).unwrap();
        assert_eq!(facts.cycle_id.map(|id| hex::encode(&id)).as_deref(), entry["cycle_id_hex"].as_str());
        assert_eq!(facts.guarantee_id.map(|id| hex::encode(&id)).as_deref(), entry["guarantee_id_recomputed"].as_str());
        compared += 1;
    }
    assert_eq!(compared, 2, "one of V1, one of V2");
}

#[test]
fn a_request_that_the_payer_did_not_sign_is_refused_before_its_certificate() {
    let (core, parameters) = (recorded_core(true), parameters());
    let exchange = recorded().into_iter().find(|exchange| exchange.name == "v1_eip712_ok").unwrap();
    let file = vector("4mica/core-guarantees-v1.json");
    for (name, code) in [
        ("wrong_signer", Code::SignatureSigner),
        ("tampered_amount", Code::SignatureSigner),
        ("wrong_chain_domain", Code::SignatureSigner),
        ("sig_64_bytes", Code::SignatureSigner),
        ("sig_not_hex", Code::SignatureFormat),
        ("sig_empty", Code::SignatureFormat),
        ("sig_all_zero", Code::SignatureFormat),
        ("v1_eip191_raw_bytes_ok", Code::SignatureSigner),
        ("amount_overflow_257bit", Code::Options),
        ("bad_user_address", Code::Options),
        ("timestamp_string", Code::Options),
    ] {
        let payment = v1(&file[name]["exchange"]["request"]["body"]);
        let shown = exchange.certificate.to_string();
        let failure = verify_certificate(&core, parameters.as_bytes(), &payment, &shown).unwrap_err();
        assert_eq!(failure.code, code, "{name}");
        assert_eq!(failure.facts.contains("EIP-191"), name.contains("eip191"), "{name}: {}", failure.facts);
    }
}

#[test]
fn every_spelling_of_the_same_certificate_is_read() {
    for flow in FLOWS.into_iter().filter(|flow| !matches!(flow, Flow::ExactV1 | Flow::ExactV2)) {
        let evidence = taken(&bought(flow));
        let (header, settlement) =
            (evidence["payment"]["value"].as_str().unwrap(), evidence["settlement"].as_str().unwrap());
        let (core, parameters) = (core(flow, true), parameters_of(flow).to_string());
        let verify = |payment: &str, shown: &str| verify_certificate(&core, parameters.as_bytes(), payment, shown);
        let facts = verify(header, settlement).unwrap();
        let certificate = decoded(settlement)["certificate"].clone();
        let [claims, signature] = ["claims", "signature"].map(|name| certificate[name].as_str().unwrap());
        let bare = json!({ "claims": &claims[2..], "signature": &signature[2..] });
        let receipt = json!({ "receipt": claims, "signature": signature });
        for shown in [decoded(settlement), certificate.clone(), bare, receipt] {
            assert_eq!(verify(&decoded(header).to_string(), &shown.to_string()), Ok(facts.clone()), "{flow:?} {shown}");
        }
        assert_eq!(facts.tab_id.is_some(), flow == Flow::Tab);
        assert_eq!(facts.cycle_id.is_none(), flow == Flow::Tab);
    }
}

#[test]
fn what_contradicts_the_signature_is_refused_by_its_code() {
    let flow = Flow::CycleV1;
    let evidence = taken(&bought(flow));
    let payment = decoded(evidence["payment"]["value"].as_str().unwrap());
    let settlement = decoded(evidence["settlement"].as_str().unwrap());
    let (core, parameters) = (core(flow, true), parameters_of(flow));
    let failed = |parameters: &Value, payment: &Value, shown: &Value| {
        let shown = encoded(shown);
        let verdict =
            verify_certificate(&core, parameters.to_string().as_bytes(), &payment.to_string(), shown.as_str().unwrap());
        verdict.unwrap_err().code
    };
    for (pointer, value, code) in [
        ("/payload/claims/amount", json!("0x1"), Code::SignatureSigner),
        ("/accepted/amount", json!("20001"), Code::CertificateClaims),
        ("/accepted/payTo", json!("0x90F79bf6EB2c4f870365E785982E1f101E93b906"), Code::CertificateClaims),
        ("/accepted/network", json!("eip155:8453"), Code::CoreUnknown),
        ("/accepted/scheme", json!("exact"), Code::Options),
        ("/x402Version", json!(3), Code::Options),
        ("/payload/claims", json!({}), Code::Options),
    ] {
        assert_eq!(failed(&parameters, &with(payment.clone(), pointer, value), &settlement), code, "{pointer}");
    }
    for (pointer, value, code) in [
        ("/success", json!(false), Code::SettlementFailure),
        ("/networkId", json!("eip155:1"), Code::SettlementContradicts),
        ("/certificate/claims", json!("0x00"), Code::CertificateEncoding),
        ("/certificate", json!(null), Code::SettlementMissing),
    ] {
        assert_eq!(failed(&parameters, &payment, &with(settlement.clone(), pointer, value)), code, "{pointer}");
    }
    for (pointer, value, code) in [
        ("/eip712_name", json!("4Mica"), Code::SignatureSigner),
        ("/chain_id", json!(1), Code::CoreChanged),
        ("/public_key/0", json!(151), Code::CoreChanged),
        ("/accepted_guarantee_versions", json!("all"), Code::CoreAnswer),
    ] {
        assert_eq!(failed(&with(parameters.clone(), pointer, value), &payment, &settlement), code, "{pointer}");
    }
}

#[test]
fn another_operators_receipt_is_refused() {
    let evidence = taken(&bought(Flow::House));
    let mut core = core(Flow::House, false);
    let signer = Address::from_bytes([7; 20]);
    let parameters = with(parameters_of(Flow::House), "/guarantee_signer", json!(signer.checksummed()));
    let [payment, shown] = ["/payment/value", "/settlement"].map(|at| evidence.pointer(at).unwrap().as_str().unwrap());
    let failure = verify_certificate(&core, parameters.to_string().as_bytes(), payment, shown).unwrap_err();
    assert_eq!(failure.code, Code::CertificateSignatureMismatch);
    core.guarantee_signer = Some(signer);
    let failure = verify_certificate(&core, parameters_of(Flow::House).to_string().as_bytes(), payment, shown);
    assert_eq!(failure.unwrap_err().code, Code::CoreChanged);
}
