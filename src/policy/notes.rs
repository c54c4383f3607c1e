//! What a store remembers of sellers and prices between purchases: which notes a policy needs, what they say, and what
//! they become.
//!
//! A note comes from outside like anything else. One that cannot be read is not one that is absent: whoever depends on
//! it must be asked.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::budgets::short_key;
use super::compile::asset_id;
use super::decide::Context;
use super::{AssetId, Choice, Policy, asset_text};
use crate::budget::Note;
use crate::json::{self, Node, Writer, texts};
use crate::primitives::{Address, Amount, Hash, Origin, hex};
use crate::scheme::Offer;

/// Recipients remembered of one seller; the one seen first is forgotten first.
const MAX_RECIPIENTS: usize = 8;
/// Longest note, in bytes: ours are half of it.
const MAX_NOTE_BYTES: usize = 1024;

/// What a note says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Noted<T> {
    /// There is none.
    Nothing,
    /// This.
    Known(T),
    /// Something that is not ours.
    Unreadable,
}

/// The last purchase of a resource.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Last {
    pub(super) asset: AssetId,
    pub(super) amount: Amount,
    /// [`Offer::terms`].
    pub(super) terms: Hash,
}

/// Everything that is remembered.
#[derive(Debug)]
pub(super) struct Memory {
    /// Recipients this seller had, the latest last.
    pub(super) recipients: Noted<Vec<Address>>,
    /// Not looked at without a rule about it.
    pub(super) last: Noted<Last>,
}

impl Policy {
    /// Keys of the notes a decision needs: the seller's, and, where a rule compares with the last purchase, that of the
    /// resource (`GET /weather`). Each at most 400 bytes.
    pub fn note_keys(&self, seller: &Origin, resource: &str) -> Vec<String> {
        let mut keys = Vec::from([short_key("seller", alloc::format!("seller {seller}"))]);
        if self.compares() {
            let (method, path) = resource.split_once(' ').unwrap_or((resource, ""));
            keys.push(short_key("price", alloc::format!("price {method} {seller}{path}")));
        }
        keys
    }

    fn compares(&self) -> bool {
        self.max_rise.is_some() || self.changed_terms != Choice::Allow
    }

    pub(super) fn remembered(&self, context: &Context<'_>) -> Memory {
        let last = if self.compares() { read(context.noted.get(1), Last::read) } else { Noted::Nothing };
        Memory { recipients: read(context.noted.first(), recipients), last }
    }

    /// What is to be remembered once budget for this offer is held.
    pub(super) fn notes(&self, offer: &Offer, context: &Context<'_>, memory: Memory) -> Vec<Note> {
        let mut values = Vec::from([with_recipient(memory.recipients, offer.pay_to)]);
        if self.compares() {
            let asset = (offer.network, offer.asset.address);
            let last = Last { asset, amount: offer.amount, terms: offer.terms(context.seller) };
            values.push(last.to_json());
        }
        let keys = self.note_keys(context.seller, context.resource).into_iter().zip(values).enumerate();
        keys.map(|(index, (key, value))| {
            let was = context.noted.get(index).cloned().flatten();
            // What is so already needs no writing, but must still be so.
            let value = Some(value).filter(|value| was.as_ref() != Some(value));
            Note { key, was, value }
        })
        .collect()
    }
}

// A note that was not even asked for is not known to be absent.
fn read<T>(noted: Option<&Option<String>>, read: fn(&Node<'_>) -> Option<T>) -> Noted<T> {
    let text = match noted {
        Some(None) => return Noted::Nothing,
        Some(Some(text)) if text.len() <= MAX_NOTE_BYTES => text,
        Some(Some(_)) | None => return Noted::Unreadable,
    };
    let known = json::read(text.as_bytes()).ok().and_then(|node| read(&node));
    known.map_or(Noted::Unreadable, Noted::Known)
}

fn recipients(node: &Node<'_>) -> Option<Vec<Address>> {
    let elements = member_of(node, 1, "payTo")?.elements()?;
    let fits = (1..=MAX_RECIPIENTS).contains(&elements.len());
    fits.then(|| elements.iter().map(|node| Address::parse(node.text()?).ok()).collect())?
}

fn with_recipient(recipients: Noted<Vec<Address>>, pay_to: Address) -> String {
    let mut list = match recipients {
        Noted::Known(list) => list,
        Noted::Nothing | Noted::Unreadable => Vec::new(),
    };
    if !list.contains(&pay_to) {
        if list.len() == MAX_RECIPIENTS {
            list.remove(0);
        }
        list.push(pay_to);
    }
    Writer::object().raw("payTo", &texts(&mut list.iter().map(Address::checksummed))).finish()
}

impl Last {
    fn read(node: &Node<'_>) -> Option<Self> {
        Some(Last {
            asset: asset_id(member_of(node, 3, "asset")?.text()?)?,
            amount: Amount::from_decimal(node.member("amount")?.text()?).ok()?,
            terms: hex::decode_fixed(node.member("terms")?.text()?)?,
        })
    }

    fn to_json(&self) -> String {
        Writer::object()
            .text("asset", &asset_text(&self.asset))
            .text("amount", &self.amount.to_string())
            .text("terms", &hex::encode(&self.terms))
            .finish()
    }
}

// Of an object with so many members, no more: a later version may have meant something by the others.
fn member_of<'n, 'a>(node: &'n Node<'a>, count: usize, name: &str) -> Option<&'n Node<'a>> {
    node.members().filter(|members| members.len() == count)?;
    node.member(name)
}
