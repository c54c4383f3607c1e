//! From a payment that was presented to its row: proof of the payer, the seller's own say, the claim.

use alloc::vec::Vec;

use super::claim::{Claimed, claim};
use super::{Desk, Party, Stop, rejected};
use crate::core4mica::{CoreError, Parameters, Request, check_status, parameters_url};
use crate::error::SaleCode;
use crate::registry::Core;
use crate::sale::Refusal;
use crate::sale::answer::{Agent, Buyer, Ending};
use crate::sale::present::{Presented, Unverified};
use crate::sale::settle::evidence_is_missing;

/// Sells.
pub(super) async fn sell(desk: Desk, unverified: Unverified, agent: Agent) -> Ending {
    let (presented, parameters) = match verified(&desk, unverified).await {
        Ok(verified) => verified,
        Err(refusal) => return rejected(refusal, None),
    };
    let id = Some(presented.claim().into());
    // Before anything is claimed: afterwards nobody could believe the settlement.
    if evidence_is_missing(&presented) {
        let facts = "this price wants the chain's word, and there is no node to ask";
        return rejected(Refusal::new(SaleCode::Facilitator, facts), id);
    }
    match desk.admit(Buyer::of(&presented, agent)).await {
        Ok(true) => {}
        Ok(false) => return rejected(Refusal::new(SaleCode::Admission, ""), id),
        Err(stop) => return rejected(out_of_order(stop), id),
    }
    match claim(desk, &presented, parameters).await {
        Claimed::Ours(trial) => trial.release().await,
        Claimed::Over(ending) => *ending,
    }
}

// With the core's document, for a guarantee.
async fn verified(desk: &Desk, unverified: Unverified) -> Result<(Presented, Option<Vec<u8>>), Refusal> {
    let Some(core) = unverified.core() else { return Ok((unverified.verify(None)?, None)) };
    let document = document(desk, &core).await?;
    let parameters = Parameters::read(&document, &core).map_err(unsure)?;
    Ok((unverified.verify(Some(&parameters))?, Some(document)))
}

async fn document(desk: &Desk, core: &Core) -> Result<Vec<u8>, Refusal> {
    let fetched = desk.fetch(Party::Core, Request::get(parameters_url(core), false)).await.map_err(out_of_order)?;
    check_status(fetched.status).map_err(unsure)?;
    Ok(fetched.body)
}

fn unsure(error: CoreError) -> Refusal {
    Refusal::new(SaleCode::Facilitator, error.code().as_str())
}

fn out_of_order(stop: Stop) -> Refusal {
    match stop {
        Stop::OutOfOrder => Refusal::new(SaleCode::Store, super::OUT_OF_ORDER),
        Stop::Store(facts) => Refusal::new(SaleCode::Store, facts),
    }
}
