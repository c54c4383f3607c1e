//! The answer to a batch request: authorisations told apart into the payer's own and strange ones.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use crate::core4mica::http::Answer;
use crate::core4mica::refusal::{Refusal, document};
use crate::error::Code;
use crate::json::{Node, Value};
use crate::primitives::{Address, Amount, Hash, Secret, hex};
use crate::scheme::guarantee::{Checkpoint, PaymentAuthorization};
use crate::signer::Signature;

/// Most authorisations in one batch.
pub const MAX_BATCH: usize = 1000;

/// Why an entry of a batch is not counted, and nothing signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// Not an authorisation, or not a checkpoint, of this version.
    Unreadable,
    /// Of another payer, cycle or token.
    Terms,
    /// The payer did not sign these terms.
    Signature,
    /// Its request id is there twice.
    Repeated,
    /// Not after the last checkpoint, which covers it already.
    Covered,
    /// The total would not fit into 256 bits.
    Overflow,
}

/// An entry that is not the payer's to confirm: evidence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Strange {
    /// Position in the batch; `None` for the previous checkpoint.
    pub index: Option<usize>,
    /// What is wrong with it.
    pub why: Why,
    /// The entry as it came.
    pub entry: Secret,
}

/// What a core counts of a payer since its last checkpoint, every signature checked.
#[derive(Clone, Debug)]
pub struct Batch {
    base: Checkpoint,
    authorizations: Vec<PaymentAuthorization>,
    max_uncheckpointed: Option<u64>,
    strange: Vec<Strange>,
}

impl Batch {
    /// Reads the answer to [`batch_request`](super::batch_request) for the clearing house of the core's checked
    /// parameters. Entries that are not the payer's do not fail the reading: see [`Batch::strange`].
    ///
    /// # Errors
    /// `guarantee/core-answer`: not this document, of another payer, cycle or token than asked, or with more than
    /// [`MAX_BATCH`] entries. Else as [`Refusal::of_question`].
    ///
    /// # Source
    /// protocol notes 2.4, "Checkpoints".
    pub fn read(
        answer: &Answer<'_>,
        chain_id: u64,
        clearing_house: &Address,
        payer: &Address,
        asset: &Address,
        cycle: Option<&Hash>,
    ) -> Result<Self, Refusal> {
        let root = document(answer)?;
        let fields = || -> Option<Self> {
            let cycle_id: Hash = hex::decode_fixed(root.member("cycle_id")?.text()?)?;
            let entries = root.member("authorizations")?.elements()?;
            let about = |name: &str, asked: &Address| match root.member(name) {
                None => true,
                Some(node) => node.text().is_some_and(|text| Address::parse(text) == Ok(*asked)),
            };
            let asked = cycle.is_none_or(|asked| *asked == cycle_id)
                && about("asset_address", asset)
                && about("payer", payer)
                && about("user_address", payer);
            if !asked || entries.len() > MAX_BATCH {
                return None;
            }
            let mut batch = Batch {
                base: Checkpoint {
                    chain_id,
                    clearing_house: *clearing_house,
                    payer: *payer,
                    cycle_id,
                    asset: *asset,
                    cumulative_gross: Amount::ZERO,
                    timestamp_cutoff_s: 0,
                },
                authorizations: Vec::with_capacity(entries.len()),
                max_uncheckpointed: optional(&root, "max_uncheckpointed")?,
                strange: Vec::new(),
            };
            batch.begin(&root);
            batch.count(entries);
            Some(batch)
        };
        fields().ok_or(Refusal::found(Code::CoreAnswer))
    }

    // The previous checkpoint, where there is one: its total counts only when the payer signed it.
    fn begin(&mut self, root: &Node<'_>) {
        let Some(node) = root.member("previous").filter(|node| node.value != Value::Null) else { return };
        match self.previous(node) {
            Ok(previous) => self.base = previous,
            Err(why) => self.strange.push(Strange { index: None, why, entry: copy(node) }),
        }
    }

    fn previous(&self, node: &Node<'_>) -> Result<Checkpoint, Why> {
        let payload = node.member("payload").ok_or(Why::Unreadable)?;
        let checkpoint = Checkpoint::read(payload, self.base.chain_id, self.base.clearing_house);
        let checkpoint = checkpoint.ok_or(Why::Unreadable)?;
        if terms(&checkpoint.payer, &checkpoint.cycle_id, &checkpoint.asset) != self.terms() {
            return Err(Why::Terms);
        }
        signed_by(node, &checkpoint.digest(), &self.base.payer)?;
        Ok(checkpoint)
    }

    fn count(&mut self, entries: &[Node<'_>]) {
        let mut seen = BTreeSet::new();
        let mut total = self.base.cumulative_gross;
        for (index, node) in entries.iter().enumerate() {
            let verdict = self.authorization(node).and_then(|authorization| {
                if !seen.insert(authorization.req_id.word()) {
                    return Err(Why::Repeated);
                }
                total = total.plus(authorization.amount).ok_or(Why::Overflow)?;
                Ok(authorization)
            });
            match verdict {
                Ok(authorization) => self.authorizations.push(authorization),
                Err(why) => self.strange.push(Strange { index: Some(index), why, entry: copy(node) }),
            }
        }
    }

    fn authorization(&self, node: &Node<'_>) -> Result<PaymentAuthorization, Why> {
        let payload = node.member("payload").ok_or(Why::Unreadable)?;
        let version = payload.member("version").and_then(Node::text);
        let authorization = PaymentAuthorization::read(payload, self.base.chain_id, self.base.clearing_house)
            .filter(|_| version == Some("v1"))
            .ok_or(Why::Unreadable)?;
        if terms(&authorization.payer, &authorization.cycle_id, &authorization.asset) != self.terms() {
            return Err(Why::Terms);
        }
        signed_by(node, &authorization.digest(), &self.base.payer)?;
        if authorization.timestamp_s <= self.base.timestamp_cutoff_s {
            return Err(Why::Covered);
        }
        Ok(authorization)
    }

    fn terms(&self) -> (Address, Hash, Address) {
        terms(&self.base.payer, &self.base.cycle_id, &self.base.asset)
    }

    /// The cycle it is about.
    pub fn cycle_id(&self) -> &Hash {
        &self.base.cycle_id
    }

    /// What the payer signed since the last checkpoint, in the core's order. To be held against the payer's records:
    /// a signature proves that the payer signed, not that it paid once.
    pub fn authorizations(&self) -> &[PaymentAuthorization] {
        &self.authorizations
    }

    /// What is there and is not the payer's to confirm. Anything here is an alarm.
    pub fn strange(&self) -> &[Strange] {
        &self.strange
    }

    /// Most payments between two checkpoints, where the answer says so.
    pub fn max_uncheckpointed(&self) -> Option<u64> {
        self.max_uncheckpointed
    }

    /// The checkpoint that covers the whole batch: previous total plus every amount, up to the latest second. `None`
    /// when nothing is open, or when anything is strange.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        if !self.strange.is_empty() {
            return None;
        }
        let timestamp_cutoff_s = self.authorizations.iter().map(|one| one.timestamp_s).max()?;
        let mut amounts = self.authorizations.iter().map(|one| one.amount);
        let cumulative_gross = amounts.try_fold(self.base.cumulative_gross, Amount::plus)?;
        Some(Checkpoint { cumulative_gross, timestamp_cutoff_s, ..self.base.clone() })
    }
}

fn terms(payer: &Address, cycle_id: &Hash, asset: &Address) -> (Address, Hash, Address) {
    (*payer, *cycle_id, *asset)
}

fn signed_by(node: &Node<'_>, digest: &Hash, payer: &Address) -> Result<(), Why> {
    let signature = node.member("signature").and_then(Node::text).ok_or(Why::Unreadable)?;
    let signature = Signature::parse(signature).map_err(|_| Why::Signature)?;
    if signature.recover(digest) == Ok(*payer) { Ok(()) } else { Err(Why::Signature) }
}

// `Some(None)`: absent. `None`: there, and not a number.
fn optional(root: &Node<'_>, name: &str) -> Option<Option<u64>> {
    match root.member(name) {
        None => Some(None),
        Some(node) => node.integer().map(Some),
    }
}

fn copy(node: &Node<'_>) -> Secret {
    Secret::new(String::from(node.raw))
}
