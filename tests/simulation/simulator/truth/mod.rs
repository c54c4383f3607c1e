//! What is true, whatever anybody's records say: which authorisations exist, who has them, what moved, what was held,
//! what callers were told. Every event is held against it.
//!
//! Knows no ledger but the rows it saw written; sums budgets and settles authorisations on its own.

mod budgets;
mod chain;
mod promises;
mod reports;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use farthing::error::Code;
use farthing::ledger::{Intent, MemoryLedger, Reservation, View};
use farthing::primitives::Hash;
use farthing::purchase::{Command, Consent, Mode, Trouble};
use farthing::record::{Record, State};

use super::plan::{Budget, Call, EPHEMERAL_LIMIT, Plan, Rules};
use super::report::Count;
use super::world::{Errand, Said, Terms};
use budgets::Exposure;
use chain::Authorisation;
pub use chain::decoded;
pub use reports::Told;

/// What one run did and saw.
#[derive(Clone, Debug)]
pub struct Sight {
    pub call: Call,
    /// The id it makes when the caller gave none.
    own_id: String,
    /// The id of the question it took up.
    taken: Option<String>,
    /// Latest plausible reading of its clock.
    told_s: u64,
    /// When it decided: it knew the account, or was told yes. A core may be asked between that and the reservation.
    decided_s: u64,
    /// Offers of the challenge it read.
    terms: Vec<Terms>,
    /// A wallet was asked and did not refuse: it may sign.
    at_wallet: bool,
    /// It took a signature.
    signed: bool,
    /// A payment left.
    sent: bool,
    /// The store showed it a stop.
    saw_stop: bool,
}

impl Sight {
    pub fn new(call: Call, own_id: String, now_s: u64) -> Self {
        Sight {
            call,
            own_id,
            taken: None,
            told_s: now_s,
            decided_s: 0,
            terms: Vec::new(),
            at_wallet: false,
            signed: false,
            sent: false,
            saw_stop: false,
        }
    }

    // The id a new purchase of this run has.
    fn id(&self) -> &str {
        // What is only watched takes no id away from the purchase that may follow.
        let given = self.call.id.filter(|_| self.call.mode != Mode::Observe);
        given.or(self.taken.as_deref()).unwrap_or(&self.own_id)
    }

    fn tick(&mut self, now_s: u64) {
        // 2024 to 2100: a clock outside was never set.
        if (1_704_067_200..4_102_444_800).contains(&now_s) {
            self.told_s = self.told_s.max(now_s);
        }
    }
}

/// The truth, and the first thing that contradicted it.
#[derive(Default)]
pub struct Truth {
    pub violation: Option<String>,
    /// The stop was written into the store.
    pub stopped_all: bool,
    budgets: &'static [Budget],
    /// Ids that a row may have, with the resource they are for.
    callers: BTreeMap<String, Vec<usize>>,
    rows: BTreeMap<String, Record>,
    /// Last step of everything that was ever written.
    steps: BTreeSet<Hash>,
    authorisations: Vec<Authorisation>,
    exposures: Vec<Exposure>,
    /// What the owner said yes to: purchase, terms, and until when.
    consents: Vec<(String, Hash, u64)>,
    asks: bool,
    /// Highest price while the store forgets with the process.
    ephemeral_limit: u64,
    /// Header value that left for each purchase.
    presented: BTreeMap<String, String>,
}

impl Truth {
    pub fn new(plan: &Plan) -> Self {
        let ephemeral_limit = if plan.rules == Rules::Ephemeral { EPHEMERAL_LIMIT } else { u64::MAX };
        let asks = plan.rules == Rules::Asking;
        Truth { budgets: plan.budgets, asks, ephemeral_limit, ..Truth::default() }
    }

    /// Something is wrong; the first such thing is kept.
    pub fn fail(&mut self, text: impl FnOnce() -> String) {
        if self.violation.is_none() {
            self.violation = Some(text());
        }
    }

    /// A run begins.
    pub fn called(&mut self, sight: &Sight) {
        self.callers.entry(sight.id().to_owned()).or_default().push(sight.call.path);
    }

    /// The owner says yes to a question.
    pub fn consents(&mut self, ticket: &Record) {
        if let Some(approval) = &ticket.approval {
            self.consents.push((ticket.purchase_id.clone(), approval.binding, approval.expires_s));
        }
    }

    /// An errand leaves the driver.
    pub fn departs(&mut self, sight: &mut Sight, errand: &Errand, now_s: u64) {
        match errand {
            Errand::Reserve(intent) => self.check_intent(sight, intent),
            Errand::Sign(asked) | Errand::SignHere(asked) => {
                self.check_signing(sight, asked);
                sight.at_wallet = matches!(errand, Errand::Sign(_));
            }
            Errand::Send { url, value, .. } => {
                sight.sent = true;
                self.leaves(sight, url, value, now_s);
            }
            _ => {}
        }
    }

    /// An answer reaches a run whose clock says `told_s`.
    pub fn hears(&mut self, sight: &mut Sight, said: &Said, told_s: u64) {
        sight.tick(told_s);
        match said {
            Said::Answer(_, terms) => sight.terms.clone_from(terms),
            Said::Account(_) | Said::Consent(Consent::Yes { .. }) => sight.decided_s = sight.told_s,
            Said::View(view) => sight.saw_stop |= view.notes.first().is_some_and(Option::is_some),
            _ => {}
        }
    }

    /// What a run makes of an answer.
    pub fn answers(&mut self, sight: &mut Sight, said: &Said, before: &Command, next: &Command, now_s: u64) {
        if matches!(next, Command::Fail { failure, .. } if failure.code == Code::OutOfOrder) {
            self.fail(|| format!("{said:?} came out of order"));
        }
        match (before, said) {
            (Command::Load { .. }, Said::View(view)) => {
                self.check_taking_up(sight, view, next, now_s);
                let question = matches!(next, Command::Probe).then(|| taken_up(sight, view)).flatten();
                if let Some(record) = question {
                    sight.tick(record.history().last().map_or(0, |step| step.at_s));
                    sight.taken = Some(record.purchase_id);
                }
            }
            (Command::Sign { typed_data, .. }, Said::Key) => {
                self.signed_here(sight, &typed_data.to_string(), next, now_s)
            }
            (Command::Sign { .. }, Said::Signature(_)) => {
                sight.at_wallet = false;
                sight.signed = true;
                self.takes_signature(sight);
            }
            (
                Command::Sign { .. },
                Said::Trouble(Trouble::WalletRejected | Trouble::WalletAccount | Trouble::WalletChain),
            ) => sight.at_wallet = false,
            (Command::Send { value, .. }, Said::Paid(_, true)) => self.proven(value),
            _ => {}
        }
        if sight.saw_stop && sight.call.mode == Mode::Pay && !matches!(next, Command::Fail { .. }) {
            self.fail(|| "a run goes on after it saw the stop".into());
        }
    }

    /// A store carried out a reservation; `stopped` tells whether the stop was there before.
    pub fn reserves(&mut self, intent: &Intent, reservation: &Reservation, stopped: bool, now_s: u64) {
        if *reservation != Reservation::Held {
            return;
        }
        let record = &intent.entry.record;
        if stopped && record.state() == State::Reserved {
            self.fail(|| "budget was held after the stop".into());
        }
        self.written(intent.from, record, now_s);
        if record.state() == State::Reserved {
            self.exposed(record, now_s);
            self.check_budgets(now_s);
        }
    }

    /// The end: what must be true of everything that is left.
    pub fn close(&mut self, ledger: &MemoryLedger, now_s: u64) {
        self.check_rows(ledger);
        self.check_counted(ledger, now_s);
        self.check_budgets(now_s);
    }

    /// How far purchases got.
    pub fn count(&self, count: &mut Count) {
        count.signed += self.authorisations.len() as u64;
        count.moved += self.authorisations.iter().filter(|known| known.moved).count() as u64;
        count.rows += self.rows.len() as u64;
    }
}

// A question that this run takes up again: it goes on from the last moment of its history.
fn taken_up(sight: &Sight, view: &View) -> Option<Record> {
    let known = view.entries.iter().filter_map(|(json, _)| Record::read(json.as_bytes()));
    let open = |record: &Record| matches!(record.state(), State::Asked | State::Approved);
    known.filter(open).find(|record| sight.call.id.is_none_or(|id| id == record.purchase_id))
}
