//! What many schedules amount to.

use std::collections::BTreeMap;
use std::fmt;

use farthing::error::Code;
use farthing::record::State;

use super::world::Outcome;

/// How often what happened.
#[derive(Clone, Debug, Default)]
pub struct Count {
    pub schedules: u64,
    pub crashes: u64,
    pub signed: u64,
    pub moved: u64,
    pub rows: u64,
    /// Ends of runs, by code or state.
    pub ends: BTreeMap<&'static str, u64>,
}

/// A schedule that went wrong.
#[derive(Clone, Debug)]
pub struct Violation {
    /// How to run it again.
    pub name: String,
    /// Its trace; the last line says what is wrong.
    pub lines: Vec<String>,
}

/// The sum of many schedules, and the first violation.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub count: Count,
    pub violation: Option<Violation>,
}

impl Count {
    /// A run ended.
    pub fn report(&mut self, failure: Option<Code>, state: Option<State>) {
        let end = failure.map_or_else(|| state.map_or("no payment", State::as_str), Code::as_str);
        *self.ends.entry(end).or_default() += 1;
    }
}

impl Report {
    /// Counts one more schedule.
    pub fn add(&mut self, outcome: &Outcome) {
        self.add_count(&outcome.count);
    }

    /// Joins another report.
    pub fn join(&mut self, other: Report) {
        self.add_count(&other.count);
        self.violation = self.violation.take().or(other.violation);
    }

    fn add_count(&mut self, other: &Count) {
        let count = &mut self.count;
        count.schedules += other.schedules;
        count.crashes += other.crashes;
        count.signed += other.signed;
        count.moved += other.moved;
        count.rows += other.rows;
        for (end, times) in &other.ends {
            *count.ends.entry(end).or_default() += times;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Count { schedules, crashes, signed, moved, rows, ends } = &self.count;
        writeln!(f, "{schedules} schedules, {crashes} crashes, {rows} rows, {signed} authorisations, {moved} settled")?;
        for (end, times) in ends {
            writeln!(f, "  {times:>9} {end}")?;
        }
        if let Some(Violation { name, lines }) = &self.violation {
            writeln!(f, "VIOLATION in {name}")?;
            lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
        }
        Ok(())
    }
}
