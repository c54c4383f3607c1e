//! A purchase and its driver, which does what `js/src/purchase/run.ts` does: carries out commands, decides nothing.

use std::sync::Arc;

use farthing::error::Code;
use farthing::ledger::{Query, Write};
use farthing::primitives::hex;
use farthing::purchase::{Command, Purchase, Request, Trouble};
use farthing::record::{Record, State};

use super::{Asked, Errand, Event, Said, Trip, World, seller, wallet};
use crate::simulator::fault::{self, Fault};
use crate::simulator::plan::Call;
use crate::simulator::truth::{Sight, Told};

/// One run of a call.
pub struct Run {
    pub call: usize,
    pub process: usize,
    pub purchase: Purchase,
    pub command: Command,
    /// Number of the errand that is waited for.
    pub trip: u64,
    /// What the caller's abort makes of the waiting.
    pub when_aborted: Option<Said>,
    pub aborted: bool,
    /// The last write was not confirmed, and the row is read.
    pub looks: bool,
    pub over: bool,
    pub sight: Sight,
}

impl World<'_> {
    pub(super) fn start(&mut self, number: usize, process: usize) {
        let call: Call = self.plan.calls[number];
        let entropy = self.processes[process].entropy();
        let time = self.processes[process].time(self.now_s);
        let mut id = String::from("p_");
        hex::push(&mut id, &entropy.id);
        let request = Request {
            purchase_id: call.id.map(str::to_owned),
            method: "GET".into(),
            url: seller::url(call.path),
            body_hash: [0; 32],
            purpose: Default::default(),
            at_most: call.capped.then(|| "0.015 USD".into()),
            quoted: None,
        };
        let sight = Sight::new(call, id, time.now_s);
        let (purchase, command) = Purchase::new(Arc::clone(&self.plan.config), call.mode, request, entropy, time);
        let run = self.runs.len();
        self.note(|_| format!("run {run}: process {process} calls {:?} /r{}", call.id, call.path));
        let run = Run {
            call: number,
            process,
            purchase,
            command,
            trip: 0,
            when_aborted: None,
            aborted: false,
            looks: false,
            over: false,
            sight,
        };
        self.runs.push(run);
        self.truth.called(&self.runs[self.runs.len() - 1].sight);
        self.go_on(self.runs.len() - 1);
    }

    /// Carries out the waiting command, and those that are answered at once.
    fn go_on(&mut self, run: usize) {
        loop {
            if self.truth.violation.is_some() {
                return;
            }
            let command = &self.runs[run].command;
            let errand = match last_write(command) {
                None => Errand::of(command, Asked::read, self.plan.local_key),
                Some(Some(write)) => Errand::Keep(Box::new(write.clone())),
                Some(None) => return self.report(run, Kept::Written),
            };
            let process_fault = self.oracle.fault(fault::of_process(&errand));
            if let Some(fault) = process_fault {
                self.note(|_| format!("run {run}: {fault:?} at {}", errand.word()));
            }
            let gone = self.strike(run, process_fault, false);
            if gone {
                return;
            }
            let (stopped, aborted) = (self.processes[self.runs[run].process].stopped, self.runs[run].aborted);
            let unsaid = match errand {
                _ if stopped && !errand.outlives_stop() => Some(Trouble::Killed),
                _ if aborted && errand.heeds_abort() => Some(Trouble::Stopped),
                _ => None,
            };
            match unsaid {
                Some(trouble) => self.feed(run, Said::Trouble(trouble)),
                None => return self.depart(run, errand, process_fault),
            }
        }
    }

    fn depart(&mut self, run: usize, errand: Errand, process_fault: Option<Fault>) {
        let fault = self.oracle.fault(fault::of_errand(&errand));
        self.note(|_| format!("run {run}: {} {}", errand.word(), fault.map(|f| format!("{f:?}")).unwrap_or_default()));
        self.truth.departs(&mut self.runs[run].sight, &errand, self.now_s);
        let (there_s, back_s) = if self.plan.steady { (0, 1) } else { (self.latency_s(), self.latency_s()) };
        let number = self.order + 1;
        let waiting = &mut self.runs[run];
        (waiting.trip, waiting.when_aborted) = (number, errand.when_aborted());
        let (patience_s, trouble) = (errand.patience_s(), Said::Trouble(errand.trouble()));
        let late = |said| Event::Answer { run, number, said: Box::new(said) };
        let trip = Trip { run, number, errand, fault, after: process_fault, back_s };
        let effect = |told| Event::Effect { trip: trip.clone(), told };
        match fault {
            Some(Fault::LostThere) => self.later(1, late(trouble)),
            Some(Fault::LateThere) => {
                self.later(patience_s, late(trouble));
                self.later(patience_s + 5, effect(true));
            }
            Some(Fault::LostBack) => {
                self.later(there_s, effect(false));
                self.later(there_s + 1, late(trouble));
            }
            Some(Fault::LateBack) => {
                let slow = Trip { back_s: patience_s + 5, ..trip.clone() };
                self.later(there_s, Event::Effect { trip: slow, told: true });
                self.later(there_s + patience_s, late(trouble));
            }
            Some(Fault::Twice) => {
                self.later(there_s, effect(true));
                self.later(there_s, effect(false));
            }
            Some(Fault::SecondAnswer) => {
                self.later(there_s, effect(false));
                self.later(there_s, effect(true));
            }
            Some(Fault::TwiceMuchLater) => {
                self.later(there_s, effect(true));
                self.later(there_s + 25, effect(false));
            }
            _ => self.later(there_s, effect(true)),
        }
        self.strike_away(run, process_fault);
    }

    // Mostly at once or within seconds, now and then longer than anybody waits.
    fn latency_s(&mut self) -> u64 {
        match self.oracle.pick(64) {
            0..40 => 0,
            40..60 => 1,
            60..63 => 4,
            _ => 35,
        }
    }

    /// An answer arrives; one that nobody waits for any more is dropped.
    pub(super) fn answer(&mut self, run: usize, number: u64, said: Said) {
        if self.runs[run].over || self.runs[run].trip != number {
            return;
        }
        self.runs[run].trip = 0;
        let write = last_write(&self.runs[run].command).flatten();
        let id = write.map(|write| write.entry.record.purchase_id.clone());
        match (said, id) {
            (Said::Kept(true), _) => return self.report(run, Kept::Written),
            // Another process may have written the same outcome first: then its row is the record.
            (Said::View(view), Some(_)) => {
                let row = view.entries.first().and_then(|(json, _)| Record::read(json.as_bytes()));
                return self.report(run, row.map_or(Kept::Unknown, |row| Kept::Instead(Box::new(row))));
            }
            (_, Some(_)) if self.runs[run].looks => return self.report(run, Kept::Unknown),
            (_, Some(id)) => {
                self.runs[run].looks = true;
                let query = Query { purchase_id: Some(id), ..Query::default() };
                return self.depart(run, Errand::Look(query), None);
            }
            (said, None) => self.feed(run, said),
        }
        self.go_on(run);
    }

    /// Tells the machine what happened, by the clock of its process.
    pub(super) fn feed(&mut self, run: usize, said: Said) {
        let Run { purchase, sight, process, command, .. } = &mut self.runs[run];
        let now_s = self.processes[*process].reads_s(self.now_s);
        self.truth.hears(sight, &said, now_s);
        let next = match said.clone() {
            Said::View(view) => purchase.on_loaded(view, now_s),
            Said::Answer(answer, _) => purchase.on_answer(&answer, now_s),
            Said::Account(address) => purchase.on_account(&address, now_s),
            Said::Document(status, body) => purchase.on_fetched(status, &body, now_s),
            Said::Reservation(reservation) => purchase.on_reserved(&reservation, now_s),
            Said::Consent(consent) => purchase.on_answered(consent, now_s),
            Said::Signature(text) => purchase.on_signature(&text, now_s),
            Said::Key => purchase.sign_locally(wallet::key(), now_s),
            Said::Advanced(confirmed) => purchase.on_advanced(confirmed, now_s),
            Said::Paid(answer, _) => purchase.on_settlement(&answer, now_s),
            Said::Certificate(problem) => purchase.on_certificate(problem, now_s),
            Said::Trouble(trouble) => purchase.on_trouble(trouble, now_s),
            Said::Kept(_) => unreachable!("the last write is the driver's"),
        };
        self.truth.answers(sight, &said, command, &next, self.now_s);
        *command = next;
        self.note(|world| format!("run {run}:   {} → {}", said_word(&said), told(&world.runs[run].command)));
    }

    // What the caller gets, as `keep` in the driver makes it.
    fn report(&mut self, run: usize, kept: Kept) {
        let Run { command, sight, .. } = &mut self.runs[run];
        let own = match command {
            Command::Finish { record, .. } => Some(Record::clone(record)),
            Command::Fail { write: Some(write), .. } | Command::PassThrough { write: Some(write) } => {
                Some(write.entry.record.clone())
            }
            _ => None,
        };
        let from = last_write(command).flatten().and_then(|write| write.from);
        let (record, state, confirmed) = match kept {
            Kept::Instead(row) if Some(row.state()) != from => (Some(*row.clone()), Some(row.state()), true),
            // Where a new row was not confirmed, nobody knows what is there: nothing is claimed.
            Kept::Instead(_) | Kept::Unknown => (own, Some(from.unwrap_or(State::Planned)), false),
            Kept::Written => (own.clone(), own.as_ref().map(Record::state), true),
        };
        let failure = if let Command::Fail { failure, .. } = command { Some(failure.code) } else { None };
        let told = Told { failure, record: record.as_ref(), state, confirmed };
        self.truth.reported(sight, &told, self.now_s);
        self.count.report(failure, state);
        self.runs[run].over = true;
        self.note(|_| format!("run {run}: reports {} {}", failure.map_or("finish", Code::as_str), shown(state)));
    }
}

/// What became of the last write.
enum Kept {
    Written,
    /// Not written; this is there.
    Instead(Box<Record>),
    Unknown,
}

// The write of a command that ends the purchase; `None` for a command that does not.
fn last_write(command: &Command) -> Option<Option<&Write>> {
    match command {
        Command::PassThrough { write } | Command::Finish { write, .. } | Command::Fail { write, .. } => {
            Some(write.as_ref())
        }
        Command::Quoted(_) => Some(None),
        _ => None,
    }
}

fn shown(state: Option<State>) -> &'static str {
    state.map_or("no record", State::as_str)
}

fn said_word(said: &Said) -> String {
    match said {
        Said::View(view) => format!("{} rows, notes {:?}", view.entries.len(), view.notes),
        Said::Answer(answer, terms) => format!("{} {terms:?}", answer.status),
        Said::Reservation(reservation) => format!("{reservation:?}"),
        Said::Paid(answer, proves) => format!("{} proves {proves}", answer.status),
        Said::Advanced(confirmed) => format!("advanced {confirmed}"),
        Said::Signature(_) => "signature".into(),
        Said::Key => "key".into(),
        Said::Account(account) => account.clone(),
        Said::Document(status, _) => format!("document {status}"),
        other => format!("{other:?}"),
    }
}

fn told(command: &Command) -> String {
    match command {
        Command::Reserve { intent } => format!("reserve from {:?}", intent.from),
        Command::Advance { from, entry } => format!("advance {from:?} to {:?}", entry.record.state()),
        Command::Fail { failure, write } => {
            let write = write.as_ref().map(|write| (write.from, write.entry.record.state()));
            format!("fail {} write {write:?}", failure.code)
        }
        Command::Finish { write, record } => format!("finish {:?} write {}", record.state(), write.is_some()),
        other => {
            let text = format!("{other:?}");
            text.split([' ', '(']).next().unwrap_or_default().to_lowercase()
        }
    }
}
