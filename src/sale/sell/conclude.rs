//! From what is known of a settlement to the answer: recorded first, then told.

use alloc::string::String;

use super::Stop;
use super::claim::MAX_ROUNDS;
use super::trial::Trial;
use crate::error::SaleCode;
use crate::record::{EvidenceFacts, State};
use crate::sale::answer::Ending;
use crate::sale::record::Order;
use crate::sale::settle::Outcome;

impl Trial {
    /// Writes down what is known, and answers.
    pub(super) async fn conclude(&mut self, outcome: Outcome) -> Result<Ending, Stop> {
        match outcome {
            Outcome::Settled { evidence, settlement } => self.settled(evidence, &settlement).await,
            // What was delivered stays counted against the payer, so it does not become `refused`.
            Outcome::Refused(why) if self.row.record.standing.order == Order::Optimistic => {
                let evidence = self.row.record.evidence.clone();
                self.unsettled(SaleCode::Unpaid, why, evidence).await
            }
            Outcome::Refused(why) => self.proven_unsettled(why).await,
            Outcome::Unknown { code, facts, evidence } => {
                let code = if self.answered { SaleCode::Unpaid } else { code };
                self.unsettled(code, facts, evidence).await
            }
        }
    }

    // The proof counts whoever works on the row by now.
    async fn settled(&mut self, evidence: EvidenceFacts, settlement: &str) -> Result<Ending, Stop> {
        for _ in 0..MAX_ROUNDS {
            let waits = self.buyer.is_some();
            let given = self.worked || self.row.record.standing.served || waits && self.row.result().is_some();
            let works = waits && !given;
            let lease_s = if works { self.lease() } else { 0 };
            let record = &mut self.row.record;
            record.evidence.clone_from(&evidence);
            (record.standing.lease_s, record.standing.served) = (lease_s, given);
            if let Some(sealed) = &mut self.row.sealed {
                sealed.settlement = Some(String::from(settlement));
            }
            if self.advance(State::Settled).await? {
                return self.answer().await;
            }
            let claim = self.row.record.sale_id.clone();
            let Some((record, sealed)) = self.desk.load(&claim).await? else { break };
            self.adopt(&record, sealed.as_deref(), &claim)?;
            match (self.row.record.state(), self.row.result()) {
                (State::Signed, _) => {}
                (State::Settled, Some(result)) => {
                    let result = String::from(result);
                    return self.hand_out(result).await;
                }
                _ => break,
            }
        }
        Ok(self.lost())
    }

    async fn answer(&mut self) -> Result<Ending, Stop> {
        if self.worked || self.answered || self.buyer.is_none() {
            return Ok(self.worked(None));
        }
        match self.row.result() {
            Some(result) => Ok(self.stored(String::from(result))),
            None if self.row.record.standing.served => Ok(self.refused(SaleCode::Delivered, "", None)),
            None => self.deliver().await,
        }
    }

    async fn proven_unsettled(&mut self, why: String) -> Result<Ending, Stop> {
        let record = &mut self.row.record;
        record.evidence.problem = Some(String::from(SaleCode::Refused.as_str()));
        record.standing.lease_s = 0;
        let ours = self.advance(State::Refused).await?;
        Ok(if ours { self.refused(SaleCode::Refused, why, None) } else { self.lost() })
    }

    // Nobody tries again for a while: a buyer may ask as often as it likes.
    async fn unsettled(&mut self, code: SaleCode, facts: String, evidence: EvidenceFacts) -> Result<Ending, Stop> {
        let pause_s = self.pause_s();
        let now_s = self.desk.now_s();
        let record = &mut self.row.record;
        record.evidence = EvidenceFacts { problem: Some(String::from(code.as_str())), ..evidence };
        record.standing.lease_s = now_s.saturating_add(pause_s);
        let ours = self.advance(State::Signed).await?;
        Ok(if ours { self.refused(code, facts, Some(pause_s)) } else { self.lost() })
    }
}
