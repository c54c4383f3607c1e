//! What a decision is, and the proof that an offer was allowed.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::Denied;
use crate::budget::{Hold, Note};
use crate::error::Code;
use crate::policy::Money;
use crate::primitives::Hash;
use crate::scheme::Offer;

/// What the rules say to an offer.
#[derive(Debug)]
pub enum Decision {
    /// Pay.
    Allow(Approved),
    /// Pay if a person says yes to exactly these terms.
    Ask(Pending),
    /// Do not pay.
    Deny(Box<Refused>),
}

/// An offer that was denied, and why.
#[derive(Debug)]
pub struct Refused {
    /// The terms.
    pub offer: Offer,
    /// Their binding: [`Offer::binding`].
    pub binding: Hash,
    /// The first rule that says no.
    pub denied: Denied,
}

/// An offer within the limits that wants a person's yes.
#[derive(Debug)]
pub struct Pending {
    pub(super) approved: Approved,
    /// The rule that asks.
    pub(super) question: Code,
}

impl Pending {
    /// The offer and everything else the rules found.
    pub fn approval(&self) -> &Approved {
        &self.approved
    }

    /// Why a person is asked.
    pub fn question(&self) -> Code {
        self.question
    }

    /// Somebody said yes to terms of this binding. `None` when these are others.
    pub(crate) fn granted(self, binding: &Hash) -> Option<Approved> {
        (self.approved.binding == *binding).then_some(self.approved)
    }
}

/// Proof that an offer passed [`Policy::decide`](crate::policy::Policy::decide). There is no other way to make one.
#[derive(Debug)]
pub struct Approved {
    pub(super) offer: Offer,
    pub(super) binding: Hash,
    pub(super) holds: Vec<Hold>,
    pub(super) notes: Vec<Note>,
    pub(super) rule: String,
    pub(super) policy: Hash,
    pub(super) window_s: u64,
}

impl Approved {
    /// The terms that were approved.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// What must be reserved before anything is signed.
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// What is remembered of the seller once budget is held.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Hash of what a yes or a quote is bound to: [`Offer::binding`].
    pub fn binding(&self) -> &Hash {
        &self.binding
    }

    /// The rule that allowed it, for people: `perRequest 0.10 USD`.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Version of the policy that decided.
    pub fn policy(&self) -> &Hash {
        &self.policy
    }

    /// Seconds the authorisation may stay valid: the smaller of the seller's and the policy's.
    pub fn window_s(&self) -> u64 {
        self.window_s
    }

    /// Price in the currency of the token's pin.
    pub fn price(&self) -> Option<Money> {
        Money::of(&self.offer.asset, self.offer.amount)
    }
}
