//! Whether a record can be relied on: its layout, its chain, its order and its times.

use crate::record::{Record, RecordError, State};

/// What is wrong with a record. Positions are in its history, from 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VerifyError {
    /// The text, the layout, or the chain.
    Record(RecordError),
    /// A state that may not follow the one before it.
    Order {
        /// Position of the later one.
        step: usize,
        /// The one before; `planned` at the beginning.
        from: State,
        /// The one that must not follow.
        to: State,
    },
    /// A step that is earlier than the one before it.
    Time {
        /// Its position.
        step: usize,
    },
    /// A state without what it is about: a ticket, terms, an authorisation.
    Facts {
        /// Its position.
        step: usize,
    },
}

impl VerifyError {
    /// The word in reports.
    pub const fn as_str(&self) -> &'static str {
        match self {
            VerifyError::Record(RecordError::Text) => "text",
            VerifyError::Record(RecordError::Version(_)) => "version",
            VerifyError::Record(RecordError::Chain(_)) => "chain",
            VerifyError::Order { .. } => "order",
            VerifyError::Time { .. } => "time",
            VerifyError::Facts { .. } => "facts",
        }
    }

    /// Position of the step that is wrong, where it is one.
    pub const fn step(&self) -> Option<usize> {
        match self {
            VerifyError::Record(RecordError::Text | RecordError::Version(_)) => None,
            VerifyError::Record(RecordError::Chain(step))
            | VerifyError::Order { step, .. }
            | VerifyError::Time { step }
            | VerifyError::Facts { step } => Some(*step),
        }
    }
}

/// Reads a record whose history is one the machine can have written. That nobody computed a new chain over other facts
/// is only shown by comparing the last hash with one that was kept elsewhere.
///
/// # Errors
/// [`VerifyError`]: the first thing that is wrong.
pub fn verify_record(text: &[u8]) -> Result<Record, VerifyError> {
    let record = Record::parse(text).map_err(VerifyError::Record)?;
    let (mut from, mut at_s) = (State::Planned, 0);
    for (index, step) in record.history().iter().enumerate() {
        if !from.may_become(step.state) {
            return Err(VerifyError::Order { step: index, from, to: step.state });
        }
        if step.at_s < at_s {
            return Err(VerifyError::Time { step: index });
        }
        if !has_facts(&record, step.state) {
            return Err(VerifyError::Facts { step: index });
        }
        (from, at_s) = (step.state, step.at_s);
    }
    Ok(record)
}

// The facts a state is about, of those that no later state takes away.
fn has_facts(record: &Record, state: State) -> bool {
    let attempt = record.attempt.as_ref();
    match state {
        State::Planned | State::Refused => true,
        State::Asked | State::Approved => record.approval.is_some(),
        State::Reserved | State::Dead | State::Unknown => {
            attempt.is_some() && record.terms.is_some() && record.decision.is_some()
        }
        // From `reserved` a payment may be proven by the chain: the wallet signed and its answer was lost.
        State::Settled => attempt.is_some(),
        State::Signed => attempt.is_some_and(|attempt| attempt.authorisation.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, NOW_S};
    use super::*;

    fn verified(record: &Record) -> Result<Record, VerifyError> {
        verify_record(record.to_json().as_bytes())
    }

    #[test]
    fn what_the_machine_writes_is_sound() {
        for record in [
            sample::fresh("p_quote"),
            sample::asked(),
            sample::reserved(),
            sample::signed(),
            sample::unknown(),
            sample::settled(),
            sample::guarantee(),
        ] {
            assert_eq!(verified(&record), Ok(record.clone()));
        }
    }

    #[test]
    fn a_state_that_may_not_follow_is_found() {
        let mut record = sample::settled();
        record.enter(State::Dead, NOW_S + 9);
        let wrong = VerifyError::Order { step: 3, from: State::Settled, to: State::Dead };
        assert_eq!(verified(&record), Err(wrong));
        let mut record = sample::fresh("p_1");
        record.enter(State::Signed, NOW_S);
        assert_eq!(verified(&record).unwrap_err().as_str(), "order");
    }

    #[test]
    fn time_does_not_run_backwards() {
        let mut record = sample::signed();
        record.enter(State::Unknown, NOW_S - 1);
        assert_eq!(verified(&record), Err(VerifyError::Time { step: 2 }));
    }

    #[test]
    fn a_fact_that_was_changed_afterwards_breaks_the_chain_where_it_counts() {
        let text = sample::settled().to_json();
        let step = |text: alloc::string::String| verify_record(text.as_bytes()).unwrap_err().step();
        assert_eq!(step(text.replace("10000", "10001")), Some(0));
        assert_eq!(step(text.replace(&"06".repeat(32), &"07".repeat(32))), Some(1));
        assert_eq!(step(text.replace("\"status\":200", "\"status\":500")), Some(2));
    }

    #[test]
    fn another_layout_and_another_text_are_told_apart() {
        let newer = sample::asked().to_json().replace("\"version\":2", "\"version\":3");
        assert_eq!(verify_record(newer.as_bytes()), Err(VerifyError::Record(RecordError::Version(3))));
        assert_eq!(verify_record(b"[]").unwrap_err().as_str(), "text");
        let other =
            sample::asked().to_json().replace("\"state\":\"asked\",\"request\"", "\"state\":\"dead\",\"request\"");
        assert_eq!(verify_record(other.as_bytes()), Err(VerifyError::Record(RecordError::Text)));
    }

    #[test]
    fn a_state_without_what_it_is_about_is_found() {
        let mut record = sample::decided("p_1");
        record.enter(State::Asked, NOW_S);
        assert_eq!(verified(&record), Err(VerifyError::Facts { step: 0 }));
        let mut record = sample::reserved();
        record.enter(State::Signed, NOW_S);
        assert_eq!(verified(&record), Err(VerifyError::Facts { step: 1 }));
    }
}
