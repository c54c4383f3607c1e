//! From a payment that was presented to its row: proof of the payer, the seller's own say, the claim.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::claim::{Claimed, Found, claim};
use super::trial::Trial;
use super::{Desk, OUT_OF_ORDER, Party, Shown, Stop, rejected};
use crate::core4mica::{CoreError, Parameters, check_status, parameters_url};
use crate::error::SaleCode;
use crate::primitives::Hash;
use crate::record::State;
use crate::registry::Core;
use crate::sale::Refusal;
use crate::sale::answer::{Agent, Buyer, Ending, Payment};
use crate::sale::present::{Presented, Trace, Unverified};
use crate::sale::row::Row;
use crate::sale::settle::evidence_is_missing;

/// Sells what was shown with a body of this hash.
pub(super) async fn sell(desk: Desk, Shown { presented, agent }: Shown, body: Hash) -> Ending {
    let verified = match presented {
        Ok(unverified) => verified(&desk, &unverified, &body).await,
        Err(refused) => Err(refused),
    };
    let (presented, parameters) = match verified {
        Ok(verified) => verified,
        Err((refusal, Some(trace))) => return follow(desk, &trace, &body, refusal, agent).await,
        Err((refusal, None)) => {
            if seeded_bug!(28) {
                let _ = desk.load("").await;
            }
            return rejected(refusal, None);
        }
    };
    let id = Some(presented.claim().into());
    // Before anything is claimed: afterwards nobody could believe the settlement.
    if evidence_is_missing(&presented) {
        let facts = "this price wants the chain's word, and there is no node to ask";
        return rejected(Refusal::new(SaleCode::Facilitator, facts), id);
    }
    let payment = Payment::of(&presented);
    let signed_in = presented.signed_in().map(|signed| (signed.address, signed.network));
    if let Some(refusal) = denied(&desk, Buyer::new(payment.clone(), signed_in, agent)).await {
        return rejected(refusal, id);
    }
    match claim(desk, &presented, payment, parameters).await {
        Claimed::Ours(trial) => trial.release().await,
        Claimed::Over(ending) => *ending,
    }
}

// A payment that fits nothing that is asked now. What it bought earlier is delivered, what may be settled is not asked for
// again; nothing new is sold.
async fn follow(desk: Desk, trace: &Trace, body: &Hash, refusal: Refusal, agent: Agent) -> Ending {
    let parameters = match trace.core() {
        None => None,
        Some(core) => match parameters(&desk, core).await {
            Ok((parameters, _)) => Some(parameters),
            Err(refusal) => return rejected(refusal, None),
        },
    };
    let Some(traced) = trace.verify(body, parameters.as_ref()) else {
        return rejected(refusal, None);
    };
    let claim = traced.claim.clone();
    let loaded = desk.load(&claim).await;
    let row = match loaded {
        Ok(None) => return rejected(refusal, None),
        Ok(Some((record, sealed))) => Row::read(&record, sealed.as_deref(), Some(&claim)).map_err(Stop::Store),
        Err(stop) => Err(stop),
    };
    let row = match row {
        Ok(row) => row,
        // It may say that the payment was settled.
        Err(Stop::Store(problem)) => return rejected(Refusal::new(SaleCode::StoreLate, problem), Some(claim)),
        Err(stop) => return rejected(stopped(stop), Some(claim)),
    };
    let payment = Payment::of_record(&row.record);
    if let Some(refusal) = denied(&desk, Buyer::new(payment.clone(), None, agent)).await {
        return rejected(refusal, Some(claim));
    }
    if matches!(row.record.state(), State::Signed | State::Settled) {
        desk.may_be_settled();
    }
    let again = row.record.state() == State::Signed;
    let mut trial = Box::new(Trial {
        desk,
        paywall: Rc::clone(trace.paywall()),
        row,
        buyer: Some((payment, trace.version())),
        parameters: None,
        again,
        worked: false,
        answered: false,
    });
    match trial.found(&traced) {
        Found::Over(ending) => *ending,
        Found::Refused => rejected(refusal, Some(claim)),
        Found::Left => match trial.leave_or_take().await {
            Ok(true) => trial.release().await,
            Ok(false) if trial.row.record.state() == State::Refused => rejected(refusal, Some(claim)),
            Ok(false) => trial.lost(),
            Err(stop) => trial.stopped(stop),
        },
    }
}

impl Trial {
    // Whoever reserved it may still be alive: it must not settle what the buyer is about to be asked for again.
    async fn leave_or_take(&mut self) -> Result<bool, Stop> {
        if self.row.record.state() != State::Reserved {
            return self.take_over().await;
        }
        self.row.record.standing.lease_s = 0;
        self.advance(State::Refused).await?;
        Ok(false)
    }
}

async fn denied(desk: &Desk, buyer: Buyer) -> Option<Refusal> {
    match desk.admit(buyer).await {
        Ok(true) => None,
        Ok(false) => Some(Refusal::new(SaleCode::Admission, "")),
        Err(stop) => Some(stopped(stop)),
    }
}

// With the core's document, for a guarantee; or why not, and what it may have claimed when something else was asked.
async fn verified(
    desk: &Desk,
    unverified: &Unverified,
    body: &Hash,
) -> Result<(Presented, Option<Vec<u8>>), (Refusal, Option<Trace>)> {
    let traced = |refusal: Refusal| {
        let trace = if refusal.code.status() == 402 { unverified.trace() } else { None };
        (refusal, trace)
    };
    let Some(core) = unverified.core() else {
        return Ok((unverified.verify(body, None).map_err(traced)?, None));
    };
    let (parameters, document) = parameters(desk, &core).await.map_err(traced)?;
    Ok((unverified.verify(body, Some(&parameters)).map_err(traced)?, Some(document)))
}

async fn parameters(desk: &Desk, core: &Core) -> Result<(Parameters, Vec<u8>), Refusal> {
    let request = crate::core4mica::Request::get(parameters_url(core), false);
    let fetched = desk.fetch(Party::Core, request).await.map_err(stopped)?;
    check_status(fetched.status).map_err(unsure)?;
    Ok((Parameters::read(&fetched.body, core).map_err(unsure)?, fetched.body))
}

fn unsure(error: CoreError) -> Refusal {
    Refusal::new(SaleCode::Facilitator, error.code().as_str())
}

// Before anything was written.
fn stopped(stop: Stop) -> Refusal {
    let facts: String = match stop {
        Stop::OutOfOrder => OUT_OF_ORDER.into(),
        Stop::Store(facts) => facts.into(),
    };
    Refusal::new(SaleCode::Store, facts)
}
