//! A process: a clock that may be wrong, a random source, a stop switch. Everything else it forgets when it crashes.

use farthing::purchase::{Entropy, Time};

use super::START_S;
use crate::simulator::fault::Fault;
use crate::simulator::random::Random;

pub struct Process {
    salt: u64,
    stream: usize,
    /// Times it was started.
    pub life: u64,
    random: Random,
    /// Seconds by which its clock is ahead when nobody touched it.
    usual_s: i64,
    /// Seconds by which it is ahead now.
    ahead_s: i64,
    broken: Option<u64>,
    /// Its own kill switch.
    pub stopped: bool,
}

impl Process {
    pub fn new(salt: u64, stream: usize, ahead_s: i64) -> Self {
        let random = Random::seeded(salt ^ (stream as u64) << 32);
        Process { salt, stream, life: 0, random, usual_s: ahead_s, ahead_s, broken: None, stopped: false }
    }

    /// Starts anew after a crash. A snapshot brings back the random source it had at its first start.
    pub fn restart(&mut self, snapshot: bool) {
        self.life += 1;
        let life = if snapshot { 0 } else { self.life << 48 };
        self.random = Random::seeded(self.salt ^ (self.stream as u64) << 32 ^ life);
        self.stopped = false;
    }

    /// Starts anew in good order.
    pub fn recover(&mut self) {
        (self.ahead_s, self.broken) = (self.usual_s, None);
        self.stopped = false;
    }

    /// What its clock says.
    pub fn reads_s(&self, now_s: u64) -> u64 {
        self.broken.unwrap_or_else(|| now_s.saturating_add_signed(self.ahead_s))
    }

    pub fn time(&self, now_s: u64) -> Time {
        Time { now_s: self.reads_s(now_s), zones: Vec::new() }
    }

    pub fn step(&mut self, fault: Fault) {
        self.broken = None;
        self.ahead_s += match fault {
            Fault::ClockBackSeconds => -20,
            Fault::ClockBackHours => -7_300,
            Fault::ClockAheadSeconds => 20,
            Fault::ClockAheadMinutes => 700,
            Fault::ClockAheadDays => 200_000,
            _ => {
                self.broken = Some(START_S % 86_400);
                0
            }
        };
    }

    pub fn entropy(&mut self) -> Entropy {
        Entropy { id: self.random.bytes(), nonce: self.random.bytes(), salt: self.random.bytes() }
    }
}
