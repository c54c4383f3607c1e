//! Records of guarantees as a store keeps them.

use alloy_primitives::keccak256;
use farthing::primitives::{Address, Amount};
use farthing::record::{AttemptFacts, Record, RequestFacts, State, TermsFacts};

use crate::proofs::{START_S, name};
use crate::world::{USDC, payer};

/// A guarantee of 1000 units and its number, signed two hours into the cycle.
pub struct Guarantee {
    pub number: u64,
    pub state: State,
    pub cycle: Option<String>,
    pub kind: &'static str,
    pub network: &'static str,
    pub asset: String,
    pub payer: String,
}

/// Settled, with its certificate.
pub fn guarantee(number: u64) -> Guarantee {
    Guarantee {
        number,
        state: State::Settled,
        cycle: Some(name()),
        kind: "cycle",
        network: "eip155:84532",
        asset: format!("eip155:84532/erc20:{USDC}"),
        payer: payer().text(),
    }
}

/// Lost on the way: nobody showed a certificate.
pub fn uncertified(number: u64) -> Guarantee {
    Guarantee { state: State::Unknown, cycle: None, ..guarantee(number) }
}

impl Guarantee {
    pub fn text(&self) -> String {
        let request = RequestFacts {
            hash: [1; 32],
            method: String::from("GET"),
            seller: String::from("https://api.example.com"),
            path: String::from("/"),
            task: None,
            reason: None,
            agent: None,
            session: None,
            category: None,
        };
        let mut record = Record::new(format!("purchase-{}", self.number), request);
        record.terms = Some(TermsFacts {
            scheme: String::from("4mica-credit"),
            network: self.network.to_owned(),
            asset: self.asset.clone(),
            amount: Amount::from_u64(1000 + self.number),
            price: None,
            pay_to: Address::from_bytes([0xbe; 20]),
            version: 2,
            hash: [2; 32],
            binding: [3; 32],
        });
        record.attempt = Some(AttemptFacts {
            payer: Address::parse(&self.payer).unwrap(),
            kind: self.kind.to_owned(),
            nonce: Amount::from_u64(self.number).word(),
            valid_before_s: None,
            digest: [4; 32],
            authorisation: None,
        });
        record.enter(State::Reserved, START_S + 7200);
        if self.state != State::Reserved {
            record.enter(State::Signed, START_S + 7201);
            record.evidence.cycle_id = self.cycle.as_ref().map(|name| keccak256(name).0);
            record.enter(self.state, START_S + 7202);
        }
        record.to_json()
    }
}
