//! Facilitators and a core that say what they are told to, and else the truth; and what must hold of what they are asked.

use farthing::record::State;
use farthing::sale::Party;
use serde_json::{Value, json};

use super::chain::Event;
use super::{CREDIT_URL, EXACT_URL, TRANSACTION, World};
use crate::driver::core;
use crate::driver::scene::{CORE_URL, Flow, SELLER};

impl World {
    pub(super) fn fetched(&mut self, to: Party, url: &str, body: Option<&str>) -> (u16, Vec<u8>) {
        let Some(body) = body else {
            assert_eq!((to, url), (Party::Core, &*format!("{CORE_URL}/core/public-params")));
            return (200, core::parameters(self.flow).to_string().into_bytes());
        };
        let base = if to == Party::Exact { EXACT_URL } else { CREDIT_URL };
        let question: Value = serde_json::from_str(body).unwrap();
        let (status, text) = match url.strip_prefix(base).unwrap() {
            "/verify" if !self.verifies.is_empty() => self.verifies.remove(0),
            "/verify" => (200, json!({ "isValid": true }).to_string()),
            "/settle" => {
                let payment = question["paymentPayload"].clone();
                self.watch_settle(&nonce(&payment), body);
                self.settled(&payment)
            }
            other => panic!("{other}"),
        };
        (status, text.into_bytes())
    }

    // Nothing is asked to settle that is not sealed in the store, and only ever in the same bytes.
    fn watch_settle(&mut self, nonce: &str, body: &str) {
        let rows = self.ledger.rows();
        let row = rows.iter().find(|row| super::watch::nonce(&row.record).eq_ignore_ascii_case(nonce)).unwrap();
        // Another copy may have been faster: then the bytes are there as well.
        let durable = matches!(row.record.state(), State::Signed | State::Settled);
        assert!(durable, "asked to settle before it was durable: {:?}", row.record.state());
        assert!(row.sealed.is_some());
        if let Some((_, before)) = self.asked.iter().find(|(known, _)| known == nonce) {
            assert_eq!(before, body, "settled again in other bytes");
        }
        self.asked.push((nonce.into(), body.into()));
    }

    fn settled(&mut self, payment: &Value) -> (u16, String) {
        let (nonce, exact) = (nonce(payment), payment["payload"]["authorization"].clone());
        let fresh = !self.chain.is_used(&nonce);
        if fresh && self.moves {
            let moved = match exact.is_object() {
                true => Some((exact["to"].as_str().unwrap().into(), exact["value"].as_str().unwrap().parse().unwrap())),
                false => Some((SELLER.into(), 20_000)),
            };
            let payer = exact["from"].as_str().unwrap_or("0x00").into();
            let transaction = TRANSACTION.into();
            self.chain.events.push(Event { payer, nonce, at_s: self.now_s, moved, transaction });
        }
        if !self.settles.is_empty() {
            return self.settles.remove(0);
        }
        let answer = match (fresh, exact.is_object()) {
            (false, true) => json!({ "success": false, "errorReason": "nonce_already_used", "transaction": "" }),
            // The same bytes get the same certificate.
            (_, false) => honest(self.flow, payment),
            (true, true) => json!({
                "success": true, "transaction": TRANSACTION, "network": "eip155:8453", "payer": exact["from"],
            }),
        };
        (200, answer.to_string())
    }
}

/// What the facilitator of 4Mica answers when all is well.
pub fn honest(flow: Flow, payment: &Value) -> Value {
    match flow {
        Flow::House => {
            let mut settlement = core::settlement(core::receipt(payment));
            let certificate = settlement["certificate"].as_object_mut().unwrap();
            let receipt = certificate.remove("claims").unwrap();
            certificate.insert("receipt".into(), receipt);
            settlement
        }
        Flow::Sdk2 => core::settlement(core::certified(core::sdk2_claims_of(payment))),
        Flow::Tab => core::settlement(core::tab_certified(core::tab_claims_of(payment))),
        _ => core::settlement(core::certificate(payment)),
    }
}

pub fn nonce(payment: &Value) -> String {
    let payload = &payment["payload"];
    let places = [&payload["authorization"]["nonce"], &payload["claims"]["req_id"], &payload["payload"]["req_id"]];
    let text = places.into_iter().find_map(Value::as_str).unwrap().trim_start_matches("0x").to_lowercase();
    format!("0x{text:0>64}")
}
