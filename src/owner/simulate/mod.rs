//! A policy tried on the past: records in, what it would have allowed, asked, denied and cost out.
//!
//! Purchases are decided anew in the order of their time, against budgets that begin empty. What became of one after it
//! held budget is repeated: an answer frees what counts until the answer, and proof that nothing moved gives all of it
//! back. A purchase that the past refused, and the policy would not, counts as paid; so does one it would have asked
//! about: that is the most it could have cost. What a seller wrote into a guarantee's entry besides is
//! not known any more, so a change of that is no change here.

mod bucket;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::pinned_asset;
use super::tally::array;
use crate::json::Writer;
use crate::ledger::{Entry, Intent, MemoryLedger, Query, Reservation};
use crate::policy::{Approved, Context, Decision, Purpose};
use crate::primitives::{Amount, Origin};
use crate::purchase::Config;
use crate::record::{Record, State};
use crate::scheme::Offer;
use crate::x402::SchemeName;
use bucket::Bucket;

/// A policy, and the past it is tried on.
#[derive(Debug)]
pub struct Simulation {
    config: Config,
    past: Vec<Past>,
    skipped: u64,
}

/// What the policy would have said to a purchase.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Paid, by this rule.
    Allowed(String),
    /// Paid if somebody had said yes: the code of the question.
    Asked(&'static str),
    /// Not paid: the code of the rule.
    Denied(&'static str),
    /// Not paid: the key of the budget without room.
    Exceeded(String),
}

impl Outcome {
    /// The word, and what decided.
    fn parts(&self) -> (&'static str, &str) {
        match self {
            Outcome::Allowed(rule) => ("allowed", rule),
            Outcome::Asked(code) => ("asked", code),
            Outcome::Denied(code) => ("denied", code),
            Outcome::Exceeded(key) => ("exceeded", key),
        }
    }
}

#[derive(Debug)]
struct Past {
    record: Record,
    offer: Offer,
    seller: Origin,
    zones: Vec<i32>,
    at_s: u64,
}

/// What happens in the order of time.
struct Event {
    at_s: u64,
    /// Within a second: what began before ends first, and nothing ends before it begins.
    rank: u8,
    index: usize,
    /// The state that is entered; none for the beginning.
    enters: Option<State>,
}

impl Simulation {
    /// With the policy and the pinned tables of `config`. Its store counts as what it says: a policy refuses large
    /// payments to an ephemeral one.
    pub fn new(config: Config) -> Self {
        Simulation { config, past: Vec::new(), skipped: 0 }
    }

    /// IANA names of the time zones that the policy's budgets count in.
    pub fn zones(&self) -> &[String] {
        self.config.policy.zones()
    }

    /// Adds a purchase. `zones` are minutes east of UTC for each of [`Simulation::zones`], in the second the purchase
    /// began. A record that cannot be read, or says of no terms that the tables know, is counted as skipped.
    pub fn add(&mut self, record: &str, zones: &[i32]) {
        let past = Record::read(record.as_bytes())
            .filter(|_| zones.len() == self.zones().len())
            .and_then(|record| self.recall(record, zones));
        match past {
            Some(past) => self.past.push(past),
            None => self.skipped += 1,
        }
    }

    /// `{"skipped", "allowed", "asked", "denied", "exceeded", "purchases"}`.
    ///
    /// The four in the middle are `{"count", "currencies": ["0.03 USD"], "assets": [{"asset", "amount"}], "by":
    /// [{"name", "count", "first"}]}`: what it would have cost, or what would not have been spent, and for each rule,
    /// code or budget key how often and in which second first. `purchases` are in the order of time:
    /// `[{"purchaseId", "at", "was", "outcome", "by"}]`, where `was` is the state the purchase is really in.
    pub fn run(mut self) -> String {
        self.past.sort_by_key(|past| past.at_s);
        let mut ledger = MemoryLedger::default();
        let mut buckets: BTreeMap<&str, Bucket> =
            ["allowed", "asked", "denied", "exceeded"].map(|name| (name, Bucket::default())).into();
        let mut rows = Vec::new();
        for event in self.events() {
            let past = &self.past[event.index];
            if let Some(state) = event.enters {
                enter(&mut ledger, &past.record.purchase_id, state, event.at_s);
                continue;
            }
            let Some(outcome) = self.decide(past, &mut ledger) else {
                self.skipped += 1;
                continue;
            };
            let (word, by) = outcome.parts();
            // What held budget and was proven not to have moved cost nothing, then and now.
            let costless = past.is_repeated() && past.record.state().releases_budget();
            let amount = if costless { Amount::ZERO } else { past.offer.amount };
            if let Some(bucket) = buckets.get_mut(word) {
                bucket.add(&past.offer.asset, amount, by, past.at_s);
            }
            let row = Writer::object()
                .text("purchaseId", &past.record.purchase_id)
                .integer("at", past.at_s)
                .text("was", past.record.state().as_str())
                .text("outcome", word)
                .text("by", by);
            rows.push(row.finish());
        }
        let mut object = Writer::object().integer("skipped", self.skipped);
        for name in ["allowed", "asked", "denied", "exceeded"] {
            object = object.raw(name, &buckets.get(name).map(Bucket::to_json).unwrap_or_default());
        }
        object.raw("purchases", &array(rows.into_iter())).finish()
    }

    fn recall(&self, record: Record, zones: &[i32]) -> Option<Past> {
        let asset = pinned_asset(record.terms.as_ref()?, &self.config.registry)?;
        let terms = record.terms.as_ref()?;
        let scheme = SchemeName::parse(&terms.scheme)?;
        let offer = Offer::recalled(scheme, asset, terms.amount, terms.pay_to);
        let seller = Origin::parse(&record.request.seller)?;
        let at_s = record.history().first()?.at_s;
        Some(Past { record, offer, seller, zones: Vec::from(zones), at_s })
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (index, past) in self.past.iter().enumerate() {
            events.push(Event { at_s: past.at_s, rank: 1, index, enters: None });
            if !past.is_repeated() {
                events.push(Event { at_s: past.at_s, rank: 2, index, enters: Some(State::Settled) });
                continue;
            }
            for step in past.record.history() {
                if matches!(step.state, State::Settled | State::Unknown | State::Refused | State::Dead) {
                    let at_s = step.at_s.max(past.at_s);
                    let rank = if at_s == past.at_s { 2 } else { 0 };
                    events.push(Event { at_s, rank, index, enters: Some(step.state) });
                }
            }
        }
        // Stable: in the order of the records where nothing else tells.
        events.sort_by_key(|event| (event.at_s, event.rank));
        events
    }

    /// Decides, and holds budget. `None` for a purchase id that was there before.
    fn decide(&self, past: &Past, ledger: &mut MemoryLedger) -> Option<Outcome> {
        let policy = &self.config.policy;
        let request = &past.record.request;
        let resource = alloc::format!("{} {}", request.method, request.path);
        let purpose = Purpose {
            task: request.task.clone(),
            reason: request.reason.clone(),
            agent: request.agent.clone(),
            session: request.session.clone(),
            category: request.category.clone(),
        };
        let notes = policy.note_keys(&past.seller, &resource);
        let noted = ledger.read(&Query { notes, ..Query::default() }).notes;
        let context = Context {
            seller: &past.seller,
            resource: &resource,
            purpose: &purpose,
            payer: past.record.attempt.as_ref().map(|attempt| attempt.payer),
            registry: &self.config.registry,
            now_s: past.at_s,
            zones: &past.zones,
            noted: &noted,
            durable: self.config.durable,
        };
        let (approved, outcome) = match policy.decide(past.offer.clone(), &context) {
            Decision::Deny(refused) => return Some(Outcome::Denied(refused.denied.code().as_str())),
            Decision::Allow(approved) => {
                let rule = approved.rule().to_string();
                (approved, Outcome::Allowed(rule))
            }
            Decision::Ask(pending) => {
                let (question, binding) = (pending.question().as_str(), *pending.approval().binding());
                (pending.granted(&binding)?, Outcome::Asked(question))
            }
        };
        match ledger.reserve(&intent(past, &approved)) {
            Reservation::Held => Some(outcome),
            Reservation::Exceeds { key, .. } => Some(Outcome::Exceeded(key)),
            // The notes were read a moment ago, so only the id can be in the way.
            Reservation::Exists | Reservation::Changed(_) => None,
        }
    }
}

impl Past {
    /// True when it really held budget, so that the past tells what became of that.
    fn is_repeated(&self) -> bool {
        self.record.history().iter().any(|step| step.state == State::Reserved)
    }
}

fn intent(past: &Past, approved: &Approved) -> Intent {
    let mut record = Record::new(past.record.purchase_id.clone(), past.record.request.clone());
    record.enter(State::Reserved, past.at_s);
    let entry = Entry { record, sealed: None };
    Intent { from: None, entry, holds: approved.holds().to_vec(), notes: approved.notes().to_vec() }
}

fn enter(ledger: &mut MemoryLedger, purchase_id: &str, state: State, at_s: u64) {
    // Nothing is there when it was denied.
    let Some(entry) = ledger.row(purchase_id) else { return };
    let (from, mut entry) = (entry.record.state(), entry.clone());
    entry.record.enter(state, at_s);
    ledger.advance(from, &entry);
}

#[cfg(test)]
mod tests;
