//! What an errand does when it arrives, and what becomes of the process meanwhile.

use farthing::budget::Note;
use farthing::error::Code;
use farthing::ledger::{Intent, Reservation};
use farthing::purchase::{Consent, STOP, Trouble};
use farthing::record::State;
use farthing::scheme::guarantee::bls;

use super::{Errand, Event, Said, Trip, World, seller, wallet};
use crate::simulator::fault::Fault;
use crate::simulator::truth::decoded;

impl World<'_> {
    pub(super) fn effect(&mut self, trip: Trip, told: bool) {
        let Trip { run, number, after, back_s, .. } = trip;
        let said = self.perform(trip);
        self.note(|_| format!("          effect for run {run}{}", if told { "" } else { ", unheard" }));
        let gone = self.strike(run, after, true);
        if let Some(said) = said.filter(|_| told && !gone) {
            self.later(back_s, Event::Answer { run, number, said: Box::new(said) });
        }
    }

    // `None`: nothing ever comes back.
    fn perform(&mut self, trip: Trip) -> Option<Said> {
        let Trip { run, errand, fault, number: trip_number, .. } = trip;
        if fault == Some(Fault::Overruled) {
            self.overrule(&errand);
        }
        let call = self.plan.calls[self.runs[run].call];
        let scheme = self.plan.scheme;
        Some(match errand {
            Errand::Load(query) | Errand::Look(query) => Said::View(self.ledger.read(&query)),
            Errand::Probe => {
                let (answer, terms) = seller::challenge(self.plan, call.path, fault, self.now_s);
                Said::Answer(answer, terms)
            }
            Errand::Account => match fault {
                Some(Fault::OtherAccount) => Said::Account(wallet::other().checksummed()),
                Some(Fault::Fails) => Said::Trouble(Trouble::WalletFailed),
                _ => Said::Account(wallet::payer().checksummed()),
            },
            Errand::Fetch(url) => match fault {
                Some(Fault::Unreadable) => Said::Document(200, b"{}".to_vec()),
                Some(Fault::Unavailable) => Said::Document(503, Vec::new()),
                _ => {
                    let (status, body) = seller::document(scheme, &url, self.now_s);
                    Said::Document(status, body)
                }
            },
            Errand::Reserve(intent) => Said::Reservation(self.reserve(&intent)),
            Errand::Ask(ticket) => Said::Consent(match fault {
                Some(Fault::SaysNo) => Consent::No,
                Some(Fault::SaysNothing) => {
                    let in_s = [20, 20, 300, 4_000][self.oracle.pick(4)];
                    self.later(in_s, Event::Approve { id: ticket.purchase_id.clone() });
                    Consent::Later
                }
                _ => {
                    self.truth.consents(&ticket);
                    let yes = Consent::Yes { by: "owner".into() };
                    if fault == Some(Fault::SaysYesLate) {
                        let said = Box::new(Said::Consent(yes));
                        self.later(90, Event::Answer { run, number: trip_number, said });
                        return None;
                    }
                    yes
                }
            }),
            Errand::Sign(asked) => return self.sign(run, &asked, fault),
            Errand::SignHere(_) => Said::Key,
            Errand::Advance(from, entry) => {
                let done = self.ledger.advance(from, &entry);
                self.truth.advanced(from, &entry, done, self.now_s);
                Said::Advanced(done)
            }
            Errand::Send { value, .. } => {
                let payment = decoded(&value);
                let nonce = self.truth.presented(&payment);
                let settled = seller::settles(fault) && self.truth.settle(&nonce, self.now_s);
                if !settled && self.oracle.pick(3) == 1 {
                    let in_s = self.oracle.pick(150) as u64;
                    self.later(in_s, Event::Settle { nonce });
                }
                let (answer, proves) = seller::paid(scheme, &payment, settled, fault);
                Said::Paid(answer, proves)
            }
            Errand::Verify { claims, signature, operator_key } => {
                Said::Certificate(verify(&claims, &signature, &operator_key))
            }
            Errand::Keep(write) => Said::Kept(match write.from {
                Some(from) => {
                    let done = self.ledger.advance(from, &write.entry);
                    self.truth.advanced(from, &write.entry, done, self.now_s);
                    done
                }
                None => {
                    let intent = Intent { from: None, entry: write.entry, holds: Vec::new(), notes: Vec::new() };
                    self.reserve(&intent) == Reservation::Held
                }
            }),
        })
    }

    fn reserve(&mut self, intent: &Intent) -> Reservation {
        let stopped = self.ledger.read(&stop_query()).notes != [None];
        let reservation = self.ledger.reserve(intent);
        self.truth.reserves(intent, &reservation, stopped, self.now_s);
        reservation
    }

    fn sign(&mut self, run: usize, asked: &super::Asked, fault: Option<Fault>) -> Option<Said> {
        let refusal = |trouble| Some(Said::Trouble(trouble));
        let spelled = |bytes: [u8; 65]| Some(Said::Signature(farthing::primitives::hex::encode(&bytes)));
        match fault {
            Some(Fault::Refuses) => return refusal(Trouble::WalletRejected),
            Some(Fault::OtherAccount) => return refusal(Trouble::WalletAccount),
            Some(Fault::OtherChain) => return refusal(Trouble::WalletChain),
            Some(Fault::Fails) => return refusal(Trouble::WalletFailed),
            Some(Fault::Garbage) => return Some(Said::Signature("0x".into())),
            Some(Fault::SignsAsOther) => return spelled(wallet::sign(other_than(asked.payer), &asked.digest)),
            Some(Fault::SignsOther) => return spelled(wallet::sign(asked.payer, &[7; 32])),
            _ => {}
        }
        let signature = wallet::sign(asked.payer, &asked.digest);
        self.truth.signed(&self.runs[run].sight, asked, &signature, self.now_s);
        match fault {
            Some(Fault::FailsAfterSigning) => refusal(Trouble::WalletFailed),
            Some(Fault::AnswersAfterExpiry) => {
                let number = self.runs[run].trip;
                let said = spelled(signature)?;
                self.later(100, Event::Answer { run, number, said: Box::new(said) });
                None
            }
            Some(Fault::HighForm) => spelled(wallet::high_form(&signature)),
            Some(Fault::AnswersTwice) => {
                let number = self.runs[run].trip;
                let said = spelled(signature)?;
                self.later(0, Event::Answer { run, number, said: Box::new(said) });
                spelled(signature)
            }
            _ => spelled(signature),
        }
    }

    // The owner closes what is open: a question with a no, a payment under way as unknown.
    fn overrule(&mut self, errand: &Errand) {
        let entry = match errand {
            Errand::Reserve(intent) => &intent.entry,
            Errand::Advance(_, entry) => entry,
            Errand::Keep(write) => &write.entry,
            _ => return,
        };
        let Some(mut entry) = self.ledger.row(&entry.record.purchase_id).cloned() else { return };
        let from = entry.record.state();
        let to = match from {
            State::Asked | State::Approved => State::Refused,
            State::Reserved | State::Signed => State::Unknown,
            _ => return,
        };
        let at_s = entry.record.history().last().map_or(0, |step| step.at_s).max(self.now_s);
        entry.record.enter(to, at_s);
        let done = self.ledger.advance(from, &entry);
        self.truth.advanced(from, &entry, done, self.now_s);
        self.note(|_| format!("the owner closes {}: {from:?} to {to:?}", entry.record.purchase_id));
    }

    /// The owner says yes in the store, to whatever question is open there.
    pub(super) fn approve(&mut self, id: &str) {
        let Some(mut entry) = self.ledger.row(id).filter(|row| row.record.state() == State::Asked).cloned() else {
            return;
        };
        self.truth.consents(&entry.record);
        let at_s = entry.record.history().last().map_or(0, |step| step.at_s).max(self.now_s);
        if let Some(approval) = &mut entry.record.approval {
            approval.by = Some("owner".into());
        }
        entry.record.enter(State::Approved, at_s);
        let done = self.ledger.advance(State::Asked, &entry);
        self.truth.advanced(State::Asked, &entry, done, self.now_s);
        self.note(|_| format!("the owner approves {id}"));
    }

    pub(super) fn settle(&mut self, nonce: &[u8; 32]) {
        let moved = self.truth.settle(nonce, self.now_s);
        self.note(|_| format!("the seller settles what it kept: {moved}"));
    }

    /// Carries out what happens to a process at an errand; true when it is gone.
    pub(super) fn strike(&mut self, run: usize, fault: Option<Fault>, after: bool) -> bool {
        let Some(fault) = fault.filter(|_| !self.runs[run].over) else { return self.runs[run].over };
        let process = self.runs[run].process;
        match (fault, after) {
            (Fault::CrashBefore, false) | (Fault::CrashAfter, true) => self.crash(process),
            (Fault::AbortBefore, false) | (Fault::AbortAfter, true) => self.abort(run),
            (Fault::StopBefore, false) | (Fault::StopAfter, true) => self.processes[process].stopped = true,
            (Fault::StopAllBefore, false) | (Fault::StopAllAfter, true) => self.stop_all(),
            (
                Fault::ClockBackSeconds
                | Fault::ClockBackHours
                | Fault::ClockAheadSeconds
                | Fault::ClockAheadMinutes
                | Fault::ClockAheadDays
                | Fault::ClockBroken,
                false,
            ) => self.processes[process].step(fault),
            _ => {}
        }
        self.runs[run].over
    }

    /// What happens while the errand is away.
    pub(super) fn strike_away(&mut self, run: usize, fault: Option<Fault>) {
        match fault {
            Some(Fault::CrashAway) => self.crash(self.runs[run].process),
            Some(Fault::AbortAway) => self.abort(run),
            _ => {}
        }
    }

    fn abort(&mut self, run: usize) {
        let waiting = &mut self.runs[run];
        waiting.aborted = true;
        if let Some(said) = waiting.when_aborted.clone().filter(|_| !waiting.over && waiting.trip != 0) {
            let number = waiting.trip;
            self.later(0, Event::Answer { run, number, said: Box::new(said) });
        }
    }

    fn stop_all(&mut self) {
        let was = self.ledger.read(&stop_query()).notes.pop().flatten();
        self.ledger.remember(&Note { key: STOP.into(), was, value: Some(r#"{"reason":"simulated"}"#.into()) });
        self.truth.stopped_all = true;
    }

    // Everything the process knew is gone. What it was doing is called again: at once, later, much later or never.
    fn crash(&mut self, process: usize) {
        self.count.crashes += 1;
        let snapshot = self.oracle.pick(8) == 7;
        self.processes[process].restart(snapshot);
        for run in 0..self.runs.len() {
            if self.runs[run].over || self.runs[run].process != process {
                continue;
            }
            self.runs[run].over = true;
            let number = self.runs[run].call;
            let in_s = [2, 2, 35, 70, 500, u64::MAX][self.oracle.pick(6)];
            if in_s < u64::MAX {
                self.later(in_s, Event::Call { number, process });
            }
        }
    }
}

fn stop_query() -> farthing::ledger::Query {
    farthing::ledger::Query { notes: vec![STOP.into()], ..Default::default() }
}

fn other_than(account: farthing::primitives::Address) -> farthing::primitives::Address {
    if account == wallet::other() { wallet::payer() } else { wallet::other() }
}

fn verify(claims: &[u8], signature: &[u8], operator_key: &[u8; 48]) -> Option<Code> {
    let key = bls::OperatorKey::from_bytes(operator_key).unwrap();
    let verdict = bls::verify(&key, claims, signature.try_into().unwrap());
    verdict.err().map(|error| error.code())
}
