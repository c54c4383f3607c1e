//! A timestamp of RFC 3339 in, Unix seconds out. Knows no clock.

const MINUTE_S: u64 = 60;
const HOUR_S: u64 = 3_600;
const DAY_S: u64 = 86_400;

/// Unix seconds of `2026-11-21T02:12:59.078397618+00:00`; a fraction is cut off. Years 1970 to 9999.
///
/// `None` for anything else: lower-case letters, a space for the `T`, more than nine digits of fraction, a leap
/// second, an offset beyond 23:59, an instant before 1970.
///
/// # Source
/// RFC 3339, section 5.6; days counted in years that begin in March, as in `budget::Window`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    if !text.is_ascii() {
        return None;
    }
    let (date_time, rest) = text.split_at_checked(19)?;
    let shape = date_time.bytes().zip(b"0000-00-00T00:00:00".iter());
    let fits = |(byte, expected): (u8, &u8)| if *expected == b'0' { byte.is_ascii_digit() } else { byte == *expected };
    let (clock, of_day) = (|from, to| number(date_time, from, to), |hour, minute| hour < 24 && minute < 60);
    if !shape.into_iter().all(fits) {
        return None;
    }
    let (year, month, day) = (clock(0, 4)?, clock(5, 7)?, clock(8, 10)?);
    let (hour, minute, second) = (clock(11, 13)?, clock(14, 16)?, clock(17, 19)?);
    let real = year >= 1970 && day >= 1 && day <= days_of_month(year, month)? && of_day(hour, minute) && second < 60;
    if !real {
        return None;
    }
    let local = days(year, month, day) * DAY_S + hour * HOUR_S + minute * MINUTE_S + second;
    let offset = rest.strip_prefix('.').map_or(Some(rest), |rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (1..=9).contains(&digits).then(|| rest.get(digits..)).flatten()
    })?;
    if offset == "Z" {
        return Some(local);
    }
    let east = match offset.as_bytes() {
        [b'+', _, _, b':', _, _] => true,
        [b'-', _, _, b':', _, _] => false,
        _ => return None,
    };
    let (hours, minutes) = (number(offset, 1, 3)?, number(offset, 4, 6)?);
    let shift = of_day(hours, minutes).then_some(hours * HOUR_S + minutes * MINUTE_S)?;
    if east { local.checked_sub(shift) } else { local.checked_add(shift) }
}

fn number(text: &str, from: usize, to: usize) -> Option<u64> {
    let digits = text.get(from..to)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn days_of_month(year: u64, month: u64) -> Option<u64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

// Days since 1970-01-01 of a real date.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_those_of_the_calendar() {
        // Source: `date -u -d … +%s`.
        for (text, at_s) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T00:00:00Z", 951_782_400),
            ("2024-02-29T00:00:00+00:00", 1_709_164_800),
            ("2024-12-31T23:59:59.999999999Z", 1_735_689_599),
            ("2026-11-21T02:12:59.078397618+00:00", 1_795_227_179),
            ("2026-11-21T03:12:59.078+01:00", 1_795_227_179),
            ("2026-11-20T20:42:59-05:30", 1_795_227_179),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(seconds(text), Some(at_s), "{text}");
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T02:12:59",
            "2026-11-21 02:12:59Z",
            "2026-11-21t02:12:59Z",
            "2026-11-21T02:12:59z",
            "2026-11-21T02:12:59.Z",
            "2026-11-21T02:12:59.0783976180Z",
            "2026-11-21T02:12:59,5Z",
            "2026-11-21T02:12:60Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T02:60:00Z",
            "2026-11-31T02:12:59Z",
            "2026-02-29T02:12:59Z",
            "2026-13-01T02:12:59Z",
            "2026-00-01T02:12:59Z",
            "2026-01-00T02:12:59Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "2026-11-21T02:12:59+24:00",
            "2026-11-21T02:12:59+0000",
            "2026-11-21T02:12:59+00:00 ",
            "2026-11-21T02:12:59ZZ",
            "+026-11-21T02:12:59Z",
            "2026-11-21T02:12:59+0a:00",
            "2026-11-21T02:12:5\u{663}Z",
        ] {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }
}
