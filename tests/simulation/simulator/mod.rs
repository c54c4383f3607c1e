//! A deterministic world around the real purchase: a clock, a network, sellers, wallets, processes and a store, all
//! moved by one seed, with a truth of its own to hold every claim against.
//!
//! One schedule is one plan (who calls what, when), one order of events and a handful of faults. The same seed gives
//! the same schedule, byte for byte.
#![allow(dead_code, reason = "each program uses its part")]

use std::panic;

mod exhaustive;
mod fault;
mod oracle;
mod plan;
mod report;
mod truth;
mod world;

pub use exhaustive::{enumerate, scenarios};
pub use report::{Report, Violation};

use oracle::Chance;
use plan::Plan;
use report::Count;
use world::{Outcome, World};

/// Chance that can be repeated, shared with the tests of the core.
#[path = "../../core/support/random.rs"]
mod random;

/// Runs `schedules` schedules, of the seeds `seed`, `seed + 1` and so on. Stops at the first violation.
pub fn simulate(seed: u64, schedules: u64) -> Report {
    let mut report = Report::default();
    for seed in (0..schedules).map(|number| seed.wrapping_add(number)) {
        let outcome = schedule(seed, false);
        report.add(&outcome);
        if outcome.violation.is_some() {
            report.violation = Some(Violation { name: format!("seed {seed}"), lines: schedule(seed, true).lines() });
            break;
        }
    }
    report
}

/// What happened in the schedule of a seed, line by line.
pub fn trace(seed: u64) -> Vec<String> {
    schedule(seed, true).lines()
}

fn schedule(seed: u64, traced: bool) -> Outcome {
    let act = || {
        let (plan, mut chance) = (Plan::random(seed), Chance::seeded(seed));
        World::new(&plan, &mut chance, traced).run()
    };
    // A panic is a violation like any other, and must not hide its seed.
    panic::catch_unwind(act).unwrap_or_else(|cause| {
        let text = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
        let violation = Some(format!("panics: {}", text.unwrap_or("no text")));
        Outcome { violation, trace: Vec::new(), count: Count::default() }
    })
}
