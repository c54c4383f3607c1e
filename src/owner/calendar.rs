//! Unix seconds as people write them, in UTC.

use alloc::format;
use alloc::string::String;

/// `2026-11-21`, of a Unix second, in UTC.
///
/// # Source
/// The proleptic Gregorian calendar in years that begin in March, as in `budget::Window`.
pub(crate) fn day(at_s: u64) -> String {
    let days = at_s / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year_of_era + u64::from(month <= 2))
}

/// `2026-11-21T10:17:47Z`, ISO 8601.
pub(crate) fn instant(at_s: u64) -> String {
    let second = at_s % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", day(at_s), second / 3_600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // Source: `date -u -d @…`.
        for (at_s, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_735_689_599, "2024-12-31"),
            (1_795_256_267, "2026-11-21"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(at_s), expected);
        }
    }

    #[test]
    fn instants_end_with_their_second() {
        assert_eq!(instant(1_795_256_267), "2026-11-21T10:17:47Z");
        assert_eq!(instant(1_735_689_599), "2024-12-31T23:59:59Z");
    }
}
