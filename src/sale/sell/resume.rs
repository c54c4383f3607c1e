//! A row that was left behind, with no request: its settlement is finished, its work is left to who asks again.

use alloc::boxed::Box;
use alloc::rc::Rc;

use super::trial::Trial;
use super::{Desk, Stop, rejected};
use crate::error::SaleCode;
use crate::record::State;
use crate::sale::answer::{Ending, SaleAnswer};
use crate::sale::row::Row;
use crate::sale::{Paywall, Refusal};

/// Finishes what can be finished.
pub(super) async fn resume(desk: Desk, paywall: &Rc<Paywall>, record: &str, sealed: Option<&str>) -> Ending {
    let row = match Row::read(record, sealed, None) {
        Ok(row) => row,
        Err(problem) => {
            let ending = rejected(Refusal::new(SaleCode::StoreLate, problem), None);
            return Ending { answer: SaleAnswer::Nothing, ..ending };
        }
    };
    let paywall = Rc::clone(paywall);
    let again = row.record.state() == State::Signed;
    let mut trial =
        Box::new(Trial { desk, paywall, row, buyer: None, parameters: None, again, worked: false, answered: false });
    match trial.resume().await {
        Ok(ending) => ending,
        Err(stop) => trial.stopped(stop),
    }
}

impl Trial {
    async fn resume(&mut self) -> Result<Ending, Stop> {
        if self.is_leased() {
            return Ok(self.lost());
        }
        match self.row.record.state() {
            // Nothing of it was asked to settle.
            State::Reserved => self.give_up(SaleCode::HandlerFailed, "left behind".into()).await,
            State::Signed => {
                self.desk.may_be_settled();
                if self.take_over().await? { self.settle().await } else { Ok(self.lost()) }
            }
            _ => Ok(self.worked(None)),
        }
    }
}
