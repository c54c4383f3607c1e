//! A sale as it lies in a store: the public record, and what is sealed with it.
//!
//! Sealed are the payment and the terms as the facilitator gets them, so that settling again sends identical bytes; the
//! facilitator's word; and the result, so that a repeat gets what was paid for.

use alloc::string::String;
use core::cell::OnceCell;

use super::record::SaleRecord;
use crate::json::{self, Node, Writer};
use crate::ledger::Entry;
use crate::primitives::Secret;
use crate::record::State;

/// What is private to the store. Not printable: it can move money.
#[derive(Clone)]
pub(super) struct Sealed {
    /// Version of x402 that the facilitator is spoken to in.
    pub(super) version: u64,
    /// The payment as the facilitator gets it.
    pub(super) payment: String,
    /// The terms as the facilitator gets them.
    pub(super) requirements: String,
    /// What the buyer is told of the settlement, once there is one.
    pub(super) settlement: Option<String>,
    /// What the handler answered, where it was short enough to keep.
    pub(super) result: Option<String>,
    /// What never changes, as JSON: it is written once, for every state.
    lasting: OnceCell<String>,
}

/// A row, read and checked, or about to be written.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) record: SaleRecord,
    pub(super) sealed: Option<Sealed>,
}

impl Row {
    /// Reads the texts of a store's row, which must be the one of this claim.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(super) fn read(record: &str, sealed: Option<&str>, claim: Option<&str>) -> Result<Self, &'static str> {
        let record = SaleRecord::parse(record.as_bytes())?;
        if claim.is_some_and(|claim| claim != record.sale_id) {
            return Err("the store answered with another sale");
        }
        let sealed = match sealed {
            None => None,
            Some(text) => Some(Sealed::read(text).ok_or("what is sealed with this sale is damaged")?),
        };
        // Without the payment nothing could be settled again, and nobody could tell whether it was.
        match record.state() {
            State::Signed | State::Settled if sealed.is_none() => Err("the sealed part of this sale is missing"),
            State::Reserved | State::Signed | State::Settled | State::Refused => Ok(Row { record, sealed }),
            _ => Err("the store's row of this sale is in a state that sales do not have"),
        }
    }

    /// The row in its next state, to be written.
    pub(super) fn entry(&self, state: State, now_s: u64) -> Entry<SaleRecord> {
        let mut record = self.record.clone();
        record.enter(state, now_s);
        // A payment that nobody will settle is not kept: it would still be worth its price.
        let sealed = self.sealed.as_ref().filter(|_| matches!(state, State::Signed | State::Settled));
        Entry { record, sealed: sealed.map(|sealed| Secret::new(sealed.to_json())) }
    }

    /// The kept result.
    pub(super) fn result(&self) -> Option<&str> {
        self.sealed.as_ref()?.result.as_deref()
    }
}

impl Sealed {
    /// A payment that nobody settled yet.
    pub(super) fn new(version: u64, payment: String, requirements: String) -> Self {
        Sealed { version, payment, requirements, settlement: None, result: None, lasting: OnceCell::new() }
    }

    // Texts and not values: a payment may nest as deep as a reader allows.
    fn to_json(&self) -> String {
        Writer::with(self.lasting.get_or_init(|| self.lasting()))
            .text_if("settlement", self.settlement.as_deref())
            .text_if("result", self.result.as_deref())
            .finish()
    }

    fn lasting(&self) -> String {
        Writer::object()
            .integer("x402Version", self.version)
            .text("payment", &self.payment)
            .text("requirements", &self.requirements)
            .finish()
    }

    fn read(text: &str) -> Option<Self> {
        let root = json::read_kept(text.as_bytes()).ok()?;
        let text = |name: &str| root.member(name).and_then(Node::text).map(String::from);
        let version = root.member("x402Version")?.integer()?;
        let sealed = Sealed::new(version, text("payment")?, text("requirements")?);
        Some(Sealed { settlement: text("settlement"), result: text("result"), ..sealed })
    }
}
