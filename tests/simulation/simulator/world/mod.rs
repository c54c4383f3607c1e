//! The world: an agenda of events in order of time, and everybody who takes part in them.

mod deliver;
mod errand;
mod guarantee;
mod process;
mod run;
mod seller;
mod wallet;

use std::collections::BTreeMap;

use farthing::ledger::MemoryLedger;

use super::oracle::Oracle;
use super::plan::Plan;
use super::report::Count;
use super::truth::Truth;

pub use errand::{Errand, Said, Trip};
pub use process::Process;
pub use run::Run;
pub use seller::{ORIGIN, Terms};
pub use wallet::Asked;

/// The start of every world: 2026-11-21 02:17:47 UTC.
pub const START_S: u64 = 1_795_227_467;
/// Whatever is still moving then is a loop.
const MAX_EVENTS: usize = 5_000;

/// Something that will happen.
#[derive(Clone, Debug)]
pub enum Event {
    /// A call of the plan is made by a process.
    Call { number: usize, process: usize },
    /// An errand reaches the other side; `told` when its answer counts.
    Effect { trip: Trip, told: bool },
    /// An answer reaches the driver.
    Answer { run: usize, number: u64, said: Box<Said> },
    /// The owner answers a question that was left open.
    Approve { id: String },
    /// The seller settles what it was given.
    Settle { nonce: [u8; 32] },
}

/// How a schedule ended.
pub struct Outcome {
    pub violation: Option<String>,
    pub trace: Vec<String>,
    pub count: Count,
}

impl Outcome {
    /// The trace, and below it what was wrong.
    pub fn lines(self) -> Vec<String> {
        self.trace.into_iter().chain(self.violation.map(|text| format!("VIOLATION {text}"))).collect()
    }
}

/// Everything there is.
pub struct World<'w> {
    plan: &'w Plan,
    oracle: &'w mut dyn Oracle,
    /// True time, in seconds.
    now_s: u64,
    agenda: BTreeMap<(u64, u64), Event>,
    /// Order among events of one second.
    order: u64,
    processes: Vec<Process>,
    runs: Vec<Run>,
    ledger: MemoryLedger,
    truth: Truth,
    count: Count,
    trace: Option<Vec<String>>,
}

impl<'w> World<'w> {
    pub fn new(plan: &'w Plan, oracle: &'w mut dyn Oracle, traced: bool) -> Self {
        let streams = |number: usize| if plan.cloned { 0 } else { number };
        let salt = oracle.pick(usize::MAX) as u64;
        // Copies that read the same second as well would be one process with two bodies.
        let ahead_s = |number: usize| if plan.cloned { 3 * number as i64 } else { 0 };
        let processes =
            (0..plan.processes).map(|number| Process::new(salt, streams(number), ahead_s(number))).collect();
        let mut world = World {
            plan,
            oracle,
            now_s: START_S,
            agenda: BTreeMap::new(),
            order: 0,
            processes,
            runs: Vec::new(),
            ledger: MemoryLedger::default(),
            truth: Truth::new(plan),
            count: Count::default(),
            trace: traced.then(Vec::new),
        };
        for (number, call) in plan.calls.iter().enumerate() {
            world.later(call.at_s, Event::Call { number, process: call.process });
        }
        world
    }

    /// Runs to the end and asks the truth.
    pub fn run(mut self) -> Outcome {
        self.note(|world| format!("plan {:?}", world.plan.calls));
        self.play();
        for wait_s in self.plan.rounds {
            self.now_s += wait_s;
            self.again();
            self.play();
        }
        self.end();
        self.count.schedules = 1;
        Outcome { violation: self.truth.violation.take(), trace: self.trace.unwrap_or_default(), count: self.count }
    }

    fn play(&mut self) {
        for _ in 0..MAX_EVENTS {
            if self.truth.violation.is_some() {
                return;
            }
            let Some(((at_s, _), event)) = self.agenda.pop_first() else { return };
            self.now_s = self.now_s.max(at_s);
            match event {
                Event::Call { number, process } => self.start(number, process),
                Event::Effect { trip, told } => self.effect(trip, told),
                Event::Answer { run, number, said } => self.answer(run, number, *said),
                Event::Approve { id } => self.approve(&id),
                Event::Settle { nonce } => self.settle(&nonce),
            }
        }
        self.truth.fail(|| "the schedule never ends".into());
    }

    // Every call once more, by processes that were started anew with good clocks, in a world that behaves.
    fn again(&mut self) {
        for process in &mut self.processes {
            process.recover();
        }
        if self.plan.rounds.len() == 1 || self.now_s > START_S + 1_000 {
            self.oracle.rest();
        }
        let mut made: Vec<(Option<&str>, usize)> = Vec::new();
        for (number, call) in self.plan.calls.iter().enumerate() {
            if !made.contains(&(call.id, call.path)) {
                made.push((call.id, call.path));
                let process = self.oracle.pick(self.plan.processes);
                self.later(made.len() as u64, Event::Call { number, process });
                if self.oracle.pick(4) == 1 {
                    let process = self.oracle.pick(self.plan.processes);
                    self.later(made.len() as u64, Event::Call { number, process });
                }
            }
        }
    }

    fn end(&mut self) {
        if self.truth.violation.is_some() {
            return;
        }
        if let Some(run) = self.runs.iter().position(|run| !run.over) {
            self.truth.fail(|| format!("run {run} was never told an end"));
        }
        self.truth.close(&self.ledger, self.now_s);
        self.truth.count(&mut self.count);
    }

    fn later(&mut self, in_s: u64, event: Event) {
        self.order += 1;
        self.agenda.insert((self.now_s + in_s, self.order), event);
    }

    fn note(&mut self, line: impl FnOnce(&Self) -> String) {
        let line = self.trace.is_some().then(|| format!("{:>6} {}", self.now_s - START_S, line(self)));
        self.trace.iter_mut().zip(line).for_each(|(trace, line)| trace.push(line));
    }
}
