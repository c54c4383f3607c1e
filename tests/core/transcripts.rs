//! Conversations of the official x402 clients and servers, and of 4Mica's facilitator, replayed through a purchase.

mod support;

use farthing::primitives::{Address, Amount, Network};
use farthing::record::State;
use farthing::registry::{Asset, Registry};
use farthing::scheme::exact::TransferAuthorization;
use farthing::signer::Signature;
use farthing::x402::{Challenge, ChallengeError, Settlement, header};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::driver::{Buyer, NOW_S, Run};
use support::files::{fixed, report, text, vector};

const EVM: [&str; 5] = ["v1-express", "v1-hono", "v1-hono-v2client", "v2-express", "v2-hono"];
const SVM: &str = "v2-svm-hono";

/// One message between the client and the seller.
struct Message {
    from_client: bool,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Message {
    fn header(&self, names: [&str; 2]) -> Option<&str> {
        names.iter().find_map(|name| self.headers.get(*name)).map(String::as_str)
    }

    fn payment(&self) -> Option<&str> {
        // One request of each recording is not base64 on purpose.
        self.header(["payment-signature", "x-payment"]).filter(|value| !value.starts_with('!'))
    }

    fn settlement(&self) -> Option<&str> {
        self.header(["payment-response", "x-payment-response"])
    }

    fn challenge(&self) -> Option<&str> {
        self.headers.get("payment-required").map(String::as_str)
    }

    /// The body as a driver hands it over: only when it is JSON.
    fn json(&self) -> &[u8] {
        let kind = self.headers.get("content-type").map(String::as_str).unwrap_or_default();
        if kind.starts_with("application/json") { self.body.as_bytes() } else { b"" }
    }
}

#[test]
fn every_recorded_challenge_is_read_in_full() {
    let mut read = 0;
    for name in EVM {
        for message in conversation(name).iter().filter(|message| message.status == 402) {
            if message.challenge().is_none() && message.json().is_empty() {
                continue; // The v1 paywall for browsers is a page, not a challenge.
            }
            let bytes = challenge_bytes(message);
            let challenge = challenge(message, &bytes).unwrap();
            assert_eq!((challenge.entries.len(), challenge.skipped.len()), (1, 0), "{name}");
            let terms = &challenge.entries[0].requirement;
            assert_eq!((terms.network.chain_id(), terms.amount), (84532, Amount::from_u64(10_000)), "{name}");
            assert_eq!(terms.pay_to.checksummed(), "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "{name}");
            assert_eq!(terms.window_s, 120, "{name}");
            read += 1;
        }
    }
    report(&format!("transcripts: {read} challenges read"));
    assert_eq!(read, 17);
}

#[test]
fn a_challenge_on_another_namespace_is_skipped_with_its_reason_and_never_paid() {
    let messages = conversation(SVM);
    let message = messages.iter().find(|message| message.status == 402).unwrap();
    let bytes = challenge_bytes(message);
    let challenge = challenge(message, &bytes).unwrap();
    assert_eq!(challenge.entries, []);
    assert_eq!(challenge.skipped.len(), 1);
    assert_eq!(challenge.skipped[0].error, ChallengeError::Network);
    let run = pay(message);
    let failure = run.failure().unwrap();
    assert_eq!(failure.code.as_str(), "parse/network");
    assert_eq!((run.reserved, run.typed_data.len()), (0, 0));
}

#[test]
fn our_payments_have_the_shape_of_the_official_ones_and_settle_as_recorded() {
    for name in EVM {
        let messages = conversation(name);
        let challenge = messages.iter().find(|message| message.status == 402).unwrap();
        let official = messages.iter().find_map(Message::payment).unwrap();
        let mut run = pay(challenge);
        let (name_of_header, value) = run.sent().unwrap_or_else(|| panic!("{name}: {:?}", run.last));
        let expected = if name.starts_with("v1") { "X-PAYMENT" } else { "PAYMENT-SIGNATURE" };
        assert_eq!(name_of_header, expected, "{name}");
        let (ours, theirs) = (decoded(value), decoded(official));
        assert_eq!(shape(&ours), shape(&theirs), "{name}");
        for echoed in ["x402Version", "scheme", "network", "accepted", "resource", "extensions"] {
            assert_eq!(ours.get(echoed), theirs.get(echoed), "{name}: {echoed}");
        }
        for agreed in ["from", "to", "value"] {
            let field = |payment: &Value| payment["payload"]["authorization"][agreed].clone();
            assert_eq!(field(&ours), field(&theirs), "{name}: {agreed}");
        }

        let settlement = messages.iter().find_map(Message::settlement).unwrap();
        let record = run.settle(Some(settlement), NOW_S).unwrap_or_else(|| panic!("{name}: {:?}", run.last));
        assert_eq!(record.state(), State::Settled, "{name}");
        let stated = decoded(settlement);
        assert_eq!(record.evidence.transaction.as_deref(), stated["transaction"].as_str(), "{name}");
    }
}

#[test]
fn a_recorded_settlement_for_another_payer_or_network_proves_nothing() {
    let messages = conversation("v2-hono");
    let challenge = messages.iter().find(|message| message.status == 402).unwrap();
    let honest = decoded(messages.iter().find_map(Message::settlement).unwrap());
    for (field, other) in [
        ("payer", json!("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC")),
        ("network", json!("eip155:8453")),
        ("amount", json!("10001")),
        ("amount", json!(10_000)),
        ("payer", json!(["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"])),
        ("networkId", json!("eip155:8453")),
        ("certificate", json!("0x")),
        ("success", json!(false)),
        ("transaction", json!("0x")),
        ("transaction", Value::Null),
    ] {
        let mut stated = honest.clone();
        stated[field] = other;
        let record = pay(challenge).settle(Some(&header::encode(stated.to_string().as_bytes())), NOW_S).unwrap();
        assert_eq!(record.state(), State::Unknown, "{field}");
        assert!(record.evidence.problem.is_some(), "{field}");
    }
}

#[test]
fn the_payer_of_every_recorded_payment_is_recovered_from_our_digest() {
    let mut recovered = 0;
    for name in EVM {
        for payment in conversation(name).iter().filter_map(Message::payment) {
            let payment = decoded(payment);
            let signed = &payment["payload"]["authorization"];
            let address = |key: &str| Address::parse(text(signed, key)).unwrap();
            let transfer = TransferAuthorization {
                from: address("from"),
                to: address("to"),
                value: Amount::from_decimal(text(signed, "value")).unwrap(),
                valid_after_s: text(signed, "validAfter").parse().unwrap(),
                valid_before_s: text(signed, "validBefore").parse().unwrap(),
                nonce: fixed(text(signed, "nonce")),
            };
            let signature = Signature::parse(text(&payment["payload"], "signature")).unwrap();
            assert_eq!(signature.recover(&transfer.digest(&usdc())), Ok(transfer.from), "{name}");
            assert_eq!(signature.to_hex(), text(&payment["payload"], "signature"), "{name}: spelled otherwise");
            let ours: Value = serde_json::from_str(&transfer.payload(&signature.to_hex())).unwrap();
            assert_eq!(ours, payment["payload"], "{name}");
            recovered += 1;
        }
    }
    report(&format!("transcripts: {recovered} payers recovered"));
    assert_eq!(recovered, 10);
}

#[test]
fn guarantees_have_the_shape_the_facilitator_accepted() {
    let file = vector("4mica/facilitator.json");
    for name in ["x402v1_ok", "x402v2_with_v1_claims_ok", "x402v2_with_v2_claims_ok"] {
        let exchange = &file[name]["settle"];
        let (request, response) = (&exchange["request"]["body"], &exchange["response"]);
        assert_eq!(response["status"], 200, "{name}");
        let theirs = &file[name]["payment_header_decoded"];
        let mut run = pay_guarantee(&request["paymentRequirements"], request["x402Version"].as_u64().unwrap());
        let (_, value) = run.sent().unwrap_or_else(|| panic!("{name}: {:?}", run.last));
        let ours = decoded(value);
        assert_eq!(shape(&ours), shape(theirs), "{name}");
        for echoed in ["x402Version", "scheme", "network", "accepted", "resource"] {
            assert_eq!(ours.get(echoed), theirs.get(echoed), "{name}: {echoed}");
        }
        let claims = |payment: &Value| payment["payload"]["claims"].clone();
        for agreed in ["version", "user_address", "recipient_address", "amount", "asset_address", "job_hash"] {
            assert_eq!(claims(&ours).get(agreed), claims(theirs).get(agreed), "{name}: {agreed}");
        }

        // The recorded certificate is a real one, for another request: it must be read, and prove nothing here.
        let header = header::encode(response["body"].to_string().as_bytes());
        let settlement = Settlement::read(&header).unwrap();
        assert!(settlement.success && settlement.certificate.is_some(), "{name}");
        let record = run.settle(Some(&header), NOW_S).unwrap_or_else(|| panic!("{name}: {:?}", run.last));
        assert_eq!(record.state(), State::Unknown, "{name}");
        assert_eq!(record.evidence.problem.as_deref(), Some("certificate/claims"), "{name}");
    }
}

fn conversation(name: &str) -> Vec<Message> {
    let file = vector(&format!("transcripts/{name}.json"));
    let entries = file.as_array().unwrap().iter().filter(|entry| text(entry, "label").starts_with("client"));
    entries
        .map(|entry| {
            let mut lines = text(entry, "head").split("\r\n");
            let first = lines.next().unwrap();
            let headers = lines.filter_map(|line| line.split_once(": "));
            Message {
                from_client: text(entry, "dir") == ">",
                status: first.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default(),
                headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
                body: text(entry, "body").to_owned(),
            }
        })
        .inspect(|message| assert_eq!(message.from_client, message.status == 0))
        .collect()
}

fn challenge_bytes(message: &Message) -> Vec<u8> {
    message.challenge().map_or_else(|| message.body.clone().into_bytes(), |value| header::decode(value).unwrap())
}

fn challenge<'b>(message: &Message, bytes: &'b [u8]) -> Result<Challenge<'b>, ChallengeError> {
    if message.challenge().is_some() { Challenge::read_v2(bytes) } else { Challenge::read_v1(bytes) }
}

/// Pays the recorded challenge with the recorded payer's key.
fn pay(message: &Message) -> Run {
    let challenge: Value = serde_json::from_slice(&challenge_bytes(message)).unwrap();
    let resource = &challenge["resource"]["url"];
    let url = resource.as_str().unwrap_or_else(|| text(&challenge["accepts"][0], "resource"));
    let origin = url.strip_suffix("/paid").unwrap();
    let options = json!({ "policy": { "perRequest": "0.01 USD", "sellers": [origin] } });
    buyer(&options).pay(url, message.challenge(), message.json())
}

/// Pays recorded requirements of 4Mica, with the recorded core's parameters.
fn pay_guarantee(requirements: &Value, version: u64) -> Run {
    let url = "http://127.0.0.1:14000/premium";
    let asset = text(requirements, "asset");
    let options = json!({
        "policy": {
            "perAsset": { format!("eip155:84532/erc20:{asset}"): "100" },
            "sellers": ["http://127.0.0.1:14000"],
        },
        "assets": [
            { "network": "eip155:84532", "address": asset, "name": "Test", "version": "1", "decimals": 6 },
        ],
        "cores": [{ "network": "eip155:84532", "url": "https://core.example" }],
    });
    let mut buyer = buyer(&options);
    let parameters = vector("4mica/core-public.json")["public_params"]["response"]["body"].to_string();
    buyer.core.push(("https://core.example/core/public-params".to_owned(), parameters.into_bytes()));
    let mut challenge = json!({ "x402Version": version, "accepts": [requirements] });
    if version == 1 {
        return buyer.pay(url, None, challenge.to_string().as_bytes());
    }
    challenge["resource"] = json!({ "url": url, "description": "premium", "mimeType": "application/json" });
    buyer.pay(url, Some(&header::encode(challenge.to_string().as_bytes())), b"")
}

fn buyer(options: &Value) -> Buyer {
    // The second account of anvil's well-known mnemonic, which paid in the recordings.
    let mut key = fixed(text(&vector("4mica/signing.json")["vectors"][0], "private_key"));
    let config = farthing::purchase::Config::parse(options.to_string().as_bytes()).unwrap();
    Buyer::with(farthing::signer::LocalKey::from_bytes(&mut key).unwrap(), config)
}

fn usdc() -> Asset {
    let address = Address::parse("0x036CbD53842c5426634e7929541eC2318f3dCF7e").unwrap();
    Registry::default().asset(Network::from_chain_id(84532).unwrap(), &address).unwrap()
}

fn decoded(value: &str) -> Value {
    serde_json::from_slice(&header::decode(value).unwrap()).unwrap()
}

/// The keys at every depth, and the type of every value.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(elements) => elements.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) | Value::Null => value.clone(),
    }
}
