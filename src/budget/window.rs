//! How far back a budget counts, as numbered time spans that any store can add up.

use alloc::format;
use alloc::string::String;

/// Spans of a rolling window. One more is counted, so that a full window always counts whole: what was spent is
/// forgotten up to a sixtieth of the window late, never early.
const PARTS: u32 = 60;
const DAY_S: u64 = 86_400;

const WORDS: [(&str, Window); 7] = [
    ("minute", Window::Rolling(60)),
    ("hour", Window::Rolling(3_600)),
    ("day", Window::Rolling(DAY_S)),
    ("week", Window::Rolling(7 * DAY_S)),
    ("calendar-day", Window::CalendarDay),
    ("calendar-month", Window::CalendarMonth),
    ("lifetime", Window::Lifetime),
];

/// How far back a budget counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Window {
    /// The last so many seconds, at least 1.
    Rolling(u64),
    /// The calendar day of a time zone.
    CalendarDay,
    /// The calendar month of a time zone.
    CalendarMonth,
    /// For ever.
    Lifetime,
}

/// The number of the present time span, and how many of them count, this one included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Grows with time. Below 2^53: it crosses into JavaScript as a number.
    pub bucket: u64,
    /// 1 to 61.
    pub keep: u32,
}

impl Window {
    /// The span of a moment. `offset_min` is how far the zone is east of UTC then; only calendar windows look at it.
    pub fn span(self, now_s: u64, offset_min: i32) -> Span {
        let local_s = now_s.saturating_add_signed(i64::from(offset_min) * 60);
        match self {
            Window::Rolling(seconds) => {
                let part_s = seconds.div_ceil(u64::from(PARTS)).max(1);
                // As many parts as cover the window, which short ones do with fewer.
                let parts = u32::try_from(seconds.div_ceil(part_s)).unwrap_or(PARTS);
                Span { bucket: now_s / part_s, keep: parts + 1 }
            }
            Window::CalendarDay => Span { bucket: local_s / DAY_S, keep: 1 },
            Window::CalendarMonth => Span { bucket: months(local_s / DAY_S), keep: 1 },
            Window::Lifetime => Span { bucket: 0, keep: 1 },
        }
    }

    /// The window of that word: one of those [`Window::word`] knows.
    pub fn parse(word: &str) -> Option<Self> {
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, window)| *window)
    }

    /// The word for it, when there is one.
    pub fn word(self) -> Option<&'static str> {
        WORDS.iter().find(|(_, window)| *window == self).map(|(word, _)| *word)
    }

    /// The part of a budget's key that names the window: its word, or `90 s`.
    pub fn name(self) -> String {
        match self {
            Window::Rolling(seconds) if self.word().is_none() => format!("{seconds} s"),
            Window::Rolling(_) | Window::CalendarDay | Window::CalendarMonth | Window::Lifetime => {
                String::from(self.word().unwrap_or_default())
            }
        }
    }

    /// True where a time zone decides when it ends.
    pub fn is_calendar(self) -> bool {
        matches!(self, Window::CalendarDay | Window::CalendarMonth)
    }
}

// Months since March of year 0 for a day since 1970-01-01, in the proleptic Gregorian calendar. Source: the day count
// of years that begin in March, where the leap day comes last and months follow a fixed pattern of 153 days in five.
fn months(day: u64) -> u64 {
    // Days from 0000-03-01 to 1970-01-01.
    let day = day + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    (era * 400 + year) * 12 + (5 * day_of_year + 2) / 153
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rolling_window_counts_at_least_its_length() {
        for seconds in [1, 7, 59, 60, 61, 3_600, 86_400, 604_800, 31_536_000] {
            for now_s in [1_795_227_467_u64, 1_795_227_599, 1_800_000_000] {
                let then = Window::Rolling(seconds).span(now_s, 0);
                let last = Window::Rolling(seconds).span(now_s + seconds - 1, 0);
                assert!(last.bucket - then.bucket < u64::from(last.keep), "{seconds} s from {now_s}");
                // And forgets it soon after.
                let later = Window::Rolling(seconds).span(now_s + seconds + 2 * seconds.div_ceil(60), 0);
                assert!(later.bucket - then.bucket >= u64::from(later.keep), "{seconds} s from {now_s}");
            }
        }
    }

    #[test]
    fn every_word_names_its_window_and_no_other() {
        for (word, window) in WORDS {
            assert_eq!((Window::parse(word), window.word(), window.name().as_str()), (Some(window), Some(word), word));
        }
        assert_eq!((Window::Rolling(90).name().as_str(), Window::parse("90 s")), ("90 s", None));
    }

    #[test]
    fn calendar_windows_change_at_local_midnight() {
        // 2026-11-30 23:59:59 UTC, and one second later.
        let last_s = 1_796_083_199;
        for (window, offset_min, changes) in [
            (Window::CalendarDay, 0, true),
            (Window::CalendarMonth, 0, true),
            (Window::CalendarDay, 60, false),
            (Window::CalendarMonth, 60, false),
            (Window::CalendarMonth, -300, false),
            (Window::Lifetime, 0, false),
        ] {
            let spans = [window.span(last_s, offset_min), window.span(last_s + 1, offset_min)];
            assert_eq!(spans[0] != spans[1], changes, "{window:?} {offset_min}");
        }
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        // Days since 1970 of 2024-02-29, 2024-03-01, 2024-12-31, 2025-01-01, 2100-02-28, 2100-03-01.
        let [leap, march, december, january, century, after] =
            [19_782, 19_783, 20_088, 20_089, 47_540, 47_541].map(months);
        assert_eq!((march - leap, december - march, january - december, after - century), (1, 9, 1, 1));
    }
}
