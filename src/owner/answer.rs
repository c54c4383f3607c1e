//! The owner's answer to a question, in whichever process and whenever: a ticket in, a write out.

use super::{Row, advance};
use crate::error::{Code, stage_error};
use crate::ledger::Write;
use crate::primitives::Hash;
use crate::record::State;

stage_error! {
    /// Why an answer is not taken.
    AnswerError, "answer the question", {
        Unreadable => RecordUnreadable,
        Mismatch => ApprovalMismatch,
    }
}

/// What the owner says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reply<'a> {
    /// Pay, on exactly these terms.
    Yes {
        /// Who says so.
        by: &'a str,
    },
    /// Do not pay.
    No,
}

/// Answers a ticket whose terms have this `binding`. A yes is good for one reservation, until the ticket expires; the
/// write replaces a row in state `asked` only, so that a ticket is answered once.
///
/// # Errors
/// - [`AnswerError::Unreadable`]: another version, or a damaged record.
/// - [`AnswerError::Mismatch`]: nothing is asked, the ticket expired, or it is about other terms.
///
/// # Source
/// threats P58.
pub fn answer(row: Row<'_>, binding: &Hash, reply: Reply<'_>, now_s: u64) -> Result<Write, AnswerError> {
    let (mut record, sealed) = row.read().ok_or(AnswerError::Unreadable)?;
    let asked = record.state() == State::Asked;
    let shown = record.terms.as_ref().is_some_and(|terms| terms.binding == *binding);
    let approval = record.approval.as_mut().filter(|approval| asked && shown && approval.binding == *binding);
    let approval = approval.ok_or(AnswerError::Mismatch)?;
    match reply {
        _ if now_s >= approval.expires_s => Err(AnswerError::Mismatch),
        Reply::Yes { by } => {
            approval.grant(by);
            Ok(advance(record, sealed, State::Approved, now_s))
        }
        Reply::No => {
            record.evidence.problem = Some(Code::ApprovalDeclined.as_str().into());
            Ok(advance(record, None, State::Refused, now_s))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW_S};
    use super::*;
    use crate::ledger::{Entry, Intent, MemoryLedger, Reservation};
    use crate::record::Record;

    const BINDING: Hash = sample::BINDING;

    fn ticket() -> Record {
        sample::asked()
    }

    fn answered(record: &Record, binding: &Hash, reply: Reply<'_>, now_s: u64) -> Result<Write, AnswerError> {
        answer(Row { record: &record.to_json(), sealed: Some("{}") }, binding, reply, now_s)
    }

    #[test]
    fn a_yes_names_who_and_keeps_what_the_request_needs() {
        let write = answered(&ticket(), &BINDING, Reply::Yes { by: "ada" }, NOW_S).unwrap();
        assert_eq!((write.from, write.entry.record.state()), (Some(State::Asked), State::Approved));
        assert_eq!(write.entry.record.approval.as_ref().unwrap().by.as_deref(), Some("ada"));
        assert!(write.entry.sealed.is_some());
        let read = Record::read(write.entry.record.to_json().as_bytes()).unwrap();
        assert_eq!(read, write.entry.record);
    }

    #[test]
    fn a_no_ends_the_purchase_and_keeps_nothing() {
        let write = answered(&ticket(), &BINDING, Reply::No, NOW_S).unwrap();
        assert_eq!(write.entry.record.state(), State::Refused);
        assert_eq!(write.entry.record.evidence.problem.as_deref(), Some("approval/declined"));
        assert!(write.entry.sealed.is_none());
    }

    #[test]
    fn a_yes_to_other_terms_is_not_taken() {
        let other = [9; 32];
        assert_eq!(answered(&ticket(), &other, Reply::Yes { by: "" }, NOW_S).unwrap_err(), AnswerError::Mismatch);
        // The terms that were shown, and those the ticket is for, must both be these.
        for change in [
            |record: &mut Record| record.terms.as_mut().unwrap().binding = [9; 32],
            |record: &mut Record| record.approval.as_mut().unwrap().binding = [9; 32],
            |record: &mut Record| record.terms = None,
            |record: &mut Record| record.approval = None,
        ] {
            let mut record = ticket();
            change(&mut record);
            assert_eq!(answered(&record, &BINDING, Reply::Yes { by: "" }, NOW_S).unwrap_err(), AnswerError::Mismatch);
        }
    }

    #[test]
    fn an_expired_ticket_takes_neither_yes_nor_no() {
        let expires_s = ticket().approval.unwrap().expires_s;
        for reply in [Reply::Yes { by: "" }, Reply::No] {
            assert!(answered(&ticket(), &BINDING, reply, expires_s - 1).is_ok());
            assert_eq!(answered(&ticket(), &BINDING, reply, expires_s).unwrap_err(), AnswerError::Mismatch);
        }
    }

    #[test]
    fn only_a_question_is_answered() {
        for state in State::ALL.into_iter().filter(|state| *state != State::Asked) {
            let mut record = ticket();
            record.enter(state, NOW_S);
            assert!(answered(&record, &BINDING, Reply::Yes { by: "" }, NOW_S).is_err(), "{state:?}");
        }
        let damaged = ticket().to_json().replace("asked", "approved");
        let row = Row { record: &damaged, sealed: None };
        assert_eq!(answer(row, &BINDING, Reply::No, NOW_S).unwrap_err(), AnswerError::Unreadable);
    }

    #[test]
    fn of_two_answers_one_is_written() {
        let mut ledger = MemoryLedger::default();
        let entry = Entry { record: ticket(), sealed: None };
        let intent = Intent { from: None, entry, holds: [].into(), notes: [].into() };
        assert_eq!(ledger.reserve(&intent), Reservation::Held);
        let yes = answered(&ticket(), &BINDING, Reply::Yes { by: "ada" }, NOW_S).unwrap();
        let no = answered(&ticket(), &BINDING, Reply::No, NOW_S).unwrap();
        assert!(ledger.advance(yes.from.unwrap(), &yes.entry));
        assert!(!ledger.advance(no.from.unwrap(), &no.entry));
        assert_eq!(ledger.rows()[0].record.state(), State::Approved);
    }

    #[test]
    fn a_long_name_is_cut_and_a_late_clock_does_not_turn_history_back() {
        let write = answered(&ticket(), &BINDING, Reply::Yes { by: &"é".repeat(500) }, NOW_S - 500).unwrap();
        let record = write.entry.record;
        assert_eq!(record.approval.as_ref().unwrap().by.as_ref().unwrap().chars().count(), 128);
        assert!(record.history().windows(2).all(|steps| steps[0].at_s <= steps[1].at_s));
    }
}
