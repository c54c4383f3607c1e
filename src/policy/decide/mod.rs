//! One offer against the rules. The answer is the same in every runtime: no clock, no order of arrival.

mod changes;
mod denied;
mod outcome;
mod rules;
#[cfg(test)]
pub(in crate::policy) mod tests;

use alloc::boxed::Box;
use alloc::string::String;

pub use denied::Denied;
pub use outcome::{Approved, Decision, Pending, Refused};

use super::Policy;
use super::budgets::Subject;
use crate::primitives::{Address, Origin};
use crate::registry::Registry;
use crate::scheme::Offer;

/// What the rules need to know besides the offer.
#[derive(Debug)]
pub struct Context<'a> {
    /// Origin of the URL the host program requested. Never a field of the challenge.
    pub seller: &'a Origin,
    /// Method and path that were requested: `GET /weather`.
    pub resource: &'a str,
    /// What the host program says of the purchase.
    pub purpose: &'a Purpose,
    /// Who would pay; absent when only a quote is asked for.
    pub payer: Option<Address>,
    /// Pinned tables.
    pub registry: &'a Registry,
    /// Unix second.
    pub now_s: u64,
    /// Minutes east of UTC now, for each of [`Policy::zones`].
    pub zones: &'a [i32],
    /// What the store remembers, for each of [`Policy::note_keys`], as it lies there.
    pub noted: &'a [Option<String>],
    /// Whether the store outlives the process.
    pub durable: bool,
}

/// What the host program says of a purchase. Labels that budgets are counted by; none of them is secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Purpose {
    /// Task this belongs to.
    pub task: Option<String>,
    /// Why it is bought.
    pub reason: Option<String>,
    /// Who buys.
    pub agent: Option<String>,
    /// In which session.
    pub session: Option<String>,
    /// What kind of thing.
    pub category: Option<String>,
}

impl Policy {
    /// Decides on one offer.
    ///
    /// The first rule that says no wins, in the order seller, category, scheme, network, asset, recipient, amount,
    /// ephemeral store, change since the last purchase. Then the first that asks: recipient, new seller, changed terms,
    /// rise, amount, category.
    pub fn decide(&self, offer: Offer, context: &Context<'_>) -> Decision {
        let binding = offer.binding(context.seller);
        let memory = self.remembered(context);
        let changes = self.changes(&offer, context, &memory);
        let rule = match self.rule(&offer, context, &changes) {
            Err(denied) => return Decision::Deny(Box::new(Refused { offer, binding, denied })),
            Ok(rule) => rule,
        };
        let question = self.question(&offer, context, &changes);
        let seller = Some((context.seller, self.sellers.name(context.seller)));
        let subject = Subject { purpose: context.purpose, seller, offer: Some(&offer) };
        let holds = self.holds(&subject, context.now_s, context.zones);
        let notes = self.notes(&offer, context, memory);
        let window_s = offer.window_s.min(self.max_window_s);
        let approved = Approved { offer, binding, holds, notes, rule, policy: self.hash, window_s };
        match question {
            None => Decision::Allow(approved),
            Some(question) => Decision::Ask(Pending { approved, question }),
        }
    }
}
