//! Which block was the last one before a moment, in few questions: an interpolation that cannot be led astray for long.

/// A block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Block {
    pub(super) number: u64,
    /// Unix second.
    pub(super) time_s: u64,
}

/// Questions at most.
const MAX_TRIES: u32 = 24;
/// A block this much too early is good enough, in seconds.
const SLACK_S: u64 = 120;

/// A search under way.
#[derive(Clone, Debug)]
pub(super) struct Search {
    target_s: u64,
    head: Block,
    /// Latest block known that is not after the moment.
    low: Option<Block>,
    /// Earliest block known that is.
    high: Block,
    tries: u32,
}

/// What a search says next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// Ask for the block of this number.
    Ask(u64),
    /// A block at or before the moment; the first of all when the chain is younger.
    At(Block),
    /// Too many questions.
    Lost,
}

impl Search {
    pub(super) fn new(target_s: u64, head: Block) -> Self {
        Search { target_s, head, low: None, high: head, tries: 0 }
    }

    pub(super) fn next(&self) -> Next {
        if self.high.time_s <= self.target_s || self.high.number == 0 {
            return Next::At(self.high);
        }
        match self.low {
            Some(low) if self.is_near(low) => Next::At(low),
            // What is too early is only a longer way to look through.
            Some(low) if self.tries >= MAX_TRIES => Next::At(low),
            None if self.tries >= MAX_TRIES => Next::Lost,
            Some(low) => Next::Ask(self.between(low)),
            None => Next::Ask(self.before()),
        }
    }

    /// Takes the block that was asked for. `None` when numbers and times contradict what is known.
    #[must_use]
    pub(super) fn learn(&mut self, block: Block) -> Option<()> {
        let above = self.low.is_none_or(|low| low.number < block.number && low.time_s <= block.time_s);
        if !above || block.number >= self.high.number || block.time_s > self.high.time_s {
            return None;
        }
        self.tries += 1;
        if block.time_s <= self.target_s {
            self.low = Some(block);
        } else {
            self.high = block;
        }
        Some(())
    }

    /// Blocks that the chain makes in so many seconds, from what was seen; twice that and some, since it may have been
    /// faster at times.
    pub(super) fn blocks_in(&self, seconds: u64, from: Block) -> u64 {
        let (blocks, elapsed_s) = (self.head.number - from.number, (self.head.time_s - from.time_s).max(1));
        scaled(seconds.saturating_mul(2), blocks, elapsed_s).saturating_add(100)
    }

    fn is_near(&self, low: Block) -> bool {
        self.target_s - low.time_s <= SLACK_S || self.high.number - low.number <= 1
    }

    // Between the two, where a chain of an even pace has it; in the middle every other time, so that an uneven one
    // still ends.
    fn between(&self, low: Block) -> u64 {
        let (blocks, elapsed_s) = (self.high.number - low.number, (self.high.time_s - low.time_s).max(1));
        let step = match self.tries % 2 {
            0 => blocks / 2,
            _ => scaled(self.target_s - low.time_s, blocks, elapsed_s),
        };
        low.number + step.clamp(1, blocks - 1)
    }

    // Back from the earliest known: a block a second at first, then at the pace that was seen, and farther each time.
    fn before(&self) -> u64 {
        let back_s = self.high.time_s - self.target_s;
        let (blocks, elapsed_s) = (self.head.number - self.high.number, self.head.time_s - self.high.time_s);
        let paced = if blocks == 0 { back_s } else { scaled(back_s, blocks, elapsed_s.max(1)) };
        let farther = paced.saturating_add(1).saturating_mul(1 << self.tries.min(16));
        self.high.number - farther.min(self.high.number)
    }
}

fn scaled(value: u64, by: u64, over: u64) -> u64 {
    u64::try_from(u128::from(value) * u128::from(by) / u128::from(over.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Milliseconds between blocks, up to a block.
    type Pace = fn(u64) -> u64;

    fn search(time_s: Pace, head: u64, target_s: u64) -> (Next, u32) {
        let block = |number| Block { number, time_s: time_s(number) };
        let mut search = Search::new(target_s, block(head));
        loop {
            match search.next() {
                Next::Ask(number) => search.learn(block(number)).unwrap(),
                last => return (last, search.tries),
            }
        }
    }

    #[test]
    fn a_moment_is_found_at_any_pace_in_few_questions() {
        const START_S: u64 = 1_600_000_000;
        let paces: [(Pace, u64); 5] = [
            (|number| START_S + number * 12, 20_000_000),
            (|number| START_S + number * 2, 40_000_000),
            (|number| START_S + number / 4, 400_000_000),
            (|number| START_S + number / 100, 10_000_000_000),
            // Sped up from 12 seconds to one.
            (|number| START_S + number.min(1_000_000) * 12 + number.saturating_sub(1_000_000), 30_000_000),
        ];
        for (time_s, head) in paces {
            for ago_s in [1_500, 90_000, 10_000_000] {
                let target_s = time_s(head) - ago_s;
                let (found, tries) = search(time_s, head, target_s);
                let Next::At(block) = found else { panic!("{found:?}") };
                assert!(block.time_s <= target_s, "{ago_s}");
                assert!(target_s - block.time_s <= SLACK_S && tries <= 16, "{ago_s}: {tries}, {block:?}");
            }
        }
    }

    #[test]
    fn a_young_chain_is_searched_from_its_first_block() {
        let (found, _) = search(|number| 1_700_000_000 + number, 50, 1_600_000_000);
        assert_eq!(found, Next::At(Block { number: 0, time_s: 1_700_000_000 }));
    }

    #[test]
    fn blocks_that_contradict_each_other_are_not_believed() {
        let mut search = Search::new(1_000, Block { number: 100, time_s: 2_000 });
        assert_eq!(search.learn(Block { number: 100, time_s: 900 }), None);
        assert_eq!(search.learn(Block { number: 99, time_s: 2_001 }), None);
        assert_eq!(search.learn(Block { number: 50, time_s: 800 }), Some(()));
        assert_eq!(search.learn(Block { number: 50, time_s: 900 }), None);
        assert_eq!(search.learn(Block { number: 60, time_s: 700 }), None);
    }

    #[test]
    fn a_node_that_stands_still_is_not_asked_for_ever() {
        let head = Block { number: u64::MAX, time_s: 2_000_000_000 };
        let mut search = Search::new(1_000, head);
        let mut asked = 0;
        while let Next::Ask(number) = search.next() {
            search.learn(Block { number, time_s: 2_000_000_000 }).unwrap();
            asked += 1;
        }
        assert!(asked <= MAX_TRIES && matches!(search.next(), Next::Lost | Next::At(Block { number: 0, .. })));
    }
}
