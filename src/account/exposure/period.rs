//! Which period a cycle is: certificates and records name its hash, cores of generation 2 want its text.

use crate::core4mica::CycleId;
use crate::primitives::{Address, Hash};

/// Lengths that cycles may have, in seconds: a day unless an operator chose otherwise.
const LENGTHS_S: [u64; 14] =
    [86_400, 3_600, 60, 300, 600, 900, 1_800, 7_200, 14_400, 21_600, 28_800, 43_200, 604_800, 30];

/// A period of one token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Period {
    pub(super) asset: Address,
    pub(super) start_s: u64,
    pub(super) length_s: u64,
}

impl Period {
    /// The period whose cycle has that id, for a guarantee signed at `at_s`. It was issued then or soon after, so that it
    /// may already be charged in the next one.
    pub(super) fn find(asset: &Address, cycle_id: &Hash, at_s: u64) -> Option<Self> {
        LENGTHS_S.iter().find_map(|length_s| {
            let start_s = at_s / length_s * length_s;
            [start_s, start_s.saturating_add(*length_s)].into_iter().find_map(|start_s| {
                let period = Period { asset: *asset, start_s, length_s: *length_s };
                (period.cycle().hash() == *cycle_id).then_some(period)
            })
        })
    }

    /// The day of a second: what cores take unless their operator chose otherwise.
    pub(super) fn of_day(asset: &Address, at_s: u64) -> Self {
        let [length_s, ..] = LENGTHS_S;
        Period { asset: *asset, start_s: at_s / length_s * length_s, length_s }
    }

    /// Its cycle.
    pub(super) fn cycle(&self) -> CycleId {
        CycleId::Text { asset: self.asset, period_start_s: self.start_s }
    }

    /// First second after it.
    pub(super) fn ends_s(&self) -> u64 {
        self.start_s.saturating_add(self.length_s)
    }

    /// The periods after it up to the one `now_s` is in, at most `limit` of the latest.
    pub(super) fn following(&self, now_s: u64, limit: u64) -> impl Iterator<Item = Period> + use<> {
        let (asset, length_s) = (self.asset, self.length_s);
        let last_s = now_s / length_s * length_s;
        let first_s =
            self.start_s.saturating_add(length_s).max(last_s.saturating_sub(length_s.saturating_mul(limit - 1)));
        let mut start_s = first_s;
        core::iter::from_fn(move || {
            (start_s <= last_s).then(|| {
                let period = Period { asset, start_s, length_s };
                start_s = start_s.saturating_add(length_s);
                period
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::hex;
    use alloc::vec::Vec;

    // vectors/4mica/cycle.json: cycles of 60 seconds.
    const ASSET: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
    const CYCLE: &str = "0xd68a6bd70826e8431ac98f9f035cd0f3e5ae5dafd206fc57a61807d739b84a70";

    #[test]
    fn the_text_of_a_recorded_cycle_is_found_from_its_hash() {
        let asset = Address::parse(ASSET).unwrap();
        let cycle_id = hex::decode_fixed(CYCLE).unwrap();
        for at_s in [1795227670, 1795227719, 1795227601] {
            let period = Period::find(&asset, &cycle_id, at_s).unwrap();
            assert_eq!(
                (period.cycle().as_text().as_str(), period.length_s),
                (alloc::format!("{ASSET}:1795227660").as_str(), 60)
            );
        }
        assert_eq!(Period::find(&asset, &[7; 32], 1795227670), None);
    }

    #[test]
    fn later_periods_are_counted_from_the_latest() {
        let period = Period { asset: Address::ZERO, start_s: 600, length_s: 60 };
        let starts = |now_s, limit| period.following(now_s, limit).map(|next| next.start_s).collect::<Vec<_>>();
        assert_eq!(starts(779, 16), [660, 720]);
        assert_eq!(starts(10_000, 2), [9_900, 9_960]);
        assert!(starts(610, 16).is_empty());
    }
}
