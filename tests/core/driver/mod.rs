//! Drives the real purchase with a store in memory and a scripted seller, and watches every command on the way.
#![allow(dead_code, unused_imports, reason = "each test uses its part")]

pub mod core;
mod order;
pub mod scene;
pub mod store;

use std::collections::BTreeSet;
use std::sync::Arc;

use farthing::budget::Hold;
use farthing::error::Code;
use farthing::ledger::{Entry, Reservation, View};
use farthing::primitives::keccak256;
use farthing::purchase::{Command, Config, Consent, Entropy, Failure, Purchase, Time};
use farthing::record::{Record, State};
use farthing::scheme::guarantee::bls;
use farthing::signer::LocalKey;
use serde_json::Value;

pub use order::{Event, TROUBLES, answers, is_last, may_follow, name};
use scene::Scene;
use store::Store;

/// 2026-11-21 02:17:47 UTC.
pub const NOW_S: u64 = 1_795_227_467;

/// A purchase with everything around it.
pub struct Rig {
    pub purchase: Purchase,
    /// The command that waits for its event, or the last one.
    pub pending: Command,
    pub store: Store,
    pub scene: Scene,
    pub key: LocalKey,
    pub now_s: u64,
    /// Distinct header values that left.
    pub sent: BTreeSet<String>,
    /// Budgets that a reservation was to count against.
    pub holds: Vec<Hold>,
    /// Times the wallet was asked.
    pub asked: usize,
    /// Whether the last write was taken by the store.
    pub kept: Option<bool>,
}

/// The key that pays.
pub fn payer_key() -> LocalKey {
    LocalKey::from_bytes(&mut [0x11; 32]).unwrap()
}

impl Rig {
    pub fn new(scene: Scene) -> Self {
        Rig::with(scene, Store::default(), 1)
    }

    /// With a store that has a past; the seed makes the random bytes.
    pub fn with(scene: Scene, store: Store, seed: u8) -> Self {
        Rig::at(scene, store, seed, NOW_S)
    }

    pub fn at(scene: Scene, store: Store, seed: u8, now_s: u64) -> Self {
        let config = Config::parse(scene.options.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let hashed = |name: &str| keccak256(format!("{name} {seed}").as_bytes());
        let mut entropy = Entropy { id: [0; 16], nonce: hashed("nonce"), salt: hashed("salt") };
        entropy.id.copy_from_slice(&hashed("id")[..16]);
        let time = Time { now_s, zones: Vec::new() };
        let (purchase, first) = Purchase::new(Arc::new(config), scene.mode, scene.request.clone(), entropy, time);
        assert!(matches!(name(&first), "load" | "probe" | "fail"), "{first:?}");
        let (sent, key) = (BTreeSet::new(), payer_key());
        Rig { purchase, pending: first, store, scene, key, now_s, sent, holds: Vec::new(), asked: 0, kept: None }
    }

    /// Goes on as everybody wishes until a command of that name waits.
    pub fn until(mut self, wanted: &str) -> Self {
        while name(&self.pending) != wanted {
            assert!(!is_last(&self.pending), "never came to {wanted}: {:?}", self.pending);
            self.step();
        }
        self
    }

    /// Goes on as everybody wishes to the end.
    pub fn run(&mut self) -> &Command {
        while !is_last(&self.pending) {
            self.step();
        }
        &self.pending
    }

    /// Goes on as everybody wishes to the end; every command on the way.
    pub fn walk(&mut self) -> Vec<&'static str> {
        let mut steps = vec![name(&self.pending)];
        while !is_last(&self.pending) {
            steps.push(name(self.step()));
        }
        steps
    }

    /// Answers the load with these texts for rows.
    pub fn tell(&mut self, entries: Vec<(String, Option<String>)>) -> &Command {
        let Command::Load { query } = &self.pending else { panic!("nothing is loaded: {:?}", self.pending) };
        let view = self.store.read(query);
        self.give(Event::Loaded(View { entries, ..view }))
    }

    /// The event that everybody wishes for.
    pub fn step(&mut self) -> &Command {
        let event = self.wished();
        self.give(event)
    }

    /// What an honest world answers to the pending command.
    pub fn wished(&mut self) -> Event {
        match self.pending.clone() {
            Command::Load { query } => Event::Loaded(self.store.read(&query)),
            Command::Probe => Event::Answer(self.scene.answer(self.now_s)),
            Command::Account => Event::Account(self.key.address().checksummed()),
            Command::Fetch { url, body } => {
                let (status, body) = match body {
                    None => self.scene.document(&url, self.now_s),
                    Some(body) => self.scene.tab(&url, &body),
                };
                Event::Fetched(status, body)
            }
            Command::ActiveCycle { asset, .. } => {
                let url = format!("{}/core/cycles/active?asset={}", scene::CORE_URL, asset.lower());
                let (status, body) = self.scene.document(&url, self.now_s);
                Event::Fetched(status, body)
            }
            Command::Reserve { intent } => Event::Reserved(self.store.reserve(&intent)),
            Command::Ask { .. } => Event::Answered(Consent::Yes { by: "owner".into() }),
            Command::Sign { .. } => Event::SignLocally,
            Command::Advance { from, entry } => Event::Advanced(self.store.advance(from, &entry)),
            Command::Send { value, .. } => Event::Settlement(self.scene.paid(&value)),
            Command::VerifyCertificate { claims, signature, operator_key } => {
                let key = bls::OperatorKey::from_bytes(&operator_key).unwrap();
                let verdict = bls::verify(&key, &claims, signature.as_slice().try_into().unwrap());
                Event::Certificate(verdict.err().map(|error| error.code()))
            }
            last => panic!("nothing follows {last:?}"),
        }
    }

    /// Hands in any event, checks what must always hold, and carries out a last write.
    pub fn give(&mut self, event: Event) -> &Command {
        let before = self.pending.clone();
        let next = self.call(event.clone());
        self.watch(&before, &event, &next);
        if matches!(&next, Command::Fail { failure, .. } if failure.code == Code::OutOfOrder) {
            return &self.pending;
        }
        self.kept = match &next {
            Command::Finish { write: Some(write), .. }
            | Command::PassThrough { write: Some(write) }
            | Command::Fail { write: Some(write), .. } => Some(self.store.write(write)),
            _ => None,
        };
        self.pending = next;
        &self.pending
    }

    fn call(&mut self, event: Event) -> Command {
        let (purchase, now_s) = (&mut self.purchase, self.now_s);
        match event {
            Event::Loaded(view) => purchase.on_loaded(view, now_s),
            Event::Answered(consent) => purchase.on_answered(consent, now_s),
            Event::Answer(answer) => purchase.on_answer(&answer, now_s),
            Event::Account(address) => purchase.on_account(&address, now_s),
            Event::Fetched(status, body) => purchase.on_fetched(status, &body, now_s),
            Event::Reserved(reservation) => purchase.on_reserved(&reservation, now_s),
            Event::Signature(text) => purchase.on_signature(&text, now_s),
            Event::SignLocally => purchase.sign_locally(&self.key, now_s),
            Event::Advanced(confirmed) => purchase.on_advanced(confirmed, now_s),
            Event::Settlement(answer) => purchase.on_settlement(&answer, now_s),
            Event::Certificate(problem) => purchase.on_certificate(problem, now_s),
            Event::Trouble(trouble) => purchase.on_trouble(trouble, now_s),
        }
    }

    // The rules that hold for every event in every stage.
    fn watch(&mut self, before: &Command, event: &Event, next: &Command) {
        if !answers(event, before) {
            let Command::Fail { failure, write: None } = next else { panic!("{before:?} took {event:?}: {next:?}") };
            assert_eq!(failure.code, Code::OutOfOrder, "{before:?} took {event:?}");
            return;
        }
        assert!(may_follow(before, next), "after {before:?} and {event:?} came {next:?}");
        match next {
            Command::Sign { .. } => {
                assert!(matches!(event, Event::Reserved(Reservation::Held)), "signs without a reservation");
                self.asked += 1;
            }
            // The identical bytes, on Core's own word.
            Command::Send { value, .. } if matches!(before, Command::Send { .. }) => {
                assert!(self.sent.contains(&**value), "sends other bytes than before");
            }
            Command::Send { value, .. } => {
                let sealed = match (event, before) {
                    (Event::Advanced(true), Command::Advance { entry, .. }) => {
                        entry.sealed.as_deref().map(str::to_owned)
                    }
                    (Event::Loaded(view), _) => view.entries.iter().find_map(|(_, sealed)| sealed.clone()),
                    _ => panic!("sends without a confirmed write: {event:?}"),
                };
                let sealed: Value = serde_json::from_str(&sealed.unwrap()).unwrap();
                assert_eq!(sealed["value"].as_str(), Some(&**value), "sends other bytes than it wrote");
                self.sent.insert(value.to_string());
                assert_eq!(self.sent.len(), 1, "two payments for one purchase");
            }
            Command::Reserve { intent } => {
                assert!(intent.entry.record.attempt.as_ref().is_none_or(|attempt| attempt.authorisation.is_none()));
                check_entry(&intent.entry);
                self.holds.clone_from(&intent.holds);
            }
            Command::Advance { entry, .. } => check_entry(entry),
            Command::Quoted(quoted) => check_record(&quoted.record),
            Command::Ask { record } => check_record(record),
            Command::Finish { write: Some(write), .. }
            | Command::PassThrough { write: Some(write) }
            | Command::Fail { write: Some(write), .. } => check_entry(&write.entry),
            _ => {}
        }
        if let Command::Fail { failure, .. } = next {
            assert!(failure.facts.chars().all(|c| !c.is_control()) && failure.facts.len() < 1500, "{failure:?}");
        }
        let printed = format!("{next:?}");
        assert!(self.sent.iter().all(|value| !printed.contains(value.as_str())), "a payment is printed: {printed}");
    }

    pub fn failure(&self) -> &Failure {
        match &self.pending {
            Command::Fail { failure, .. } => failure,
            other => panic!("no failure: {other:?}"),
        }
    }

    /// Code of the failure, or of the problem that a delivered answer came with.
    pub fn problem(&self) -> Option<&str> {
        match &self.pending {
            Command::Fail { failure, .. } => Some(failure.code.as_str()),
            Command::Finish { record, .. } => record.evidence.problem.as_deref(),
            other => panic!("not at its end: {other:?}"),
        }
    }

    /// The state that the last write moved from and to.
    pub fn written(&self) -> Option<(Option<State>, State)> {
        match &self.pending {
            Command::Finish { write: Some(write), .. }
            | Command::PassThrough { write: Some(write) }
            | Command::Fail { write: Some(write), .. } => Some((write.from, write.entry.record.state())),
            _ => None,
        }
    }

    /// True when anything counts against a budget of this purchase.
    pub fn spent(&self) -> bool {
        self.holds.iter().any(|hold| !self.store.used(hold).is_zero())
    }

    /// The payment that waits to be sent, as JSON.
    pub fn payment(&self) -> Value {
        let Command::Send { value, .. } = &self.pending else { panic!("nothing to send: {:?}", self.pending) };
        scene::decoded(value)
    }
}

fn check_entry(entry: &Entry) {
    check_record(&entry.record);
    let state = entry.record.state();
    if let Some(sealed) = &entry.sealed {
        assert!(!matches!(state, State::Refused | State::Dead), "a payment is kept although it is {state:?}");
        let sealed: Value = serde_json::from_str(sealed).unwrap();
        // A question keeps the URL, nothing that could move money.
        let Some(value) = sealed["value"].as_str() else {
            return assert!(matches!(state, State::Asked | State::Approved | State::Reserved), "{state:?}");
        };
        let named = entry.record.attempt.as_ref().unwrap().authorisation;
        assert_eq!(named, Some(keccak256(value.as_bytes())), "the record names other bytes");
        let signature = scene::signature_of(&scene::decoded(value));
        let json = entry.record.to_json();
        for secret in [value, &signature, signature.trim_start_matches("0x")] {
            assert!(!json.contains(secret), "the record tells the payment: {json}");
        }
    }
}

/// A record reads back as it was written, and holds nothing as long as a signature.
pub fn check_record(record: &Record) {
    let json = record.to_json();
    assert_eq!(Record::read(json.as_bytes()).as_ref(), Some(record), "{json}");
    // A refused amount may be any 256-bit number, which in decimal is longer than a hash.
    let amount = record.terms.as_ref().map(|terms| terms.amount.to_string()).unwrap_or_default();
    let rest = json.replacen(&format!("\"amount\":\"{amount}\""), "", 1);
    let longest = rest.split(|c: char| !c.is_ascii_hexdigit()).map(str::len).max();
    assert!(longest <= Some(64), "longer than a hash: {json}");
    for steps in record.history().windows(2) {
        assert!(steps[0].at_s <= steps[1].at_s, "time runs backwards: {json}");
    }
}
