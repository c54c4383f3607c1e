//! What must hold of everything that leaves a sale, in every test.

use farthing::ledger::Entry;
use farthing::primitives::hex;
use farthing::record::State;
use farthing::sale::{Ending, SaleAnswer, SaleRecord};
use serde_json::Value;

use super::World;

/// Nonce of a record, as payments write it.
pub fn nonce(record: &SaleRecord) -> String {
    hex::encode(&record.facts.attempt.nonce)
}

/// A record reads back as it was written and tells nothing of the payment; what can move money is sealed, and only as long
/// as it may be needed.
pub fn entry(entry: &Entry<SaleRecord>) {
    let json = entry.record.to_json();
    assert_eq!(SaleRecord::parse(json.as_bytes()).as_ref(), Ok(&entry.record), "{json}");
    let longest = json.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest <= Some(64), "longer than a hash: {json}");
    let kept = matches!(entry.record.state(), State::Signed | State::Settled);
    assert_eq!(entry.sealed.is_some(), kept, "{:?}", entry.record.state());
    let times: Vec<u64> = entry.record.history().iter().map(|step| step.at_s).collect();
    assert!(times.is_sorted(), "time runs backwards: {json}");
    if let Some(sealed) = &entry.sealed {
        let sealed: Value = serde_json::from_str(sealed).unwrap();
        let payment: Value = serde_json::from_str(sealed["payment"].as_str().unwrap()).unwrap();
        let signature = payment["payload"]["signature"].as_str().unwrap();
        assert!(!json.contains(signature.trim_start_matches("0x")), "the record tells the payment");
        assert!(!format!("{entry:?}").contains(signature.trim_start_matches("0x")), "the payment is printed");
    }
}

/// No demand to pay while the payment may have been settled (I26); a grant only for a settled or an admitted one (I24).
pub fn ending(world: &World, ending: &Ending) {
    let claim = ending.report.payment_id.as_deref();
    let row = claim.and_then(|claim| world.ledger.row(claim));
    let asked = row.is_some_and(|row| {
        let nonce = nonce(&row.record);
        world.asked.iter().any(|(known, _)| known.eq_ignore_ascii_case(&nonce))
    });
    match &ending.answer {
        SaleAnswer::Paywall { challenge, refusal, headers, .. } => {
            assert_eq!(*challenge, refusal.code.status() == 402);
            let proven =
                row.is_some_and(|row| row.record.state() == State::Refused) || refusal.code.as_str() == "sale/unpaid";
            assert!(!challenge || !asked || proven, "asked to pay again: {refusal:?}");
            let later = headers.iter().any(|(name, value)| *name == "Retry-After" && *value != "0");
            assert!(later || refusal.code.as_str() != "sale/unknown" || refusal.facts == "tried too often");
            assert!(refusal.facts.len() <= 400 && refusal.facts.chars().all(|c| !c.is_control()), "{refusal:?}");
        }
        SaleAnswer::Work(_) | SaleAnswer::Stored(..) if ending.report.refusal.is_none() => {
            assert!(row.is_some_and(|row| row.record.state() == State::Settled), "given away: {ending:?}");
        }
        _ => {}
    }
    let printed = format!("{ending:?} {} {}", ending.answer.to_json(), ending.report.to_json());
    let signature = printed.split(|c: char| !c.is_ascii_hexdigit()).any(|word| word.len() == 130);
    assert!(!signature, "a signature is told: {printed}");
}
