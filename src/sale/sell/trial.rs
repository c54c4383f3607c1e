//! A sale that one copy of the seller works on: its row, and the steps that move it on.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Desk, OUT_OF_ORDER, Stop};
use crate::error::SaleCode;
use crate::record::State;
use crate::sale::Refusal;
use crate::sale::answer::{Ending, Header, Payment, SaleAnswer, SaleReport, settlement_header};
use crate::sale::config::Paywall;
use crate::sale::row::Row;
use crate::x402::Version;

/// Longest pause between two fruitless tries, in seconds.
const MAX_PAUSE_S: u64 = 300;

/// A row and what is around it.
pub(super) struct Trial {
    pub(super) desk: Desk,
    pub(super) paywall: Rc<Paywall>,
    pub(super) row: Row,
    /// Of the request; `None` where nobody waits for the result.
    pub(super) buyer: Option<(Payment, Version)>,
    /// The core's document that the payment was checked under.
    pub(super) parameters: Option<Vec<u8>>,
    /// An earlier request to settle may have been made.
    pub(super) again: bool,
    /// This run did the work and holds the response.
    pub(super) worked: bool,
    /// It was answered before its settlement.
    pub(super) answered: bool,
}

impl Trial {
    /// Writes the next state; whether the row was as this copy knew it. What was written is the row then.
    pub(super) async fn advance(&mut self, state: State) -> Result<bool, Stop> {
        if state == State::Signed {
            self.desk.may_be_settled();
        }
        let entry = self.row.entry(state, self.desk.now_s());
        let record = entry.record.clone();
        let written = self.desk.advance(self.row.record.state(), entry).await?;
        if written {
            self.row.record = record;
        }
        Ok(written)
    }

    /// The moment until which nobody takes the sale over.
    pub(super) fn lease(&self) -> u64 {
        self.desk.now_s().saturating_add(self.paywall.lease_s())
    }

    /// Whether it is still this copy's.
    pub(super) fn is_leased(&self) -> bool {
        self.desk.now_s() < self.row.record.standing.lease_s
    }

    /// Seconds before the next try: more with each one.
    pub(super) fn pause_s(&self) -> u64 {
        let tries = self.row.record.history().iter().filter(|step| step.state == State::Signed).count();
        1_u64.checked_shl(u32::try_from(tries / 2).unwrap_or(u32::MAX)).unwrap_or(MAX_PAUSE_S).min(MAX_PAUSE_S)
    }

    /// The header that tells of the settlement; none before.
    pub(super) fn settlement(&self) -> Vec<Header> {
        let settlement = self.row.sealed.as_ref().and_then(|sealed| sealed.settlement.as_deref());
        match (&self.buyer, settlement) {
            (Some((_, version)), Some(settlement)) => alloc::vec![settlement_header(*version, settlement)],
            _ => Vec::new(),
        }
    }

    /// The end in which the handler's response leaves.
    pub(super) fn worked(&self, refusal: Option<Refusal>) -> Ending {
        self.ending(SaleAnswer::Work(self.settlement()), refusal)
    }

    /// The end in which the kept result leaves.
    pub(super) fn stored(&self, result: String) -> Ending {
        self.ending(SaleAnswer::Stored(result, self.settlement()), None)
    }

    /// The end in which a refusal leaves. A challenge goes with it only where nothing can have been settled.
    pub(super) fn refused(&self, code: SaleCode, facts: impl Into<String>, wait_s: Option<u64>) -> Ending {
        let refusal = Refusal::new(code, facts);
        let challenge = code.status() == 402;
        let id = Some(self.row.record.sale_id.clone());
        let mut answer = SaleAnswer::refused(refusal.clone(), id, challenge, wait_s);
        if let SaleAnswer::Paywall { headers, .. } = &mut answer {
            headers.extend(self.settlement());
        }
        self.ending(answer, Some(refusal))
    }

    /// Another copy is at it.
    pub(super) fn lost(&self) -> Ending {
        self.refused(SaleCode::InProgress, "", Some(1))
    }

    /// The end after a step that could not be made.
    pub(super) fn stopped(&self, stop: Stop) -> Ending {
        let (code, facts) = trouble(&self.desk, stop);
        self.refused(code, facts, Some(1))
    }

    fn ending(&self, answer: SaleAnswer, refusal: Option<Refusal>) -> Ending {
        let record = &self.row.record;
        let delivers = matches!(answer, SaleAnswer::Work(_) | SaleAnswer::Stored(..)) && refusal.is_none();
        let report = SaleReport {
            refusal,
            payment_id: Some(record.sale_id.clone()),
            payment: self.buyer.as_ref().map(|(payment, _)| payment.clone()),
            order: Some(record.standing.order),
            state: Some(record.state()).filter(|state| *state != State::Planned),
            transaction: record.evidence.transaction.clone(),
            settled: record.state() == State::Settled,
            delivered: delivers || self.answered,
        };
        // The response is on its way already, or nobody waits for one.
        let answer = if self.answered || self.buyer.is_none() { SaleAnswer::Nothing } else { answer };
        Ending { answer, report }
    }
}

/// What a buyer is told when a step could not be made.
pub(super) fn trouble(desk: &Desk, stop: Stop) -> (SaleCode, &'static str) {
    let code = if desk.is_late() { SaleCode::StoreLate } else { SaleCode::Store };
    match stop {
        Stop::Store(facts) => (code, facts),
        Stop::OutOfOrder => (code, OUT_OF_ORDER),
    }
}
