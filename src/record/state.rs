//! The states of an attempt.

/// Where a purchase stands. `Signed` counts as sent: the signed bytes may have left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// Decided, nothing held: a quote. Never in a store.
    Planned,
    /// The policy wants a person's yes. Nothing is held.
    Asked,
    /// A person said yes to exactly these terms. Good for one reservation.
    Approved,
    /// Budget held, intent durable, wallet not asked or not answered.
    Reserved,
    /// Signed bytes durable; they may be on their way.
    Signed,
    /// Proven paid: a settlement that matches what was signed.
    Settled,
    /// Proven that nothing was signed.
    Refused,
    /// Proven that what was signed can no longer move money: it never left.
    Dead,
    /// Nobody knows. Counts as spent.
    Unknown,
}

impl State {
    /// Every state, in the order a payment goes through them.
    pub const ALL: [State; 9] = [
        State::Planned,
        State::Asked,
        State::Approved,
        State::Reserved,
        State::Signed,
        State::Settled,
        State::Refused,
        State::Dead,
        State::Unknown,
    ];

    /// The word in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Asked => "asked",
            State::Approved => "approved",
            State::Reserved => "reserved",
            State::Signed => "signed",
            State::Settled => "settled",
            State::Refused => "refused",
            State::Dead => "dead",
            State::Unknown => "unknown",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// True when no budget is needed for it any more, by proof.
    pub const fn releases_budget(self) -> bool {
        matches!(self, State::Planned | State::Asked | State::Approved | State::Refused | State::Dead)
    }

    /// True when a record may go from here to `next` in one step. `Planned` stands for having no history yet. What was
    /// proven stays proven, and nobody who signed may say that nothing was signed.
    pub const fn may_become(self, next: State) -> bool {
        match self {
            State::Planned => matches!(next, State::Asked | State::Reserved | State::Refused),
            // Asked anew when the price changed or the ticket expired.
            State::Asked => matches!(next, State::Asked | State::Approved | State::Reserved | State::Refused),
            State::Approved => matches!(next, State::Asked | State::Reserved | State::Refused),
            State::Reserved => {
                matches!(next, State::Signed | State::Settled | State::Refused | State::Dead | State::Unknown)
            }
            // Each fruitless look, and a cancellation that was asked for, is a step of its own.
            State::Signed | State::Unknown => matches!(next, State::Settled | State::Dead | State::Unknown),
            State::Settled | State::Refused | State::Dead => false,
        }
    }

    /// True when something may still move or be learnt.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Asked | State::Approved | State::Reserved | State::Signed | State::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_proven_stays_proven() {
        for end in [State::Settled, State::Refused, State::Dead] {
            assert!(State::ALL.into_iter().all(|next| !end.may_become(next)), "{end:?}");
        }
    }

    #[test]
    fn nothing_signed_is_refused_and_nothing_is_ever_planned_again() {
        for state in [State::Signed, State::Unknown] {
            assert!(!state.may_become(State::Refused) && !state.may_become(State::Reserved), "{state:?}");
        }
        assert!(State::ALL.into_iter().all(|state| !state.may_become(State::Planned)));
    }

    #[test]
    fn every_state_but_planned_can_be_reached() {
        let mut reached = alloc::vec![State::Planned];
        for _ in State::ALL {
            let next: alloc::vec::Vec<State> = State::ALL
                .into_iter()
                .filter(|next| !reached.contains(next) && reached.iter().any(|state| state.may_become(*next)))
                .collect();
            reached.extend(next);
        }
        assert_eq!(reached.len(), State::ALL.len());
    }
}
