//! What somebody who watches an account wants to be told, once: each has a name that stays the same while it lasts.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::alarm::Alarm;
use super::position::{Position, State};
use crate::json::Writer;

/// Seconds before a deadline from which it is urgent.
const URGENT_S: u64 = 1_800;

/// Something to tell.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Event {
    kind: &'static str,
    /// Cycle, or alarm, it is about.
    about: String,
    words: String,
    /// Unix second until which something can be done about it.
    before_s: Option<u64>,
}

impl Event {
    /// Everything there is to tell now.
    pub(super) fn of(positions: &[Position], alarms: &[Alarm], now_s: u64) -> Vec<Self> {
        let mut events: Vec<Event> = alarms
            .iter()
            .map(|alarm| Event {
                kind: "alarm",
                about: alarm.name(),
                words: String::from(alarm.words()),
                before_s: None,
            })
            .collect();
        for position in positions.iter().filter(|position| position.is_due()) {
            let before_s = position.chain.map(|chain| chain.pay_before_s);
            let (about, words) = (position.cycle(), position.words());
            if position.state == State::IsOwed {
                events.push(Event { kind: "net-credit", about, words, before_s: None });
                continue;
            }
            events.push(Event { kind: "net-debit", about: about.clone(), words: words.clone(), before_s });
            if let Some(before_s) = before_s.filter(|before_s| before_s.saturating_sub(now_s) <= URGENT_S) {
                let left_s = before_s.saturating_sub(now_s);
                let words = format!("{words} {left_s} seconds are left to pay it.");
                events.push(Event { kind: "deadline", about, words, before_s: Some(before_s) });
            }
        }
        events
    }

    /// `{"id", "kind", "about", "words", "before"?}`
    pub(super) fn to_json(&self) -> String {
        let object = Writer::object()
            .text("id", &format!("{} {}", self.kind, self.about))
            .text("kind", self.kind)
            .text("about", &self.about)
            .text("words", &self.words);
        match self.before_s {
            Some(before_s) => object.integer("before", before_s).finish(),
            None => object.finish(),
        }
    }
}
