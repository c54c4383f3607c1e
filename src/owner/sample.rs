//! Records for the tests of this folder, built the way the machine builds them.

use alloc::string::String;

use crate::primitives::{Address, Amount, Hash};
use crate::record::{ApprovalFacts, AttemptFacts, DecisionFacts, Record, RequestFacts, State, TermsFacts};

/// 2026-11-21 10:17:47 UTC.
pub(crate) const NOW_S: u64 = 1_795_256_267;
pub(crate) const BINDING: Hash = [4; 32];
pub(crate) const NONCE: Hash = [7; 32];
pub(crate) const VALID_BEFORE_S: u64 = NOW_S + 300;
pub(crate) const USDC: &str = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913";
pub(crate) const SELLER: &str = "https://api.example.com";

/// Account of the private key whose bytes are all 1.
pub(crate) fn payer() -> Address {
    Address::parse("0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1").unwrap()
}

pub(crate) fn fresh(id: &str) -> Record {
    let request = RequestFacts {
        hash: [1; 32],
        method: String::from("GET"),
        seller: String::from(SELLER),
        path: String::from("/weather"),
        task: Some(String::from("trip")),
        reason: None,
        agent: Some(String::from("planner")),
        session: None,
        category: None,
    };
    Record::new(String::from(id), request)
}

/// With terms of 0.01 USD and a decision.
pub(crate) fn decided(id: &str) -> Record {
    let mut record = fresh(id);
    record.terms = Some(TermsFacts {
        scheme: String::from("exact"),
        network: String::from("eip155:8453"),
        asset: alloc::format!("eip155:8453/erc20:{USDC}"),
        amount: Amount::from_u64(10_000),
        price: Some(String::from("0.01 USD")),
        pay_to: Address::from_bytes([0x22; 20]),
        version: 2,
        hash: [3; 32],
        binding: BINDING,
    });
    record.decision = Some(DecisionFacts { rule: String::from("perRequest 0.10 USD"), policy: [5; 32] });
    record
}

/// A ticket that expires an hour after [`NOW_S`].
pub(crate) fn asked() -> Record {
    let mut record = decided("p_asked");
    record.approval = Some(ApprovalFacts { binding: BINDING, expires_s: NOW_S + 3_600, by: None });
    record.evidence.problem = Some(String::from("approval/amount"));
    record.enter(State::Asked, NOW_S);
    record
}

pub(crate) fn reserved() -> Record {
    let mut record = decided("p_reserved");
    record.attempt = Some(AttemptFacts {
        payer: payer(),
        kind: String::from("eip3009"),
        nonce: NONCE,
        valid_before_s: Some(VALID_BEFORE_S),
        digest: [8; 32],
        authorisation: None,
    });
    record.enter(State::Reserved, NOW_S);
    record
}

pub(crate) fn signed() -> Record {
    let mut record = reserved();
    record.purchase_id = String::from("p_signed");
    sign(rebuilt(record))
}

pub(crate) fn unknown() -> Record {
    let mut record = signed();
    record.evidence.problem = Some(String::from("settlement/lost"));
    record.enter(State::Unknown, NOW_S + 3);
    record
}

pub(crate) fn settled() -> Record {
    let mut record = signed();
    record.evidence.status = Some(200);
    record.evidence.transaction = Some(alloc::format!("0x{}", "ab".repeat(32)));
    record.enter(State::Settled, NOW_S + 2);
    record
}

/// A 4Mica guarantee whose outcome nobody knows.
pub(crate) fn guarantee() -> Record {
    let mut record = reserved();
    record.purchase_id = String::from("p_guarantee");
    record.terms.as_mut().unwrap().scheme = String::from("4mica-credit");
    let attempt = record.attempt.as_mut().unwrap();
    attempt.kind = String::from("cycle");
    attempt.valid_before_s = None;
    let mut record = sign(rebuilt(record));
    record.enter(State::Unknown, NOW_S + 3);
    record
}

/// The same record under a new chain, as if it had been written like this from the beginning.
pub(crate) fn rebuilt(record: Record) -> Record {
    let steps = record.history().to_vec();
    let mut again = Record::new(record.purchase_id.clone(), record.request.clone());
    again.terms = record.terms;
    again.decision = record.decision;
    again.approval = record.approval;
    again.attempt = record.attempt;
    for step in steps {
        again.evidence = step.evidence;
        again.enter(step.state, step.at_s);
    }
    again
}

fn sign(mut record: Record) -> Record {
    record.attempt.as_mut().unwrap().authorisation = Some([6; 32]);
    record.enter(State::Signed, NOW_S + 1);
    record
}
