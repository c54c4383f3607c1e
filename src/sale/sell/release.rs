//! The seller's order: when the facilitator verifies, when the handler works, when it is settled.

use alloc::boxed::Box;
use alloc::string::String;

use super::Stop;
use super::trial::Trial;
use crate::error::SaleCode;
use crate::record::State;
use crate::sale::Refusal;
use crate::sale::answer::Ending;
use crate::sale::record::Order;
use crate::sale::settle::{self, Verification};

/// Seconds without which no settlement can be in time.
const LEAST_S: u64 = 2;

/// What became of a piece of work.
enum Work {
    /// It was done: the result, where it is short enough to keep.
    Done(Option<String>),
    /// It failed: the handler's own response is the answer.
    Failed,
    /// Somebody else may be at it by now.
    Late,
}

impl Trial {
    /// Goes on from where the row stands, to the answer.
    pub(super) async fn release(mut self: Box<Self>) -> Ending {
        match self.pursue().await {
            Ok(ending) => ending,
            Err(stop) => self.stopped(stop),
        }
    }

    async fn pursue(&mut self) -> Result<Ending, Stop> {
        match (self.row.record.state(), self.row.record.standing.order) {
            (State::Signed, _) => self.settle().await,
            (State::Settled, _) => match self.row.result().map(String::from) {
                Some(result) => self.hand_out(result).await,
                None => self.deliver().await,
            },
            (_, Order::VerifyFirst) => self.verify_first().await,
            (_, Order::SettleFirst) => self.settle_first().await,
            (_, Order::Optimistic) => self.optimistic().await,
        }
    }

    async fn verify_first(&mut self) -> Result<Ending, Stop> {
        if let Some(ending) = self.objection().await? {
            return Ok(ending);
        }
        match self.work().await? {
            Work::Done(result) => {
                if !self.is_in_time() {
                    return self.give_up(SaleCode::Window, String::from("validBefore")).await;
                }
                self.worked = true;
                if self.sign(result).await? { self.settle().await } else { Ok(self.lost()) }
            }
            Work::Failed => self.fail().await,
            Work::Late => Ok(self.lost()),
        }
    }

    async fn settle_first(&mut self) -> Result<Ending, Stop> {
        if let Some(ending) = self.objection().await? {
            return Ok(ending);
        }
        if self.sign(None).await? { self.settle().await } else { Ok(self.lost()) }
    }

    async fn optimistic(&mut self) -> Result<Ending, Stop> {
        match self.work().await? {
            Work::Done(result) => {
                self.row.record.standing.served = true;
                if !self.sign(result).await? {
                    return Ok(self.lost());
                }
                self.answered = true;
                self.desk.serve(self.settlement()).await?;
                self.settle().await
            }
            Work::Failed => self.fail().await,
            Work::Late => Ok(self.lost()),
        }
    }

    /// Asks the facilitator whether it could be settled, and gives the claim up where not.
    async fn objection(&mut self) -> Result<Option<Ending>, Stop> {
        match settle::verify(&self.desk, &self.paywall, &self.row).await? {
            Verification::Valid => Ok(None),
            Verification::Invalid(reason) => self.give_up(SaleCode::Refused, reason).await.map(Some),
            Verification::NoAnswer => self.give_up(SaleCode::Facilitator, String::new()).await.map(Some),
        }
    }

    /// Seals everything, so that from here on whoever finds the row can settle it. Whether it was ours to seal.
    async fn sign(&mut self, result: Option<String>) -> Result<bool, Stop> {
        if let Some(sealed) = &mut self.row.sealed {
            sealed.result = result;
        }
        self.row.record.standing.lease_s = self.lease();
        self.advance(State::Signed).await
    }

    pub(super) async fn settle(&mut self) -> Result<Ending, Stop> {
        let parameters = self.parameters.as_deref();
        let outcome = settle::settle(&self.desk, &self.paywall, &self.row, self.again, parameters).await?;
        self.conclude(outcome).await
    }

    /// Delivers the kept result of a settled sale. What nobody had yet is delivered whatever its age, once.
    pub(super) async fn hand_out(&mut self, result: String) -> Result<Ending, Stop> {
        let standing = &mut self.row.record.standing;
        if self.buyer.is_some() && !standing.served {
            (standing.served, standing.lease_s) = (true, 0);
            if !self.advance(State::Settled).await? {
                return Ok(self.lost());
            }
        }
        Ok(self.stored(result))
    }

    /// Works for what was settled.
    pub(super) async fn deliver(&mut self) -> Result<Ending, Stop> {
        let done = match self.work().await? {
            Work::Done(result) => {
                if let Some(sealed) = &mut self.row.sealed {
                    sealed.result = result;
                }
                true
            }
            Work::Failed => false,
            Work::Late => return Ok(self.lost()),
        };
        let standing = &mut self.row.record.standing;
        (standing.served, standing.owed, standing.lease_s) = (done, !done, 0);
        match (self.advance(State::Settled).await?, done) {
            (false, _) => Ok(self.lost()),
            (true, true) => Ok(self.worked(None)),
            (true, false) => Ok(self.refused(SaleCode::Owed, "", Some(1))),
        }
    }

    async fn work(&mut self) -> Result<Work, Stop> {
        let Some((payment, _)) = &self.buyer else { return Ok(Work::Late) };
        if !self.is_leased() {
            return Ok(Work::Late);
        }
        let payment = match self.row.record.state() {
            State::Settled => payment.clone().settled(&self.row.record),
            _ => payment.clone(),
        };
        let (status, result) = self.desk.work(payment).await?;
        Ok(if (200..300).contains(&status) { Work::Done(result) } else { Work::Failed })
    }

    // The handler's own response goes out, whether or not the store lets go of the claim: it does so with the lease.
    async fn fail(&mut self) -> Result<Ending, Stop> {
        let refusal = Refusal::new(SaleCode::HandlerFailed, "");
        match self.give_up(refusal.code, String::new()).await {
            Err(Stop::OutOfOrder) => Err(Stop::OutOfOrder),
            _ => Ok(self.worked(Some(refusal))),
        }
    }

    /// Ends a claim of which nothing was settled.
    pub(super) async fn give_up(&mut self, code: SaleCode, facts: String) -> Result<Ending, Stop> {
        let record = &mut self.row.record;
        record.evidence.problem = Some(String::from(code.as_str()));
        (record.standing.lease_s, record.standing.served) = (0, false);
        let ours = self.advance(State::Refused).await?;
        Ok(if ours { self.refused(code, facts, None) } else { self.lost() })
    }

    fn is_in_time(&self) -> bool {
        let left = |before_s: u64| self.desk.now_s().saturating_add(LEAST_S) <= before_s;
        self.row.record.facts.attempt.valid_before_s.is_none_or(left)
    }
}
