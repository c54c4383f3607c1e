//! Checkpoints of generation 4: what the core counts of a payer in, a total worth signing out.
//!
//! A core stops issuing after `max_uncheckpointed` payments until the payer signs their running total. That total is
//! computed here, from authorisations whose signatures recover to the payer over our own digest; the core's sums are
//! never used. One entry that is not the payer's, and nothing is signed: the entries are kept as evidence instead.
//! Knows no key, no clock and no records: whether each authorisation was wanted is for whoever keeps the records.
//!
//! No server of this generation was recorded. Member names are those of the protocol notes 2.4 and of
//! `gen4-digests.json`; a payment in a batch is taken to be spelled as it was sent, a checkpoint as
//! [`Checkpoint::wire`] spells it. Members not named there are ignored.

mod batch;

use alloc::format;

pub use batch::{Batch, MAX_BATCH, Strange, Why};

use super::collateral::quantity;
use super::http::{Answer, Request};
use super::refusal::{Refusal, document};
use crate::error::Code;
use crate::primitives::{Address, Hash, hex};
use crate::registry::Core;
use crate::scheme::guarantee::Checkpoint;

/// Asks what the core counts of a payer since its last checkpoint, in the active cycle or another one. The answer may be
/// 2 MiB.
pub fn batch_request(core: &Core, payer: &Address, asset: &Address, cycle: Option<&Hash>) -> Request {
    let mut url = format!("{}/core/payers/{}/checkpoint-batch?asset={}", core.url, payer.lower(), asset.lower());
    if let Some(cycle) = cycle {
        url.push_str("&cycle_id=");
        url.push_str(&hex::encode(cycle));
    }
    Request::get(url, true)
}

/// Hands in a signed checkpoint. Sending the identical one again is harmless.
pub fn checkpoint_request(core: &Core, checkpoint: &Checkpoint, signature: &str) -> Request {
    Request::post(format!("{}/core/checkpoints", core.url), checkpoint.wire(signature), true)
}

/// Reads the answer to [`checkpoint_request`]: how many payments it covers, where the core says so.
///
/// # Errors
/// - `core/checkpoint-mismatch`: the core counts otherwise, or confirms another total, moment or cycle than was signed.
/// - Others as [`Refusal::of_question`]; unreachable leaves open whether it was taken.
pub fn read_checkpoint(answer: &Answer<'_>, signed: &Checkpoint) -> Result<Option<u64>, Refusal> {
    let root = document(answer)?;
    let cycle =
        root.member("cycle_id").is_none_or(|node| node.text().and_then(hex::decode_fixed) == Some(signed.cycle_id));
    let same = cycle
        && quantity(&root, "cumulative_gross") == Some(signed.cumulative_gross)
        && root.member("timestamp_cutoff").and_then(|node| node.integer()) == Some(signed.timestamp_cutoff_s);
    if same {
        Ok(root.member("covered").and_then(|node| node.integer()))
    } else {
        Err(Refusal::found(Code::CoreCheckpointMismatch))
    }
}

#[cfg(all(test, feature = "local-signer"))]
mod tests;
