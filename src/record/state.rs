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

    /// True when something may still move or be learnt.
    pub const fn is_open(self) -> bool {
        matches!(self, State::Asked | State::Approved | State::Reserved | State::Signed | State::Unknown)
    }
}
