//! What strangers may send: public suites of bad text, and seeded mutations of good text, against every parser.

#[path = "robustness/account.rs"]
mod account;
#[path = "robustness/cores.rs"]
mod cores;
#[path = "robustness/judged.rs"]
mod judged;
#[cfg(feature = "bls")]
#[path = "robustness/points.rs"]
mod points;
mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use farthing::json::{self, JsonError};
use farthing::policy::Policy;
use farthing::primitives::{Address, Network, Origin, Url};
use farthing::purchase::Config;
use farthing::record::Record;
use farthing::registry::{Core, Registry};
use farthing::scheme::Offer;
use farthing::signer::Signature;
use farthing::x402::{Answer, ChallengeError, MAX_ENTRIES, Settlement, header};
use serde_json::{Value, json};
use support::driver::{Buyer, NOW_S};
use support::files::{files_of, report, text, third_party, vector};
use support::random::Random;

/// Well-formed texts that are refused on purpose, and by which rule.
const NARROWED: [(&str, JsonError); 2] = [
    ("y_object_duplicated_key.json", JsonError::DuplicateKey),
    ("y_object_duplicated_key_and_value.json", JsonError::DuplicateKey),
];

#[test]
fn the_json_test_suite_is_judged_as_it_demands() {
    let Some(folder) = third_party("JSONTestSuite") else { return };
    let (mut accepted, mut refused, mut either) = (0, 0, [0, 0]);
    for (name, text) in files_of(&folder.join("test_parsing")) {
        let verdict = json::read(&text);
        match name.split_at(2).0 {
            "y_" => {
                let narrowed = NARROWED.iter().find(|(narrowed, _)| *narrowed == name);
                assert_eq!(verdict.as_ref().err(), narrowed.map(|(_, error)| error), "{name}");
                accepted += 1;
            }
            "n_" => {
                assert!(verdict.is_err(), "{name} was accepted");
                refused += 1;
            }
            _ => either[usize::from(verdict.is_ok())] += 1,
        }
        // Numbers beyond a double are text to us, and too much for serde_json.
        if let (Ok(node), Ok(value)) = (&verdict, serde_json::from_slice::<Value>(&text)) {
            assert_eq!(meaning(node), value, "{name} was read otherwise");
        }
    }
    report(&format!(
        "JSONTestSuite: {accepted} y_ ({} refused as documented), {refused} n_, i_ refused {} and accepted {}",
        NARROWED.len(),
        either[0],
        either[1],
    ));
    assert_eq!((accepted, refused, either[0] + either[1]), (95, 188, 35));
}

#[test]
fn the_json_canonicalisation_samples_are_read() {
    let Some(folder) = third_party("jcs-rfc8785") else { return };
    let mut read = 0;
    for part in ["input", "output"] {
        for (name, text) in files_of(&folder.join("testdata").join(part)) {
            let node = json::read(&text).unwrap_or_else(|error| panic!("{part}/{name}: {error:?}"));
            assert_eq!(meaning(&node), serde_json::from_slice::<Value>(&text).unwrap(), "{part}/{name}");
            read += 1;
        }
    }
    report(&format!("JCS: {read} texts read"));
    assert_eq!(read, 12);
}

#[test]
fn base64_has_one_spelling_where_the_web_forgives_several() {
    let Some(folder) = third_party("base64") else { return };
    let suite = support::files::json(&folder.join("base64.json"));
    let (mut same, mut stricter) = (0, 0);
    for case in suite.as_array().unwrap() {
        let (value, forgiving) = (case[0].as_str().unwrap(), &case[1]);
        match header::decode(value) {
            Ok(bytes) => {
                assert_eq!(json!(bytes), *forgiving, "{value:?}");
                assert_eq!(header::encode(&bytes), value, "{value:?}: a second spelling");
                same += 1;
            }
            Err(_) if !forgiving.is_null() => stricter += 1,
            Err(_) => same += 1,
        }
    }
    report(&format!("base64: {same} judged as the web does, {stricter} forgiven there and refused here"));
    assert_eq!(same + stricter, 80);
}

#[test]
fn mutated_challenges_never_panic_and_never_grow() {
    let hostile = vector("hostile-402.json");
    let stored = hostile["cases"].as_array().unwrap().iter().filter(|case| case.get("header_b64").is_some());
    let seeds: Vec<Vec<u8>> = stored.map(|case| header::decode(text(case, "header_b64")).unwrap()).collect();
    let registry = Registry::default();
    fuzz("challenge", &seeds, |bytes| {
        let encoded = header::encode(bytes);
        for (header, body) in [(Some(encoded.as_str()), &b""[..]), (None, bytes), (Some(encoded.as_str()), bytes)] {
            let Ok(answer) = Answer::new(header, body) else { continue };
            let Ok(Some(challenge)) = answer.challenge() else { continue };
            assert!((1..=MAX_ENTRIES).contains(&(challenge.entries.len() + challenge.skipped.len())));
            for entry in &challenge.entries {
                assert!(json::read(entry.requirement.raw.as_bytes()).is_ok());
                let Ok(offer) = Offer::read(&challenge, entry, &registry) else { continue };
                if challenge.match_echo(&entry.requirement).is_ok() {
                    // 4 KiB of echo and our own fields, in base64.
                    let value = offer.envelope.header_value("{}", "pay_00000000000000000000000000000000");
                    assert!(offer.envelope.version().number() == 1 || value.len() < 6 * 1024, "{}", value.len());
                }
            }
        }
    });
}

#[test]
fn mutated_challenges_are_never_paid_above_the_cap_or_to_a_forbidden_address() {
    let honest = text(&vector("hostile-402.json")["cases"][0], "header_b64").to_owned();
    let options = json!({ "policy": { "perRequest": "0.01 USD", "sellers": ["api.example.com"] } });
    let buyer = Buyer::new(0x11, &options.to_string());
    let (mut paid, mut tried) = (0, 0);
    fuzz("purchase", &[header::decode(&honest).unwrap()], |bytes| {
        let run = buyer.pay("https://api.example.com/x", Some(&header::encode(bytes)), b"");
        tried += 1;
        if let Some(failure) = run.failure() {
            assert!(failure.facts.len() < 512 && failure.considered.len() <= MAX_ENTRIES);
            assert_eq!(run.reserved, 0);
        }
        for request in &run.typed_data {
            let message = &request["message"];
            assert!(text(message, "value").parse::<u64>().unwrap() <= 10_000);
            let to = Address::parse(text(message, "to")).unwrap();
            assert!(!Registry::default().is_forbidden_recipient(&to) && to != buyer.key.address());
            assert_eq!(request["domain"]["name"], "USD Coin");
            paid += 1;
        }
    });
    report(&format!("purchase: {paid} of {tried} mutations still payable"));
    assert!(paid > 0);
}

#[test]
fn mutated_settlements_never_panic_and_never_grow() {
    let facilitator = vector("4mica/facilitator.json");
    let seeds: Vec<Vec<u8>> = vec![
        br#"{"success":true,"payer":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","transaction":"0x3357d1f6e812a6024f2f8508120eb758894ec044444d502e05770707799fb43b","network":"eip155:84532"}"#.to_vec(),
        br#"{"success":false,"errorReason":"insufficient_funds","transaction":"","network":"base-sepolia"}"#.to_vec(),
        facilitator["x402v2_with_v2_claims_ok"]["settle"]["response"]["body"].to_string().into_bytes(),
    ];
    fuzz("settlement", &seeds, |bytes| {
        let Ok(settlement) = Settlement::read(&header::encode(bytes)) else { return };
        let texts = [settlement.network, settlement.payer, settlement.amount, settlement.reason];
        assert!(texts.iter().flatten().all(|text| text.len() <= json::MAX_STRING_BYTES));
        let _ = std::str::from_utf8(bytes).map(Settlement::read);
    });
}

#[test]
fn mutated_records_are_refused_or_read_back_the_same() {
    let honest = text(&vector("hostile-402.json")["cases"][0], "header_b64").to_owned();
    let options = json!({ "policy": { "perRequest": "0.01 USD", "sellers": ["api.example.com"] } });
    let mut run = Buyer::new(0x11, &options.to_string()).pay("https://api.example.com/x", Some(&honest), b"");
    let reserved = run.purchase.record().unwrap().to_json().into_bytes();
    let record = run.settle(None, NOW_S).unwrap();
    fuzz("record", &[reserved, record.to_json().into_bytes()], |bytes| {
        let Some(record) = Record::read(bytes) else { return };
        let json = record.to_json();
        assert!(json.len() <= 6 * bytes.len() + 256, "{} bytes from {}", json.len(), bytes.len());
        assert_eq!(Record::read(json.as_bytes()).as_ref(), Some(&record), "{json}");
    });
}

#[test]
fn mutated_policies_and_options_are_refused_or_have_one_canonical_form() {
    let policy = r#"{"perRequest":"0.1 USD","perAsset":{"eip155:8453/erc20:0x833589fcd6edb6e08f4c7c32d4f71b54bda02913":"7"},"budgets":[{"limit":"5 USD","every":"day"}],"sellers":["api.example.com","http://127.0.0.1:8402"],"networks":["eip155:8453"],"assets":["eip155:1/slip44:60"],"schemes":["4mica-credit"],"payTo":{"api.example.com":["0x209693Bc6afc0C5328bA36FaF03C514EF312287C"]},"maxWindowSeconds":60}"#;
    fuzz("policy", &[policy.as_bytes().to_vec()], |bytes| {
        let Ok(policy) = Policy::parse(bytes) else { return };
        let canonical = policy.canonical();
        let again = Policy::parse(canonical.as_bytes()).unwrap_or_else(|error| panic!("{error}: {canonical}"));
        assert_eq!((again.canonical(), again.hash()), (canonical, policy.hash()));
    });
    let options = format!(
        r#"{{"policy":{policy},"assets":[{{"network":"eip155:1","address":"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48","name":"USD Coin","version":"2","decimals":6,"currency":"USD"}}],"cores":[{{"network":"eip155:84532","url":"https://core.example","generation":"cycle","contract":"0x9A676e781A523b5d0C0e43731313A708CB607508","tabOrigins":["https://tabs.example"],"validations":{{"registries":["0x9A676e781A523b5d0C0e43731313A708CB607508"],"validators":["eip155:1:0x9A676e781A523b5d0C0e43731313A708CB607508"],"minScore":80}}}}]}}"#
    );
    fuzz("options", &[options.into_bytes()], |bytes| drop(Config::parse(bytes)));
}

#[test]
fn mutated_texts_of_wallets_and_hosts_never_panic() {
    let seeds =
        ["0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A", "https://u@api.example.com:8443/x?y#z", "https://[::1]:1/"]
            .map(|text| text.as_bytes().to_vec())
            .into_iter()
            .chain([format!("0x{}1b", "11".repeat(64)).into_bytes(), format!("0x{}", "11".repeat(64)).into_bytes()]);
    fuzz("text", &seeds.collect::<Vec<_>>(), |bytes| {
        let text = String::from_utf8_lossy(bytes);
        drop(Signature::parse(&text));
        assert!(Network::parse(&text).is_none_or(|network| network.to_string() == text), "{text}");
        if let Ok(address) = Address::parse(&text) {
            assert_eq!(Address::parse(&address.checksummed()), Ok(address));
        }
        if let Some(url) = Url::parse(&text) {
            assert!(url.path.starts_with('/'), "{text}");
            let origin = url.origin.to_string();
            assert_eq!(Origin::parse(&origin), Some(url.origin), "{text}");
        }
    });
}

#[test]
fn the_worst_text_of_each_limit_is_refused_in_no_time() {
    let start = Instant::now();
    let many = format!("{{{}}}", (0..60_000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
    for text in ["[".repeat(1 << 20), "{\"a\":".repeat(1 << 18), format!("\"{}", "\\u0061".repeat(1 << 18)), many] {
        assert!(Answer::new(None, text.as_bytes()).unwrap().challenge().is_ok_and(|challenge| challenge.is_none()));
    }
    assert_eq!(Settlement::read(&"A".repeat(1 << 20)), Err(ChallengeError::TooLarge));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// Feeds mutations of `seeds` to `parse` for `FARTHING_FUZZ_MS` (500) milliseconds. A failure names the input.
fn fuzz(name: &str, seeds: &[Vec<u8>], mut parse: impl FnMut(&[u8])) {
    let duration_ms = std::env::var("FARTHING_FUZZ_MS").map_or(500, |text| text.parse().unwrap());
    let mut random = Random::seeded(name.bytes().map(u64::from).sum());
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < Duration::from_millis(duration_ms) {
        let input = random.mutated(seeds);
        if catch_unwind(AssertUnwindSafe(|| parse(&input))).is_err() {
            panic!("{name}, round {rounds}: {}", input.escape_ascii());
        }
        rounds += 1;
    }
    report(&format!("{name}: {rounds} mutations"));
}

fn core() -> Core {
    Core::at(Network::from_chain_id(84532).unwrap(), "https://core.example")
}

fn parameters() -> Vec<u8> {
    vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string().into_bytes()
}

/// What another reader sees in the same text.
fn meaning(node: &json::Node<'_>) -> Value {
    match &node.value {
        json::Value::Null => Value::Null,
        json::Value::Bool(value) => (*value).into(),
        json::Value::Number(_) => serde_json::from_str(node.raw).unwrap(),
        json::Value::String(text) => text.as_ref().into(),
        json::Value::Array(elements) => elements.iter().map(meaning).collect(),
        json::Value::Object(members) => members.iter().map(|(key, node)| (key.to_string(), meaning(node))).collect(),
    }
}
