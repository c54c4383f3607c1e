//! What must be so before something is done: intents, signatures, and purchases that are taken up again.

use farthing::ledger::{Intent, View};
use farthing::purchase::{Command, Mode};
use farthing::record::{Record, State};

use super::{Sight, Truth};
use crate::simulator::plan::{ASK_ABOVE, AT_MOST, CAP, MAX_WINDOW_S};
use crate::simulator::world::Asked;

impl Truth {
    /// What is about to be reserved is an intent of this run, of now, with nothing signed in it.
    pub(super) fn check_intent(&mut self, sight: &Sight, intent: &Intent) {
        let record = &intent.entry.record;
        let unsigned = record.attempt.as_ref().is_none_or(|attempt| attempt.authorisation.is_none());
        let own = record.purchase_id == sight.id() || sight.call.id.is_none() && intent.from.is_some();
        let at_s = record.history().last().map(|step| step.at_s);
        if !unsigned || !own || at_s != Some(sight.told_s) || sight.call.mode != Mode::Pay {
            self.fail(|| format!("a strange intent: {sight:?} {}", record.to_json()));
        }
    }

    /// A signer is about to be called.
    pub(super) fn check_signing(&mut self, sight: &Sight, asked: &Asked) {
        let row = self.rows.values().find(|row| row.attempt.as_ref().is_some_and(|known| known.nonce == asked.nonce));
        let durable = row.is_some_and(|row| {
            let same = row.attempt.as_ref().is_some_and(|known| known.digest == asked.digest);
            // The owner may have closed it meanwhile, as unknown.
            same && matches!(row.state(), State::Reserved | State::Unknown)
        });
        let consented = row.is_some_and(|row| self.is_consented(row, sight.decided_s));
        if !durable {
            self.fail(|| format!("purchase {} is signed before its intent is written", sight.id()));
        }
        if sight.saw_stop || sight.call.mode != Mode::Pay {
            self.fail(|| "a run signs that must not".into());
        }
        if self.asks && asked.amount > ASK_ABOVE && !consented {
            self.fail(|| format!("purchase {} is signed without a yes", sight.id()));
        }
        let offered = sight.terms.iter().any(|terms| {
            let window = asked.window.is_none_or(|(after_s, before_s)| {
                after_s <= sight.told_s && before_s <= sight.told_s + terms.window_s.min(MAX_WINDOW_S)
            });
            (terms.chain_id, terms.asset, terms.amount) == (asked.chain_id, asked.asset, asked.amount)
                && asked.to.is_none_or(|to| to == terms.to)
                && window
        });
        let limit = if sight.call.capped { AT_MOST } else { CAP }.min(self.ephemeral_limit);
        let network = if asked.window.is_some() { 8453 } else { 84532 };
        let worth_it = asked.amount > 0 && asked.to != Some(asked.payer);
        if !offered || !worth_it || asked.amount > limit || asked.chain_id != network {
            self.fail(|| format!("{asked:?} is signed, offered was {:?}", sight.terms));
        }
    }

    // Somebody said yes to these terms, in time.
    fn is_consented(&self, row: &Record, at_s: u64) -> bool {
        self.consents.iter().any(|(id, binding, expires_s)| {
            *id == row.purchase_id
                && row.terms.as_ref().is_some_and(|terms| terms.binding == *binding)
                && at_s < *expires_s
        })
    }

    /// A request without an id that was left without an answer is taken up while its payment lives, and so is every
    /// purchase of a known id.
    pub(super) fn check_taking_up(&mut self, sight: &Sight, view: &View, next: &Command, now_s: u64) {
        if sight.saw_stop || !matches!(next, Command::Probe) {
            return;
        }
        let entries = view.entries.iter().filter_map(|(json, _)| Record::read(json.as_bytes()));
        let alive = |record: &Record| {
            let known = self.authorisations.iter().find(|known| known.id == record.purchase_id);
            let lives = known.is_some_and(|known| known.movable(now_s));
            let told = record.attempt.as_ref().and_then(|attempt| attempt.valid_before_s);
            let answered = record.evidence.status.is_some_and(|status| (200..300).contains(&status));
            let within = told.is_none_or(|before_s| sight.told_s < before_s);
            record.state() == State::Unknown && lives && within && told.is_some() && !answered
        };
        let passed_over = match sight.call.id {
            Some(id) => {
                let closed = |record: &Record| !matches!(record.state(), State::Asked | State::Approved);
                entries.into_iter().find(|record| record.purchase_id == id && closed(record))
            }
            None => entries.into_iter().find(alive),
        };
        if let Some(record) = passed_over {
            self.fail(|| format!("another purchase is begun beside {}", record.to_json()));
        }
    }
}
