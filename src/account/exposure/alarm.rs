//! A difference that somebody must look at, with what it rests on.

use alloc::string::{String, ToString};

use super::signed::{Ledger, Signed};
use crate::core4mica::{ClearingProof, Role};
use crate::json::Writer;
use crate::primitives::{Address, Amount, Hash, hex};

/// One alarm.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    kind: &'static str,
    asset: Address,
    cycle_id: Option<Hash>,
    words: String,
    /// What core or chain say, atomic units.
    found: Amount,
    /// What was signed at most, atomic units.
    expected: Amount,
    /// Every guarantee the expectation is the sum of.
    signed: alloc::vec::Vec<Signed>,
    /// What core proved the charge with: the cycle's root is on the chain for everybody.
    proof: Option<ClearingProof>,
}

impl Alarm {
    pub(super) fn new(
        kind: &'static str,
        asset: &Address,
        words: String,
        found: Amount,
        expected: Amount,
        ledger: &Ledger,
    ) -> Self {
        let signed = ledger.signed.iter().filter(|signed| signed.asset == *asset).cloned().collect();
        Alarm { kind, asset: *asset, cycle_id: None, words, found, expected, signed, proof: None }
    }

    /// Narrows it to one cycle: what may be charged there.
    pub(super) fn in_cycle(mut self, cycle_id: &Hash) -> Self {
        self.signed.retain(|signed| signed.cycle_id.is_none_or(|cycle| cycle == *cycle_id));
        self.cycle_id = Some(*cycle_id);
        self
    }

    /// With core's own proof of the charge.
    pub(super) fn proven_by(mut self, proof: Option<&ClearingProof>) -> Self {
        self.proof = proof.cloned();
        self
    }

    /// Stays the same while nothing about it changes.
    pub(super) fn name(&self) -> String {
        let cycle = self.cycle_id.map(|id| hex::encode(&id)).unwrap_or_default();
        alloc::format!("{} {} {cycle} {}", self.kind, self.asset, self.found)
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    /// `{"kind", "asset", "cycleId"?, "words", "found", "expected", "signed": [{"purchaseId", …}], "proof"?}`
    pub(super) fn to_json(&self) -> String {
        let signed: alloc::vec::Vec<String> = self.signed.iter().map(signed_json).collect();
        let object = Writer::object()
            .text("kind", self.kind)
            .text("asset", &self.asset.checksummed())
            .text_if("cycleId", self.cycle_id.map(|id| hex::encode(&id)).as_deref())
            .text("words", &self.words)
            .text("found", &self.found.to_string())
            .text("expected", &self.expected.to_string())
            .raw("signed", &alloc::format!("[{}]", signed.join(",")));
        match &self.proof {
            Some(proof) => object.raw("proof", &proof_json(proof)).finish(),
            None => object.finish(),
        }
    }
}

fn signed_json(signed: &Signed) -> String {
    Writer::object()
        .text("purchaseId", &signed.purchase_id)
        .text("amount", &signed.amount.to_string())
        .text("payTo", &signed.recipient.checksummed())
        .text("reqId", &hex::encode(&signed.req_id))
        .text("digest", &hex::encode(&signed.digest))
        .integer("at", signed.at_s)
        .text_if("cycleId", signed.cycle_id.map(|id| hex::encode(&id)).as_deref())
        .finish()
}

// With chain, clearing house, cycle, token and account the leaf, and so the root, can be computed by anybody.
fn proof_json(proof: &ClearingProof) -> String {
    let path: alloc::vec::Vec<String> =
        proof.path().iter().map(|hash| alloc::format!("\"{}\"", hex::encode(hash))).collect();
    Writer::object()
        .text("role", if proof.role() == Role::Debtor { "debtor" } else { "creditor" })
        .text("participant", &proof.participant().checksummed())
        .text("amount", &proof.amount().to_string())
        .text("root", &hex::encode(proof.root()))
        .raw("path", &alloc::format!("[{}]", path.join(",")))
        .finish()
}
