//! What callers are told never claims more than is true.

use farthing::error::{Code, Money};
use farthing::record::{Record, State};

use super::{Sight, Truth};

/// What a caller gets.
pub struct Told<'r> {
    pub failure: Option<Code>,
    pub record: Option<&'r Record>,
    /// State in the record, as the driver shows it.
    pub state: Option<State>,
    /// The last write, if there was one, is in the store.
    pub confirmed: bool,
}

impl Truth {
    /// A run ends.
    pub fn reported(&mut self, sight: &Sight, told: &Told<'_>, now_s: u64) {
        let id = told.record.map_or(sight.id(), |record| record.purchase_id.as_str());
        let claim = told.failure.map(|code| (code, code.money()));
        let false_claim = match claim {
            Some((_, Money::Untouched)) => sight.at_wallet || sight.signed || sight.sent,
            Some((_, Money::NotSent)) => sight.at_wallet || sight.sent,
            Some((_, Money::Moved)) => !self.is_moved_by_proof(sight),
            Some((_, Money::Unknown)) | None => false,
        };
        if false_claim {
            self.fail(|| format!("purchase {id} fails with {claim:?}, which is not so: {sight:?}"));
        }
        if told.failure == Some(Code::RecordUnreadable) {
            self.fail(|| format!("purchase {id} cannot be read, and nobody touched it"));
        }
        match told.state {
            Some(State::Settled) => {
                let durable = self.rows.get(id).is_some_and(|row| row.state() == State::Settled);
                if !self.is_proven(id) || !durable {
                    self.fail(|| format!("purchase {id} is reported settled, proven and written: {durable}"));
                }
            }
            Some(state @ (State::Refused | State::Dead)) if self.can_move(id, now_s) => {
                self.fail(|| format!("purchase {id} is reported {state:?}, and its money can move"));
            }
            _ => {}
        }
        if told.confirmed && told.record.is_some_and(|record| !self.is_written(record)) {
            self.fail(|| format!("the outcome of purchase {id} is reported before it is written"));
        }
    }

    // Another run may have gone on since.
    fn is_written(&self, record: &Record) -> bool {
        record.history().last().is_some_and(|step| self.steps.contains(&step.hash))
    }

    // `Moved` is said of a purchase of this call, whichever run made it.
    fn is_moved_by_proof(&self, sight: &Sight) -> bool {
        let of_call = |id: &str| match sight.call.id {
            Some(known) => known == id,
            None => true,
        };
        self.authorisations.iter().any(|known| of_call(&known.id) && known.proven)
    }
}
