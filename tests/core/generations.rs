//! What holds between the four generations of 4Mica: nothing that is signed, sent or certified for one is of use in
//! another.

mod support;

#[path = "generations/certificates.rs"]
mod certificates;
#[path = "generations/oracle.rs"]
mod oracle;
#[path = "generations/terms.rs"]
mod terms;

use std::collections::BTreeSet;

use farthing::json;
use farthing::primitives::{Address, Amount};
use farthing::scheme::guarantee::{Guarantee, cycle_id_text, guarantee_id};
use farthing::signer::Signature;
use k256::ecdsa::SigningKey;
use serde_json::Value;
use support::random::Random;
use terms::{GENERATIONS, Terms, next, other};

const ROUNDS: usize = 200;

#[test]
fn whatever_differs_in_any_generation_has_another_digest() {
    let mut random = Random::seeded(41);
    for round in 0..ROUNDS {
        let all = neighbours(&Terms::random(&mut random, round % 2 == 1));
        // What a generation does not sign changes nothing in it: name and version in 4, the tab in all but 1.
        assert!(all.len() > 30, "round {round}: {} guarantees", all.len());
        let digests: BTreeSet<_> = all.iter().map(Guarantee::digest).collect();
        assert_eq!(digests.len(), all.len(), "round {round}: {:?}", all[0]);
    }
}

#[test]
fn a_signature_for_one_guarantee_is_the_payers_under_no_other() {
    let mut random = Random::seeded(42);
    for round in 0..20 {
        let key = SigningKey::from_slice(&random.bytes::<32>()).unwrap();
        let public = key.verifying_key().to_encoded_point(false);
        let payer = alloy_primitives::Address::from_raw_public_key(&public.as_bytes()[1..]);
        let payer = Address::from_bytes(payer.into_array());
        let terms = Terms { payer, ..Terms::random(&mut random, round % 2 == 1) };
        let all = neighbours(&terms);
        for generation in GENERATIONS {
            let signed = terms.guarantee(generation);
            let (scalars, id) = key.sign_prehash_recoverable(&signed.digest()).unwrap();
            let text = format!("0x{:x}{:02x}", scalars.to_bytes(), 27 + id.to_byte());
            let signature = Signature::parse(&text).unwrap();
            for guarantee in &all {
                let recovered = signature.recover(&guarantee.digest()).is_ok_and(|signer| signer == payer);
                assert_eq!(recovered, *guarantee == signed, "round {round}: {signed:?} as {guarantee:?}");
            }
        }
    }
}

#[test]
fn what_goes_over_the_wire_is_read_back_as_the_same_guarantee_in_its_own_deployment_only() {
    let mut random = Random::seeded(43);
    for round in 0..20 {
        let terms = Terms::random(&mut random, round % 2 == 1);
        for generation in GENERATIONS {
            let guarantee = terms.guarantee(generation);
            let payload = guarantee.payload("0x01");
            let node = json::read(payload.as_bytes()).unwrap();
            let read = Guarantee::read(&node, &terms.deployment(generation));
            assert_eq!(read.as_ref(), Some(&guarantee), "round {round}: {payload}");
            // Whether a tab or a cycle is meant stands in the claims; the contract only in the deployment.
            let elsewhere = terms.changed().into_iter().flat_map(|other| GENERATIONS.map(|one| (other.clone(), one)));
            for (other, one) in elsewhere {
                let Some(read) = Guarantee::read(&node, &other.deployment(one)) else { continue };
                assert_eq!(read == guarantee, read.digest() == guarantee.digest(), "round {round}: {payload}");
            }
        }
    }
}

#[test]
fn addresses_on_the_wire_are_in_lower_case_and_nowhere_else() {
    let mut random = Random::seeded(44);
    for round in 0..ROUNDS {
        let terms = Terms::random(&mut random, round % 2 == 1);
        for generation in GENERATIONS {
            let payload: Value = serde_json::from_str(&terms.guarantee(generation).payload("0x01")).unwrap();
            let inner = payload.get("claims").or(payload.get("payload")).unwrap().as_object().unwrap();
            let named = inner.iter().filter(|(key, _)| key.ends_with("_address"));
            let texts: Vec<&str> = named.map(|(_, value)| value.as_str().unwrap()).collect();
            assert!(texts.len() >= 3, "round {round}: {payload}");
            for text in texts {
                assert!(text.len() == 42 && !text.bytes().any(|byte| byte.is_ascii_uppercase()), "{text}");
            }
        }
    }
}

#[test]
fn a_guarantee_has_another_id_for_every_differing_part() {
    let mut random = Random::seeded(45);
    for round in 0..ROUNDS {
        let Terms { payer, recipient, asset, req_id, timestamp_s, .. } = Terms::random(&mut random, false);
        let cycle = |start_s| cycle_id_text(&asset, start_s);
        let ids = [
            guarantee_id(&cycle(timestamp_s), &payer, &recipient, &asset, &req_id, 1),
            guarantee_id(&cycle(timestamp_s + 1), &payer, &recipient, &asset, &req_id, 1),
            // The last digit on the other side of a boundary.
            guarantee_id(&cycle(timestamp_s / 10), &payer, &recipient, &asset, &req_id, 1),
            guarantee_id(&cycle_id_text(&other(&asset), timestamp_s), &payer, &recipient, &asset, &req_id, 1),
            guarantee_id(&cycle(timestamp_s), &other(&payer), &recipient, &asset, &req_id, 1),
            guarantee_id(&cycle(timestamp_s), &payer, &other(&recipient), &asset, &req_id, 1),
            guarantee_id(&cycle(timestamp_s), &recipient, &payer, &asset, &req_id, 1),
            guarantee_id(&cycle(timestamp_s), &payer, &recipient, &other(&asset), &req_id, 1),
            guarantee_id(&cycle(timestamp_s), &payer, &recipient, &asset, &next(&req_id), 1),
            guarantee_id(&cycle(timestamp_s), &payer, &recipient, &asset, &req_id, 2),
        ];
        // A digit of the request id on the other side, in the version.
        let [one, eleven] = [1, 11].map(Amount::from_u64);
        let one = guarantee_id(&cycle(timestamp_s), &payer, &recipient, &asset, &one, 11);
        assert_ne!(one, guarantee_id(&cycle(timestamp_s), &payer, &recipient, &asset, &eleven, 1), "round {round}");
        let times = if timestamp_s / 10 == timestamp_s { 1 } else { 0 };
        assert_eq!(BTreeSet::from(ids).len(), ids.len() - times, "round {round}");
    }
}

/// The terms and every change of them in every generation, each guarantee once.
fn neighbours(terms: &Terms) -> Vec<Guarantee> {
    let mut all: Vec<Guarantee> = Vec::new();
    for terms in [terms.clone()].into_iter().chain(terms.changed()) {
        for guarantee in GENERATIONS.map(|generation| terms.guarantee(generation)) {
            if !all.contains(&guarantee) {
                all.push(guarantee);
            }
        }
    }
    all
}
