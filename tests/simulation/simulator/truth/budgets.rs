//! What was held and what exists, summed without the ledger.

use farthing::ledger::MemoryLedger;
use farthing::record::{Record, State};

use super::Truth;
use crate::simulator::plan::Unit;

/// One attempt from the moment its budget was held.
#[derive(Debug)]
pub struct Exposure {
    id: String,
    nonce: [u8; 32],
    amount: u64,
    /// When, by the clock of the process that asked, and never before any other.
    told_s: u64,
    /// When in truth.
    at_s: u64,
    /// Its row gave the budget back.
    released: bool,
    /// Its row has an answer.
    answered: bool,
}

impl Truth {
    pub(super) fn exposed(&mut self, record: &Record, now_s: u64) {
        let (Some(attempt), Some(terms)) = (&record.attempt, &record.terms) else {
            return self.fail(|| "a reservation without an attempt".into());
        };
        let latest_s = self.exposures.iter().map(|exposure| exposure.told_s).max().unwrap_or(0);
        let step_s = record.history().last().map_or(0, |step| step.at_s);
        self.exposures.push(Exposure {
            id: record.purchase_id.clone(),
            nonce: attempt.nonce,
            amount: terms.amount.to_string().parse().unwrap_or(u64::from(u32::MAX)),
            told_s: step_s.max(latest_s),
            at_s: now_s,
            released: false,
            answered: false,
        });
    }

    /// The row of a purchase is in another state.
    pub(super) fn moved_on(&mut self, id: &str, state: State) {
        for exposure in self.exposures.iter_mut().filter(|exposure| exposure.id == id) {
            exposure.released = state.releases_budget();
            exposure.answered = matches!(state, State::Settled | State::Unknown);
        }
    }

    /// Everything held or movable is within every budget, by the clocks that were told, and in truth as far as they
    /// were right.
    pub(super) fn check_budgets(&mut self, now_s: u64) {
        let counted: Vec<&Exposure> = self.exposures.iter().filter(|exposure| self.counts(exposure, now_s)).collect();
        let latest_s = counted.iter().map(|exposure| exposure.told_s).max().unwrap_or(0);
        let wrong_s = counted.iter().map(|exposure| exposure.told_s.abs_diff(exposure.at_s)).max().unwrap_or(0);
        let over = self.budgets.iter().find_map(|budget| {
            let within = |age_s: u64, less_s: u64| budget.window_s.is_none_or(|window_s| age_s + less_s < window_s);
            let weight = |exposure: &Exposure| match budget.unit {
                Unit::Money => exposure.amount,
                Unit::Purchases => 1,
                Unit::AtOnce => u64::from(!exposure.answered && !exposure.released),
            };
            let sum = |counts: &dyn Fn(&Exposure) -> bool| -> u64 {
                counted.iter().filter(|exposure| counts(exposure)).map(|exposure| weight(exposure)).sum()
            };
            let told = sum(&|exposure| within(latest_s - exposure.told_s, 0));
            let true_ones = sum(&|exposure| within(now_s - exposure.at_s, 2 * wrong_s));
            let most = told.max(true_ones);
            (most > budget.limit).then(|| format!("{most} counts against {budget:?}: {counted:?}"))
        });
        if let Some(over) = over {
            self.fail(|| over);
        }
    }

    fn counts(&self, exposure: &Exposure, now_s: u64) -> bool {
        let movable = || {
            let made = self.authorisations.iter().find(|known| known.asked.nonce == exposure.nonce);
            made.is_some_and(|known| known.movable(now_s))
        };
        !exposure.released || movable()
    }

    /// Every authorisation that moved money or can is counted by the one row that names it.
    pub(super) fn check_counted(&mut self, ledger: &MemoryLedger, now_s: u64) {
        let lost = self.authorisations.iter().find_map(|known| {
            let named = |row: &&Record| row.attempt.as_ref().is_some_and(|attempt| attempt.nonce == known.asked.nonce);
            let rows = self.rows.values().filter(named).count();
            let held = !known.movable(now_s) || ledger.is_held(&known.id);
            (rows != 1 || !held).then(|| format!("purchase {}: {rows} rows name it, counted: {held}", known.id))
        });
        if let Some(lost) = lost {
            self.fail(|| lost);
        }
    }
}
