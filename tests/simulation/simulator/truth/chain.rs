//! Authorisations that exist, who has them, and what became of them on the chain.

use farthing::primitives::{Amount, Hash, hex};
use farthing::purchase::Command;
use farthing::x402::header;
use serde_json::Value;

use super::{Sight, Truth};
use crate::simulator::world::{Asked, ORIGIN};

/// A signature over terms, somewhere.
#[derive(Debug)]
pub struct Authorisation {
    /// Purchase it was made for.
    pub id: String,
    pub asked: Asked,
    signature: String,
    /// The wallet made it and nobody took it: it may be anywhere.
    kept: bool,
    /// It left the process.
    left: bool,
    /// Somebody proved to a run that it was settled.
    pub proven: bool,
    /// It was settled.
    pub moved: bool,
}

impl Authorisation {
    /// True while money has moved by it or still can.
    pub fn movable(&self, now_s: u64) -> bool {
        let alive = self.asked.window.is_none_or(|(_, before_s)| now_s < before_s);
        self.moved || (self.kept || self.left) && alive
    }
}

impl Truth {
    /// A wallet signs.
    pub fn signed(&mut self, sight: &Sight, asked: &Asked, signature: &[u8; 65], now_s: u64) {
        self.exists(sight, asked, hex::encode(signature), true, now_s);
    }

    /// The key of the process signed, if the machine goes on to keep it.
    pub(super) fn signed_here(&mut self, sight: &mut Sight, typed_data: &str, next: &Command, now_s: u64) {
        let Command::Advance { entry, .. } = next else { return };
        sight.signed = true;
        let sealed: Value = serde_json::from_str(entry.sealed.as_deref().unwrap_or("null")).unwrap();
        let payment = decoded(sealed["value"].as_str().unwrap());
        let signature = signature_of(&payment).to_owned();
        self.exists(sight, &Asked::read(typed_data), signature, false, now_s);
    }

    fn exists(&mut self, sight: &Sight, asked: &Asked, signature: String, kept: bool, now_s: u64) {
        let row = self.rows.values().find(|row| row.attempt.as_ref().is_some_and(|known| known.nonce == asked.nonce));
        let Some(row) = row else {
            return self.fail(|| format!("an authorisation of purchase {} is in no row", sight.id()));
        };
        let id = row.purchase_id.clone();
        if row.state().releases_budget() {
            let state = row.state();
            self.fail(|| format!("purchase {id} is signed while it is {state:?}"));
        }
        if let Some(other) = self.authorisations.iter().find(|known| known.id == id || known.asked.nonce == asked.nonce)
        {
            let other = other.id.clone();
            self.fail(|| format!("purchase {id} has a second authorisation beside one of {other}"));
        }
        self.authorisations.push(Authorisation {
            id,
            asked: asked.clone(),
            signature,
            kept,
            left: false,
            proven: false,
            moved: false,
        });
        self.check_budgets(now_s);
    }

    /// The process has the signature: nobody else does.
    pub(super) fn takes_signature(&mut self, sight: &Sight) {
        let id = sight.id();
        self.authorisations.iter_mut().filter(|known| known.id == id).for_each(|known| known.kept = false);
    }

    /// A payment leaves a process.
    pub(super) fn leaves(&mut self, sight: &Sight, url: &str, value: &str, now_s: u64) {
        let Some(known) = self.presented_by(value) else {
            return self.fail(|| "a payment leaves that nobody signed".into());
        };
        known.left = true;
        let (id, nonce) = (known.id.clone(), known.asked.nonce);
        self.check_sealed(&id, &nonce, value);
        let path = self.rows.get(&id).map(|row| row.request.path.clone()).unwrap_or_default();
        if !url.starts_with(&format!("{ORIGIN}/")) || path != format!("/r{}", sight.call.path) {
            self.fail(|| format!("the payment for {path} goes to {url} for {:?}", sight.call));
        }
        let first = self.presented.entry(id.clone()).or_insert_with(|| value.to_owned());
        if first != value {
            self.fail(|| format!("purchase {id} is presented with other bytes"));
        }
        self.check_budgets(now_s);
    }

    /// A payment reaches the seller, which reads it as the chain would; its nonce.
    pub fn presented(&mut self, payment: &Value) -> Hash {
        let nonce = nonce_of(payment);
        let known = self.authorisations.iter().find(|known| known.asked.nonce == nonce);
        let same = known.is_some_and(|known| {
            let transfer = &payment["payload"]["authorization"];
            let text = |name: &str| transfer[name].as_str().unwrap_or_default();
            let asked = &known.asked;
            let fields = transfer.is_null()
                || text("from").eq_ignore_ascii_case(&asked.payer.lower())
                    && Some(text("to").to_lowercase()) == asked.to.map(|to| to.lower())
                    && text("value") == asked.amount.to_string()
                    && Some((text("validAfter").to_owned(), text("validBefore").to_owned()))
                        == asked.window.map(|(after_s, before_s)| (after_s.to_string(), before_s.to_string()));
            fields && signature_of(payment) == known.signature
        });
        if !same {
            self.fail(|| format!("the seller got what was never signed: {payment}"));
        }
        nonce
    }

    /// Submits an authorisation to the chain; true when its money has moved, now or before.
    pub fn settle(&mut self, nonce: &Hash, now_s: u64) -> bool {
        let Some(known) = self.authorisations.iter_mut().find(|known| known.asked.nonce == *nonce) else {
            return false;
        };
        known.moved |= known.asked.window.is_none_or(|(after_s, before_s)| after_s < now_s && now_s < before_s);
        let (moved, id) = (known.moved, known.id.clone());
        if moved && self.rows.get(&id).is_none_or(|row| row.state().releases_budget()) {
            self.fail(|| format!("money of purchase {id} moved, and its row says it cannot"));
        }
        moved
    }

    pub(super) fn proven(&mut self, value: &str) {
        if let Some(known) = self.presented_by(value) {
            known.proven = true;
        }
    }

    fn presented_by(&mut self, value: &str) -> Option<&mut Authorisation> {
        let nonce = nonce_of(&decoded(value));
        self.authorisations.iter_mut().find(|known| known.asked.nonce == nonce)
    }
}

/// A payment header as a seller reads it; `null` for one that cannot be read.
pub fn decoded(value: &str) -> Value {
    header::decode(value).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn signature_of(payment: &Value) -> &str {
    payment["payload"]["signature"].as_str().unwrap_or_default()
}

// EIP-3009 nonce, or request id of a guarantee.
fn nonce_of(payment: &Value) -> Hash {
    let payload = &payment["payload"];
    if let Some(nonce) = payload["authorization"]["nonce"].as_str() {
        return hex::decode_fixed(nonce).unwrap();
    }
    let req_id = [&payload["claims"]["req_id"], &payload["payload"]["req_id"]].into_iter().find_map(Value::as_str);
    let amount = req_id.and_then(|text| Amount::from_hex_quantity(text).or_else(|| Amount::from_decimal(text).ok()));
    // Nobody signs a nonce of zero.
    amount.unwrap_or(Amount::ZERO).word()
}
