//! The way back in: what the store knows of this request decides whether it is paid for again.

use alloc::string::String;
use alloc::sync::Arc;

use crate::core4mica::Parameters;
use crate::error::Code;
use crate::json;
use crate::ledger::View;
use crate::primitives::{Network, Secret, Url, keccak256};
use crate::purchase::answer::{Expectation, Proof};
use crate::purchase::authorisation::Message;
use crate::purchase::presented::Presented;
use crate::purchase::{Command, Failure, Mode, NOT_STOPPED, Purchase, Stage};
use crate::record::{Record, State};
use crate::registry::Registry;
use crate::scheme::guarantee::Guarantee;
use crate::x402::{Version, header};

/// Seconds a paid request is taken to be still under way in another process.
const UNDER_WAY_S: u64 = 30;
/// Seconds for which a repeated request means the same purchase, where the authorisation itself never expires.
const WINDOW_S: u64 = 900;

impl Purchase {
    /// The store's answer to [`Command::Load`].
    pub fn on_loaded(&mut self, view: View, now_s: u64) -> Command {
        self.tick(now_s);
        match self.take_stage() {
            Stage::Loading => {}
            Stage::Measuring { asks, holds } => return self.quoted(asks, holds, view),
            Stage::ReadingBack { code } => return self.take_back(&view, code),
            Stage::Taken { plan, prepared, holder } => return self.on_holder(plan, prepared, holder, view),
            other => return self.out_of_order(other),
        }
        // A store that leaves something out has not answered.
        if view.notes.len() != self.noted.len() + 1 {
            return self.refuse(Code::StoreFailed);
        }
        let mut notes = view.notes.into_iter();
        let stop = notes.next().flatten();
        if stop.as_ref().is_some_and(|stop| stop != NOT_STOPPED) && self.mode == Mode::Pay {
            return self.refuse(Code::Stopped);
        }
        self.not_stopped = stop;
        self.noted = notes.collect();
        let hash = self.request.hash();
        for (json, sealed) in view.entries {
            let record = Record::read(json.as_bytes());
            match (&self.request.purchase_id, record) {
                (Some(id), Some(record)) if *id == record.purchase_id => {
                    let same = record.request.hash == hash || seeded_bug!(15);
                    return if same { self.resume(record, sealed) } else { self.refuse(Code::PurchaseConflict) };
                }
                // An entry that cannot be read may hold a payment: under this id nothing is signed.
                (Some(_), _) => return self.refuse(Code::RecordUnreadable),
                (None, Some(record)) if record.request.hash == hash && self.is_unanswered(&record) => {
                    return self.resume(record, sealed);
                }
                // Among strangers' records one that cannot be read concerns nobody here.
                (None, _) => {}
            }
        }
        self.stage = Stage::Probing;
        Command::Probe
    }

    // Without an id, parallel and repeated requests are purchases of their own. Only one that was left without an
    // answer while its authorisation lives is taken up: paying anew could pay twice (threats P20, P24, P27).
    fn is_unanswered(&self, record: &Record) -> bool {
        let since_s = record.history().last().map_or(0, |step| step.at_s);
        let open = match record.state() {
            State::Unknown => true,
            State::Signed => self.now_s.saturating_sub(since_s) >= UNDER_WAY_S,
            // A question is about this request, whoever asks next.
            State::Asked | State::Approved => return true,
            State::Planned | State::Reserved | State::Settled | State::Refused | State::Dead => false,
        };
        let delivered = record.evidence.status.is_some_and(|status| (200..300).contains(&status));
        !seeded_bug!(13) && open && !delivered && self.now_s < dead_from_s(record)
    }

    /// Takes up a stored purchase: presents the identical bytes, or says why not.
    fn resume(&mut self, record: Record, sealed: Option<String>) -> Command {
        // The clock of this process may be behind the one that wrote: history only goes forward (threats P54).
        if let Some(step) = record.history().last() {
            self.tick(step.at_s);
        }
        if matches!(record.state(), State::Asked | State::Approved) {
            // The terms are read anew: a yes is to terms, not to a request.
            self.sealed = sealed.map(Secret::new);
            self.record = Some(record);
            self.stored = true;
            self.stage = Stage::Probing;
            return Command::Probe;
        }
        if seeded_bug!(6) && record.state() == State::Unknown {
            (self.record, self.stored, self.stage) = (Some(record), true, Stage::Probing);
            return Command::Probe;
        }
        // A question seals its URL alone: where nothing was signed there is nothing to present again.
        let was_signed = record.attempt.as_ref().is_some_and(|attempt| attempt.authorisation.is_some());
        let was_sealed = was_signed && sealed.is_some();
        let restored = sealed.and_then(|sealed| self.restore(sealed, &record));
        match (record.state(), restored) {
            (State::Signed | State::Unknown | State::Settled, Some(restored)) => {
                self.record = Some(record);
                self.stored = true;
                self.sealed = Some(restored.sealed);
                self.target.clone_from(&restored.url);
                let again = alloc::format!("{} ", &*restored.value);
                let value = if seeded_bug!(5) { Secret::new(again) } else { restored.value };
                let presented = Presented::new(restored.url, restored.header, value, restored.expectation);
                let command = presented.send();
                self.stage = Stage::Sending(presented);
                command
            }
            (State::Settled, None) => self.fail(Failure::with(Code::PurchaseSettled, facts(&record))),
            (State::Reserved, _) if self.now_s < dead_from_s(&record) => {
                self.fail(Failure::with(Code::PurchaseInProgress, facts(&record)))
            }
            (State::Reserved, _) => self.fail(Failure::with(Code::PurchaseInterrupted, facts(&record))),
            (State::Unknown, None) if !was_sealed => {
                self.fail(Failure::with(Code::PurchaseInterrupted, facts(&record)))
            }
            (State::Refused | State::Dead, _) => {
                // A store's text becomes a fact only as a code of ours.
                let before = record.evidence.problem.as_deref().and_then(Code::parse);
                let facts = before.map(|code| String::from(code.as_str())).unwrap_or_default();
                self.fail(Failure::with(Code::PurchaseRefused, facts))
            }
            (State::Planned | State::Asked | State::Approved | State::Signed | State::Unknown, _) => {
                self.fail(Failure::with(Code::RecordUnreadable, facts(&record)))
            }
        }
    }

    // What a store gives back is checked like anything else from outside: the bytes must be those the record names,
    // and they go to nobody but the seller that is being asked (threats P33).
    fn restore(&self, sealed: String, record: &Record) -> Option<Restored> {
        let root = json::read_own(sealed.as_bytes()).ok()?;
        let text = |name: &str| root.member(name)?.text().map(String::from);
        let (url, value) = (text("url")?, text("value")?);
        let attempt = record.attempt.as_ref()?;
        if attempt.authorisation != Some(keccak256(value.as_bytes())) || !self.may_go_to(&url) {
            return None;
        }
        let header = [Version::V1, Version::V2]
            .map(Version::payment_header)
            .into_iter()
            .find(|name| root.member("header").and_then(|node| node.text()) == Some(name))?;
        let proof = match text("core") {
            None if attempt.kind == "eip3009" => Proof::Transaction,
            None => return None,
            Some(document) => proof(&document, &value, record, &self.config.registry)?,
        };
        let expectation = expectation(record, proof)?;
        drop(root);
        Some(Restored { url, header, value: Secret::new(value), expectation, sealed: Secret::new(sealed) })
    }

    fn may_go_to(&self, url: &str) -> bool {
        let origins = (Url::parse(url), self.request.parse_url());
        let same_origin = matches!(origins, (Some(to), Some(asked)) if to.origin == asked.origin);
        url == self.request.url || same_origin && self.request.is_bodiless()
    }
}

struct Restored {
    url: String,
    header: &'static str,
    value: Secret,
    expectation: Expectation,
    sealed: Secret,
}

fn proof(document: &str, value: &str, record: &Record, registry: &Registry) -> Option<Proof> {
    let network = Network::parse(&record.terms.as_ref()?.network)?;
    let parameters = Parameters::read(document.as_bytes(), &registry.core(network)?).ok()?;
    let bytes = header::decode(value).ok()?;
    let payment = json::read_own(&bytes).ok()?;
    let guarantee = Guarantee::read(payment.member("payload")?, &parameters.deployment())?;
    // The record names the digest that was signed: other parameters would judge another guarantee.
    let same = record.attempt.as_ref()?.digest == guarantee.digest();
    same.then(|| Proof::of(&Message::Guarantee(Arc::new(guarantee)), Some(&Arc::new(parameters))))?
}

/// What a settlement of this record must match.
pub(super) fn expectation(record: &Record, proof: Proof) -> Option<Expectation> {
    let terms = record.terms.as_ref()?;
    Some(Expectation {
        payer: record.attempt.as_ref()?.payer,
        network: Network::parse(&terms.network)?,
        amount: terms.amount,
        proof,
    })
}

// From when on nobody can still spend it, or, where the scheme knows no end, from when on a repeated request is a
// new purchase.
fn dead_from_s(record: &Record) -> u64 {
    let since_s = record.history().first().map_or(0, |step| step.at_s);
    let valid_before_s = record.attempt.as_ref().and_then(|attempt| attempt.valid_before_s);
    valid_before_s.unwrap_or(since_s.saturating_add(WINDOW_S))
}

// What a person needs to look the authorisation up on the chain or at the core.
fn facts(record: &Record) -> String {
    let Some(attempt) = &record.attempt else { return String::new() };
    let nonce = crate::primitives::hex::encode(&attempt.nonce);
    let until = attempt.valid_before_s.map(|at_s| alloc::format!(", valid before {at_s}")).unwrap_or_default();
    alloc::format!("{}, payer {}, nonce {nonce}{until}", record.state().as_str(), attempt.payer)
}
