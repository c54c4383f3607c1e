//! One payment, one claim: a row is written before anything else happens, or the row that is there decides.

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::trial::Trial;
use super::{Desk, Stop};
use crate::budget::{Hold, Note, Span, Until};
use crate::error::SaleCode;
use crate::ledger::{Intent, Reservation};
use crate::policy::Money;
use crate::record::State;
use crate::sale::Refusal;
use crate::sale::answer::{Ending, Payment};
use crate::sale::present::{Presented, Traced};
use crate::sale::record::{Order, SaleFacts, SaleRecord};
use crate::sale::row::{Row, Sealed};
use crate::sale::terms::Release;

/// Looks at a row that others keep changing.
pub(super) const MAX_ROUNDS: u32 = 4;
/// States that one payment goes through at most at the wish of its buyer, who may send it for ever.
const MAX_STEPS: usize = 200;
/// What is served and not settled counts for ever, as far as a store counts.
const KEEP_DAYS: u32 = 366;
const DAY_S: u64 = 86_400;

/// Whether this copy works on the sale.
pub(super) enum Claimed {
    Ours(Box<Trial>),
    Over(Box<Ending>),
}

/// Claims what was presented, or takes over what another copy left.
pub(super) async fn claim(desk: Desk, presented: &Presented, payment: Payment, parameters: Option<Vec<u8>>) -> Claimed {
    let row = Row { record: record(presented, order(presented)), sealed: Some(sealed(presented)) };
    let buyer = Some((payment, presented.version()));
    let paywall = Rc::clone(presented.terms().paywall());
    let mut trial =
        Box::new(Trial { desk, paywall, row, buyer, parameters, again: false, worked: false, answered: false });
    for round in 0..MAX_ROUNDS {
        match trial.round(presented, round).await {
            Ok(Round::Ours) => return Claimed::Ours(trial),
            Ok(Round::Over(ending)) => return Claimed::Over(ending),
            Ok(Round::Again) => {}
            Err(stop) => return Claimed::Over(Box::new(trial.stopped(stop))),
        }
    }
    Claimed::Over(Box::new(trial.lost()))
}

/// What a row says to who asks again.
pub(super) enum Found {
    Over(Box<Ending>),
    /// Nothing of it was or will be settled.
    Refused,
    /// Whoever worked on it does so no more.
    Left,
}

enum Round {
    Ours,
    Over(Box<Ending>),
    /// Somebody was faster.
    Again,
}

impl Trial {
    async fn round(&mut self, presented: &Presented, round: u32) -> Result<Round, Stop> {
        // Most payments are new, and a store says when one is not: it is asked once instead of twice. What cannot begin any
        // more may have begun earlier.
        if round == 0 && presented.fits_clock(self.desk.now_s()).is_ok() {
            return self.reserve(presented, None).await;
        }
        let Some((record, sealed)) = self.desk.load(presented.claim()).await? else {
            return self.reserve(presented, None).await;
        };
        let ours = self.row.clone();
        self.adopt(&record, sealed.as_deref(), presented.claim())?;
        match self.found(&presented.traced()) {
            Found::Over(ending) => Ok(Round::Over(ending)),
            Found::Refused => {
                self.row.record.standing = ours.record.standing;
                self.row.sealed = ours.sealed;
                self.reserve(presented, Some(State::Refused)).await
            }
            Found::Left => {
                if self.row.record.state() == State::Reserved {
                    self.row.sealed = ours.sealed;
                }
                Ok(if self.take_over().await? { Round::Ours } else { Round::Again })
            }
        }
    }

    /// Takes the row that a store gave as it is.
    pub(super) fn adopt(&mut self, record: &str, sealed: Option<&str>, claim: &str) -> Result<(), Stop> {
        match Row::read(record, sealed, Some(claim)) {
            Ok(row) => self.row = row,
            Err(problem) => {
                // It may say that the payment was settled.
                self.desk.may_be_settled();
                return Err(Stop::Store(problem));
            }
        }
        if matches!(self.row.record.state(), State::Signed | State::Settled) {
            self.desk.may_be_settled();
        }
        self.again = self.row.record.state() == State::Signed;
        Ok(())
    }

    /// What the row that was found says to a payment for that request.
    pub(super) fn found(&self, again: &Traced) -> Found {
        let over = |ending| Found::Over(Box::new(ending));
        let record = &self.row.record;
        let SaleFacts { request, attempt, identifier, .. } = &*record.facts;
        // Another authorisation with that nonce is as good as another request. What was settled the chain shows to everybody:
        // all of the payment but its name.
        let renamed = identifier.is_some() && *identifier != again.identifier;
        if request.hash != again.binding || attempt.digest != again.digest || renamed {
            return over(self.refused(SaleCode::Reused, "", None));
        }
        match (record.state(), self.row.result().filter(|_| self.is_recent())) {
            (State::Settled, Some(result)) if record.standing.served => over(self.stored(String::from(result))),
            (State::Settled, None) if record.standing.served => over(self.refused(SaleCode::Delivered, "", None)),
            _ if self.is_leased() && !seeded_bug!(25) => over(self.waits()),
            (State::Refused, _) => Found::Refused,
            // What lies ready takes one step more.
            (State::Settled, _) if self.row.result().is_some() => Found::Left,
            _ if record.history().len() >= MAX_STEPS => over(self.tried_too_often()),
            _ => Found::Left,
        }
    }

    // Whether a result that was handed out is still handed out again.
    fn is_recent(&self) -> bool {
        let settled = self.row.record.history().iter().find(|step| step.state == State::Settled);
        settled.is_some_and(|step| self.desk.now_s() < step.at_s.saturating_add(self.paywall.result_s()))
    }

    /// Takes the row over as it stands, if nobody else does.
    pub(super) async fn take_over(&mut self) -> Result<bool, Stop> {
        let state = self.row.record.state();
        self.row.record.standing.lease_s = self.lease();
        self.row.record.evidence.problem = None;
        self.advance(state).await
    }

    async fn reserve(&mut self, presented: &Presented, from: Option<State>) -> Result<Round, Stop> {
        let over = |ending| Ok(Round::Over(Box::new(ending)));
        let now_s = self.desk.now_s();
        if let Err(Refusal { code, facts }) = presented.fits_clock(now_s) {
            return over(self.refused(code, facts, None));
        }
        if self.row.record.history().len() >= MAX_STEPS {
            return over(self.tried_too_often());
        }
        let hold = hold(presented, self.row.record.standing.order, now_s);
        self.row.record.standing.lease_s = self.lease();
        self.row.record.evidence.problem = None;
        let entry = self.row.entry(State::Reserved, now_s);
        let record = entry.record.clone();
        let holds = hold.into_iter().filter(|_| !seeded_bug!(29)).collect();
        let intent = Intent { from, entry, holds, notes: identifier(presented).into_iter().collect() };
        match self.desk.reserve(intent).await? {
            Reservation::Held => {
                self.row.record = record;
                Ok(Round::Ours)
            }
            Reservation::Exists => Ok(Round::Again),
            Reservation::Changed(_) => over(self.refused(SaleCode::IdentifierReused, "", None)),
            // No more is served unsettled to this payer: it settles first.
            Reservation::Exceeds { .. } => {
                self.row.record.standing.order = Order::SettleFirst;
                self.row.record.standing.lease_s = 0;
                Box::pin(self.reserve(presented, from)).await
            }
        }
    }

    // Somebody is at it, or was without success a moment ago.
    fn waits(&self) -> Ending {
        let left_s = self.row.record.standing.lease_s.saturating_sub(self.desk.now_s()).max(1);
        match (self.row.record.state(), &self.row.record.evidence.problem) {
            (State::Signed, Some(problem)) => self.refused(SaleCode::Unknown, problem.clone(), Some(left_s)),
            _ => self.lost(),
        }
    }

    fn tried_too_often(&self) -> Ending {
        let code = match self.row.record.state() {
            State::Signed => SaleCode::Unknown,
            State::Settled => SaleCode::Owed,
            _ => SaleCode::HandlerFailed,
        };
        self.refused(code, "tried too often", None)
    }
}

fn record(presented: &Presented, order: Order) -> SaleRecord {
    let (request, terms, attempt) = (presented.request_facts(), presented.terms_facts(), presented.attempt_facts());
    let facts = SaleFacts::new(request, terms, attempt, presented.identifier().map(String::from));
    SaleRecord::new(String::from(presented.claim()), facts, order)
}

// In the version of the facilitator, which need not be the buyer's.
fn sealed(presented: &Presented) -> Sealed {
    let version = presented.terms().paywall().facilitator(presented.offer().scheme);
    let version = version.map_or(presented.version(), |facilitator| facilitator.version);
    let (payment, requirements) = presented.facilitator_body(version);
    Sealed::new(version.number(), payment.into_text(), requirements)
}

fn order(presented: &Presented) -> Order {
    match presented.terms().release() {
        Release::VerifyFirst => Order::VerifyFirst,
        Release::SettleFirst => Order::SettleFirst,
        Release::Optimistic { cap } => match value(presented, cap) {
            Some(_) => Order::Optimistic,
            None => Order::SettleFirst,
        },
    }
}

// What it is worth in the currency of the cap; `None` where nobody can say.
fn value(presented: &Presented, cap: &Money) -> Option<Money> {
    presented.offer().price().filter(|price| price.currency() == cap.currency())
}

// What is served and not settled, by payer (threats S16, S17).
fn hold(presented: &Presented, order: Order, now_s: u64) -> Option<Hold> {
    let Release::Optimistic { cap } = presented.terms().release() else { return None };
    let price = value(presented, cap).filter(|_| order == Order::Optimistic)?;
    let (network, payer) = (presented.offer().network, presented.payer().lower());
    Some(Hold {
        key: format!("unsettled:{network}:{payer}:{}", cap.currency()),
        amount: price.units(),
        limit: cap.units(),
        span: Span { bucket: now_s / DAY_S, keep: KEEP_DAYS },
        until: Until::Answer,
        shown: (price.to_string(), cap.to_string()),
    })
}

fn identifier(presented: &Presented) -> Option<Note> {
    let key = format!("payment-identifier:{}:{}", presented.payer().lower(), presented.identifier()?);
    Some(Note { key, was: None, value: Some(String::from(presented.claim())) })
}
