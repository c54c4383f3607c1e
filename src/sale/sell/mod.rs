//! One sale, told step by step: a payment that was presented in, at most one grant out.
//!
//! ```text
//! (core) → admit → claim, or load and take over → release: verify, work and settle in the seller's order → answer
//! ```
//!
//! Nothing is settled before the sealed payment is durable; the outcome is durable before it is told; a settlement that may
//! have happened is never answered with a demand to pay (invariants I24 to I26, I29). An `async` flow without I/O.

mod claim;
mod conclude;
mod desk;
mod release;
mod request;
mod resume;
mod trial;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;

pub use desk::{Party, Step, Told};

pub(super) use desk::{Desk, Stop};

use super::answer::{Agent, Ending, SaleAnswer, SaleReport};
use super::config::Paywall;
use super::present::{Trace, Unverified};
use super::{Refusal, Request, Terms};
use crate::error::SaleCode;
use crate::flow::{Flow, Turn};
use crate::primitives::Hash;

/// A payment as it was shown, read once: whatever the body of its request says, and whoever signed it.
#[derive(Debug)]
pub struct Shown {
    presented: Result<Unverified, (Refusal, Option<Trace>)>,
    agent: Agent,
}

impl Shown {
    /// Reads the payment of a request for these terms. Asks nobody.
    pub fn read(terms: &Rc<Terms>, request: &Request<'_>, agent: Agent, now_s: u64) -> Self {
        let presented = terms.present(request, now_s).map_err(|refusal| {
            // A demand to pay is not the answer while an earlier price of the same may be settled.
            let trace = if refusal.code.status() == 402 { terms.trace(request) } else { None };
            (refusal, trace)
        });
        Shown { presented, agent }
    }

    /// Why there is nothing to sell for it, before anybody was asked. What fits nothing now may have been sold before: of that
    /// the store is asked first.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.presented {
            Err((refusal, None)) => Some(refusal),
            Err((_, Some(_))) | Ok(_) => None,
        }
    }
}

/// A sale under way.
#[derive(Debug)]
pub struct Sale {
    flow: Flow<Step, Told, Ending>,
}

impl Sale {
    /// A payment, with the hash of its request's body; zero for none. What is wrong with it whoever asks is answered in the
    /// first step, before anybody else is asked.
    pub fn new(shown: Shown, body: Hash) -> Self {
        Sale { flow: Flow::new(|outside| request::sell(Desk::new(outside), shown, body)) }
    }

    /// A row that may have been left behind: finishes its settlement, with nobody waiting for the result.
    pub fn resumed(paywall: Rc<Paywall>, record: String, sealed: Option<String>) -> Self {
        Sale {
            flow: Flow::new(|outside| async move {
                resume::resume(Desk::new(outside), &paywall, &record, sealed.as_deref()).await
            }),
        }
    }

    /// The first step. `now_s` in Unix seconds.
    pub fn first(&mut self, now_s: u64) -> Step {
        step(self.flow.first(now_s))
    }

    /// The step after a report. What nobody waits for ends the sale.
    pub fn tell(&mut self, told: Told, now_s: u64) -> Step {
        step(self.flow.tell(told, now_s))
    }
}

const OUT_OF_ORDER: &str = "the driver told what was not asked";

fn step(turn: Turn<Step, Ending>) -> Step {
    match turn {
        Turn::Asks(step) => step,
        Turn::Ended(ending) => Step::Done(Box::new(ending)),
        // Nobody can say what was asked before.
        Turn::OutOfOrder => Step::Done(Box::new(rejected(Refusal::new(SaleCode::StoreLate, OUT_OF_ORDER), None))),
    }
}

// What was refused before there was a claim.
fn rejected(refusal: Refusal, payment_id: Option<String>) -> Ending {
    let report = SaleReport { refusal: Some(refusal.clone()), payment_id: payment_id.clone(), ..SaleReport::default() };
    let challenge = refusal.code.status() == 402;
    Ending { answer: SaleAnswer::refused(refusal, payment_id, challenge, None), report }
}
