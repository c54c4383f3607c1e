//! The names 4Mica Core gives to cycles and guarantees, computed: no answer of a core contains a guarantee's.
//!
//! Terms enter, hashes leave. They identify and prove nothing: amount and time are not part of a guarantee's name.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::primitives::{Address, Amount, Hash, keccak256};

const GUARANTEE_TAG: &str = "4MICA_CYCLE_GUARANTEE_V1";
/// Length of a cycle that no operator changed, in seconds.
const DAY_S: u64 = 86_400;

/// The text name of a settlement cycle: the asset in lower case, a colon, its first Unix second.
///
/// # Source
/// protocol notes, "cycle_id"; vectors `4mica/certificates.json`.
pub fn cycle_id_text(asset: &Address, period_start_s: u64) -> String {
    alloc::format!("{}:{period_start_s}", asset.lower())
}

/// The identifier of a cycle in certificates and on the chain, from its text name.
///
/// # Source
/// As [`cycle_id_text`].
pub fn cycle_id(text: &str) -> Hash {
    keccak256(text.as_bytes())
}

/// The identifier of a guarantee in Core: its cycle, who pays whom in what, the request id and the claims version (1 or
/// 2). Addresses count as the text that was sent, which from here is always lower case.
///
/// # Source
/// protocol notes, "guarantee_id"; vectors `4mica/certificates.json`.
pub fn guarantee_id(
    cycle_id_text: &str,
    user: &Address,
    recipient: &Address,
    asset: &Address,
    req_id: &Amount,
    version: u64,
) -> Hash {
    let addresses = [user, recipient, asset].map(Address::lower);
    let [user, recipient, asset] = &addresses;
    let (req_id, version) = (req_id.to_string(), version.to_string());
    let mut bytes = Vec::new();
    for part in [GUARANTEE_TAG, cycle_id_text, user, recipient, asset, &req_id, &version] {
        // A length of 2^64 does not fit into memory.
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    keccak256(&bytes)
}

/// The text name behind a certificate's cycle, where cycles last a day as they do unless an operator says otherwise, and
/// the guarantee was issued on the day it was signed or the next. `None` where no such text has this hash: the hash
/// proves what is returned.
pub(crate) fn daily_cycle_text(cycle: &Hash, asset: &Address, signed_s: u64) -> Option<String> {
    let today_s = signed_s - signed_s % DAY_S;
    [today_s, today_s.saturating_add(DAY_S)]
        .into_iter()
        .map(|period_start_s| cycle_id_text(asset, period_start_s))
        .find(|text| cycle_id(text) == *cycle)
}
