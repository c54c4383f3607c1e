//! Who decides what goes wrong: chance, or a script that places faults one by one.

use super::fault::Fault;
use super::random::Random;

/// Decides at every point of a schedule.
pub trait Oracle {
    /// One of these faults, or none.
    fn fault(&mut self, faults: &[Fault]) -> Option<Fault>;
    /// 0 to `bound` − 1; 0 is the plain case.
    fn pick(&mut self, bound: usize) -> usize;
    /// From here on the world behaves.
    fn rest(&mut self);
}

/// Decides by chance.
pub struct Chance {
    random: Random,
    /// Faults in a thousand points.
    rate: usize,
    /// Faults still to come.
    left: usize,
}

impl Chance {
    pub fn seeded(seed: u64) -> Self {
        let mut random = Random::seeded(seed ^ 0x6661_756c_7473);
        let rate = *random.pick(&[0, 15, 40, 40, 100, 250]);
        Chance { random, rate, left: 6 }
    }
}

impl Oracle for Chance {
    fn fault(&mut self, faults: &[Fault]) -> Option<Fault> {
        let happens = self.left > 0 && !faults.is_empty() && self.random.below(1000) < self.rate;
        happens.then(|| {
            self.left -= 1;
            *self.random.pick(faults)
        })
    }

    fn pick(&mut self, bound: usize) -> usize {
        self.random.below(bound)
    }

    fn rest(&mut self) {
        self.left = 0;
    }
}

/// Places given faults at given points, and notes how many could stand at each.
pub struct Script<'f> {
    /// Point and number of the fault, in the order of the points.
    placed: &'f [(usize, usize)],
    /// Faults that could stand at each point so far.
    pub points: Vec<usize>,
    resting: bool,
}

impl<'f> Script<'f> {
    pub fn new(placed: &'f [(usize, usize)]) -> Self {
        Script { placed, points: Vec::new(), resting: false }
    }
}

impl Oracle for Script<'_> {
    fn fault(&mut self, faults: &[Fault]) -> Option<Fault> {
        if self.resting {
            return None;
        }
        let point = self.points.len();
        self.points.push(faults.len());
        let (_, number) = self.placed.iter().find(|(at, _)| *at == point)?;
        faults.get(*number).copied()
    }

    fn pick(&mut self, _bound: usize) -> usize {
        0
    }

    fn rest(&mut self) {
        self.resting = true;
    }
}
