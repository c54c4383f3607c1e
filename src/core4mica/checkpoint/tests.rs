//! Batches of our own making: no server of this generation was recorded.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::core4mica::Exists;
use crate::primitives::{Amount, Network};
use crate::scheme::guarantee::{Guarantee, HouseValidation, PaymentAuthorization};
use crate::signer::LocalKey;

const CHAIN_ID: u64 = 84532;
const HOUSE: Address = Address::pinned("0x00000000000000000000000000000000000c1ea7");
const ASSET: Address = Address::pinned("0x036CbD53842c5426634e7929541eC2318f3dCF7e");
const CYCLE: Hash = [0x11; 32];
const START_S: u64 = 1_700_000_000;

fn key() -> LocalKey {
    LocalKey::from_bytes(&mut [7; 32]).unwrap()
}

fn authorization(number: u64) -> PaymentAuthorization {
    PaymentAuthorization {
        chain_id: CHAIN_ID,
        clearing_house: HOUSE,
        payer: key().address(),
        recipient: Address::from_bytes([9; 20]),
        cycle_id: CYCLE,
        asset: ASSET,
        amount: Amount::from_u64(100 + number),
        req_id: Amount::from_u64(number),
        timestamp_s: START_S + number,
        salt: [0x22; 32],
        validation: None,
    }
}

fn signed(authorization: &PaymentAuthorization) -> String {
    let signature = key().sign(&authorization.digest()).unwrap().to_hex();
    Guarantee::ClearingHouse(authorization.clone()).payload(&signature)
}

fn previous() -> Checkpoint {
    Checkpoint {
        chain_id: CHAIN_ID,
        clearing_house: HOUSE,
        payer: key().address(),
        cycle_id: CYCLE,
        asset: ASSET,
        cumulative_gross: Amount::from_u64(5_000),
        timestamp_cutoff_s: START_S,
    }
}

fn document(previous: Option<&str>, entries: &[String]) -> String {
    format!(
        r#"{{"cycle_id":"{}","asset_address":"{ASSET}","previous":{},"authorizations":[{}],"max_uncheckpointed":8}}"#,
        hex::encode(&CYCLE),
        previous.unwrap_or("null"),
        entries.join(",")
    )
}

fn read(body: &str) -> Result<Batch, Refusal> {
    let answer = Answer { status: 200, body: body.as_bytes() };
    Batch::read(&answer, CHAIN_ID, &HOUSE, &key().address(), &ASSET, Some(&CYCLE))
}

fn whys(body: &str) -> Vec<(Option<usize>, Why)> {
    let batch = read(body).unwrap();
    assert!(batch.strange().is_empty() || batch.checkpoint().is_none());
    batch.strange().iter().map(|strange| (strange.index, strange.why)).collect()
}

fn three() -> Vec<String> {
    (1..=3).map(|number| signed(&authorization(number))).collect()
}

fn signed_previous(checkpoint: &Checkpoint) -> String {
    checkpoint.wire(&key().sign(&checkpoint.digest()).unwrap().to_hex())
}

#[test]
fn a_checkpoint_is_the_previous_total_and_every_payment_since() {
    let batch = read(&document(Some(&signed_previous(&previous())), &three())).unwrap();
    let checkpoint = batch.checkpoint().unwrap();
    assert_eq!(checkpoint.cumulative_gross, Amount::from_u64(5_000 + 101 + 102 + 103));
    assert_eq!((checkpoint.timestamp_cutoff_s, checkpoint.cycle_id), (START_S + 3, CYCLE));
    assert_eq!((batch.authorizations().len(), batch.max_uncheckpointed()), (3, Some(8)));
    let first = read(&document(None, &three())).unwrap().checkpoint().unwrap();
    assert_eq!(first.cumulative_gross, Amount::from_u64(306));
    assert_eq!(read(&document(None, &[])).unwrap().checkpoint(), None);
}

#[test]
fn no_changed_member_of_a_payment_is_confirmed() {
    let validation =
        HouseValidation { validator: "eip155:1:0x11".into(), subject: [3; 32], deadline_s: 9, params: [1, 2].into() };
    let payment = PaymentAuthorization { validation: Some(validation), ..authorization(1) };
    let entry = signed(&payment);
    assert_eq!(whys(&document(None, core::slice::from_ref(&entry))), []);
    let other = hex::encode(&[0x33; 32]);
    let changes = [
        (r#""version":"v1""#, r#""version":"v2""#.to_string(), Why::Unreadable),
        (&payment.payer.lower(), HOUSE.lower(), Why::Terms),
        (&payment.recipient.lower(), HOUSE.lower(), Why::Signature),
        (&hex::encode(&CYCLE), other.clone(), Why::Terms),
        (r#""req_id":"0x1""#, r#""req_id":"0x2""#.to_string(), Why::Signature),
        (r#""amount":"0x65""#, r#""amount":"0x66""#.to_string(), Why::Signature),
        (&ASSET.lower(), HOUSE.lower(), Why::Terms),
        ("1700000001", "1700000002".to_string(), Why::Signature),
        (&hex::encode(&[0x22; 32]), other.clone(), Why::Signature),
        ("eip155:1:0x11", "eip155:1:0x12".to_string(), Why::Signature),
        (&hex::encode(&[3; 32]), other, Why::Signature),
        (r#""deadline":9"#, r#""deadline":null"#.to_string(), Why::Signature),
        (r#""params":"0x0102""#, r#""params":"0x0103""#.to_string(), Why::Signature),
        (r#""salt""#, r#""sale""#.to_string(), Why::Unreadable),
        (r#""signature":"0x"#, r#""signature":"0x00"#.to_string(), Why::Signature),
    ];
    for (from, to, why) in changes {
        let changed = entry.replacen(from, &to, 1);
        assert_ne!(changed, entry, "{from}");
        assert_eq!(whys(&document(None, &[changed])), [(Some(0), why)], "{from}");
    }
}

#[test]
fn a_payment_is_counted_once_and_after_the_cutoff_only() {
    let entries = three();
    let twice = [entries[0].clone(), entries[1].clone(), entries[0].clone()];
    assert_eq!(whys(&document(None, &twice)), [(Some(2), Why::Repeated)]);
    let again = PaymentAuthorization { amount: Amount::from_u64(1), ..authorization(1) };
    assert_eq!(whys(&document(None, &[entries[0].clone(), signed(&again)])), [(Some(1), Why::Repeated)]);
    let covered = Checkpoint { timestamp_cutoff_s: START_S + 1, ..previous() };
    assert_eq!(whys(&document(Some(&signed_previous(&covered)), &entries)), [(Some(0), Why::Covered)]);
    let full = Checkpoint { cumulative_gross: Amount::from_word(&[0xff; 32]), ..previous() };
    let all = [0, 1, 2].map(|index| (Some(index), Why::Overflow));
    assert_eq!(whys(&document(Some(&signed_previous(&full)), &entries)), all);
}

#[test]
fn no_changed_member_of_the_previous_checkpoint_is_built_upon() {
    let entry = signed_previous(&previous());
    let changes = [
        (key().address().lower(), HOUSE.lower(), Why::Terms),
        (hex::encode(&CYCLE), hex::encode(&[0x12; 32]), Why::Terms),
        (ASSET.lower(), HOUSE.lower(), Why::Terms),
        ("0x1388".to_string(), "0x1389".to_string(), Why::Signature),
        ("1700000000".to_string(), "1600000000".to_string(), Why::Signature),
        ("payload".to_string(), "pay".to_string(), Why::Unreadable),
    ];
    for (from, to, why) in changes {
        let changed = entry.replacen(&from, &to, 1);
        assert_ne!(changed, entry, "{from}");
        assert_eq!(whys(&document(Some(&changed), &three())), [(None, why)], "{from}");
    }
    let elsewhere = Checkpoint { clearing_house: ASSET, ..previous() };
    assert_eq!(whys(&document(Some(&signed_previous(&elsewhere)), &[])), [(None, Why::Signature)]);
}

#[test]
fn a_batch_is_the_one_asked_for() {
    let body = document(None, &three());
    let changed = [
        body.replacen(&hex::encode(&CYCLE), &hex::encode(&[0x12; 32]), 1),
        body.replacen(&ASSET.checksummed(), &HOUSE.lower(), 1),
        body.replacen("max_uncheckpointed\":8", "max_uncheckpointed\":\"8\"", 1),
        body.replacen("max_uncheckpointed\":8", &format!("payer\":\"{HOUSE}\""), 1),
        body.replacen("authorizations", "authorisations", 1),
        document(None, &alloc::vec!["{}".to_string(); MAX_BATCH + 1]),
    ];
    for changed in changed {
        assert_ne!(changed, body);
        assert_eq!(read(&changed).unwrap_err().code, Code::CoreAnswer, "{changed:.300}");
    }
    assert_eq!(read(&document(None, &alloc::vec!["{}".to_string(); MAX_BATCH])).unwrap().strange().len(), MAX_BATCH);
}

#[test]
fn the_core_confirms_what_was_signed_or_nothing() {
    let confirmed = |body: &str| {
        let answer = Answer { status: 200, body: body.as_bytes() };
        read_checkpoint(&answer, &previous()).map_err(|refusal| refusal.code.as_str())
    };
    assert_eq!(confirmed(r#"{"cumulative_gross":"0x1388","timestamp_cutoff":1700000000,"covered":3}"#), Ok(Some(3)));
    assert_eq!(confirmed(r#"{"cumulative_gross":"5000","timestamp_cutoff":1700000000}"#), Ok(None));
    for body in [
        r#"{"cumulative_gross":"0x1389","timestamp_cutoff":1700000000,"covered":3}"#,
        r#"{"cumulative_gross":"0x1388","timestamp_cutoff":1700000001,"covered":3}"#,
        r#"{"covered":3}"#,
        r#"{"cumulative_gross":"0x1388","timestamp_cutoff":1700000000,"cycle_id":"0x11"}"#,
    ] {
        assert_eq!(confirmed(body), Err("core/checkpoint-mismatch"), "{body}");
    }
    let lost = read_checkpoint(&Answer { status: 0, body: b"" }, &previous()).unwrap_err();
    assert_eq!((lost.code.as_str(), lost.exists), ("guarantee/core-unreachable", Exists::No));
}

#[test]
fn requests_name_payer_token_and_cycle() {
    let core = Core::at(Network::from_chain_id(CHAIN_ID).unwrap(), "https://core.example/");
    let payer = Address::from_bytes([0xAB; 20]);
    let request = batch_request(&core, &payer, &ASSET, Some(&CYCLE));
    let expected = format!(
        "https://core.example/core/payers/{}/checkpoint-batch?asset={}&cycle_id={}",
        payer.lower(),
        ASSET.lower(),
        hex::encode(&CYCLE)
    );
    assert_eq!((request.url, request.body.is_none(), request.login), (expected, true, true));
    let request = checkpoint_request(&core, &previous(), "0x00");
    assert_eq!(request.url, "https://core.example/core/checkpoints");
    let body = request.body.unwrap().into_text();
    assert!(body.starts_with(r#"{"payload":{"payer":"0x"#) && body.ends_with(r#","signature":"0x00"}"#), "{body}");
}
