//! What is not as it was at the last purchase, and what the owner wants done about it.

use super::Context;
use crate::policy::notes::{Last, Memory, Noted};
use crate::policy::{Choice, Policy};
use crate::primitives::Amount;
use crate::scheme::Offer;

/// What each rule about change says to an offer.
#[derive(Debug)]
pub(super) struct Changes {
    /// `payToChange`.
    pub(super) pay_to: Choice,
    /// `newSeller`.
    pub(super) seller: Choice,
    /// `changedTerms`.
    pub(super) terms: Choice,
    /// `onRise`.
    pub(super) rise: Choice,
    /// Price of the last purchase in atomic units, where one is known.
    pub(super) last: Amount,
}

impl Policy {
    pub(super) fn changes(&self, offer: &Offer, context: &Context<'_>, memory: &Memory) -> Changes {
        let (recipients, last) = (&memory.recipients, &memory.last);
        let pinned = self.pins(context.seller).is_some_and(|pins| pins.contains(&offer.pay_to));
        let pay_to = if pinned { Choice::Allow } else { self.pay_to_change };
        let terms = |last: &Last| last.terms != offer.terms(context.seller);
        Changes {
            pay_to: judge(pay_to, recipients, false, |known| !known.contains(&offer.pay_to)),
            seller: judge(self.new_seller, recipients, true, |_| false),
            terms: judge(self.changed_terms, last, false, terms),
            rise: match self.max_rise {
                None => Choice::Allow,
                Some(percent) => judge(self.on_rise, last, false, |last| rises(offer, last, percent)),
            },
            last: match last {
                Noted::Known(last) => last.amount,
                Noted::Nothing | Noted::Unreadable => Amount::ZERO,
            },
        }
    }
}

// The owner's choice where the rule finds something. What cannot be read is a question, never a free pass, and no
// denial either: a yes mends the note.
fn judge<T>(choice: Choice, noted: &Noted<T>, nothing: bool, known: impl FnOnce(&T) -> bool) -> Choice {
    let found = match (choice, noted) {
        (Choice::Allow, _) => return Choice::Allow,
        (Choice::Ask | Choice::Deny, Noted::Unreadable) => return Choice::Ask,
        (Choice::Ask | Choice::Deny, Noted::Nothing) => nothing,
        (Choice::Ask | Choice::Deny, Noted::Known(noted)) => known(noted),
    };
    if found { choice } else { Choice::Allow }
}

// Prices of two tokens are not compared.
fn rises(offer: &Offer, last: &Last, percent: u64) -> bool {
    last.asset == (offer.network, offer.asset.address) && is_above(offer.amount, last.amount, percent)
}

/// True when `price` is more than `percent` above `last`: exactly, without a remainder. What no number can say counts
/// as above.
fn is_above(price: Amount, last: Amount, percent: u64) -> bool {
    match (price.times(100), last.times(100 + percent)) {
        (Some(price), Some(most)) => price > most,
        (Some(_), None) => false,
        (None, Some(_) | None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_is_counted_exactly_at_every_size() {
        let number = Amount::from_u64;
        let almost = Amount::MAX.minus(number(1)).unwrap();
        for (price, last, percent, above) in [
            (number(120), number(100), 20, false),
            (number(121), number(100), 20, true),
            (number(100), number(100), 0, false),
            (number(101), number(100), 0, true),
            (number(1), number(0), 10_000, true),
            // 120 % of 7 is 8.4.
            (number(8), number(7), 20, false),
            (number(9), number(7), 20, true),
            (number(u64::MAX), number(u64::MAX), 0, false),
            (number(7), Amount::MAX, 0, false),
            (Amount::MAX, number(7), 10_000, true),
            (almost, Amount::MAX, 0, true),
        ] {
            assert_eq!(is_above(price, last, percent), above, "{price} after {last}, {percent} %");
        }
    }
}
