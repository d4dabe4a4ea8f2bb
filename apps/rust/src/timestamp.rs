//! Reads a device's time stamp, whatever form it takes.

use serde_json::Value;

/// A time stamp as far as it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// Epoch milliseconds; `None` if there is none, or none that can be read.
    pub time: Option<i64>,
    pub warning: Option<&'static str>,
}

const MISSING: Timestamp = Timestamp { time: None, warning: None };
const UNREADABLE: Timestamp = Timestamp { time: None, warning: Some("timestamp-unreadable") };

/// Below it a number counts seconds (until the year 5138), from it on milliseconds (since 1973).
const FIRST_MILLISECONDS: f64 = 1e11;
/// From here on (the year 2286) a number is more likely microseconds or 20260204103045.
const END_OF_MILLISECONDS: f64 = 1e13;
/// The longest numbers that can be read are far shorter.
const MAX_NUMERIC_LENGTH: usize = 40;

/// ISO 8601 (without an offset it is UTC, with a warning), epoch seconds or milliseconds.
pub fn parse_timestamp(value: Option<&Value>) -> Timestamp {
    match value {
        None | Some(Value::Null) => MISSING,
        Some(Value::Number(number)) => number.as_str().parse().map_or(UNREADABLE, from_number),
        Some(Value::String(text)) => from_text(text),
        Some(_) => UNREADABLE,
    }
}

/// Seconds since the epoch of an HTTP date in the form that is to be sent: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
pub fn parse_http_date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let [_, day, month, year, time, "GMT"] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
    let place = MONTHS.find(month).filter(|place| month.len() == 3 && place % 3 == 0)?;
    let days = days_since_epoch(
        digits(year.as_bytes(), 0, 4)?,
        i64::try_from(place / 3).ok()? + 1,
        digits(day.as_bytes(), 0, 2)?,
    )?;
    let (of_day, end) = time_of_day(format!("0000-00-00T{time}").as_bytes())?;
    (end == 19).then_some(days * 86_400 + of_day / 1_000)
}

/// `2026-02-04T10:30:45.123Z`, of epoch milliseconds.
pub fn to_iso(epoch_ms: i64) -> String {
    let (days, of_day) = (epoch_ms.div_euclid(86_400_000), epoch_ms.rem_euclid(86_400_000));
    // The inverse of what is below, by eras of 400 years.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (seconds, ms) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

fn from_text(text: &str) -> Timestamp {
    // The fifth character tells an ISO date from a number.
    if text.as_bytes().get(4) == Some(&b'-') {
        return from_iso(text.as_bytes()).unwrap_or(UNREADABLE);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    if text.len() > MAX_NUMERIC_LENGTH || !is_number {
        return UNREADABLE;
    }
    text.parse().map_or(UNREADABLE, from_number)
}

fn from_number(value: f64) -> Timestamp {
    let size = value.abs();
    if size.is_nan() || size >= END_OF_MILLISECONDS {
        return UNREADABLE;
    }
    // Rounded and not cut off, since 1770201045.123 * 1000 is 1770201045122.9999.
    let milliseconds = (if size < FIRST_MILLISECONDS { value * 1_000.0 } else { value } + 0.5).floor();
    #[allow(clippy::cast_possible_truncation)] // Below 1e14, and whole.
    let time = milliseconds as i64;
    Timestamp { time: Some(time), warning: None }
}

/// `YYYY-MM-DD`, then nothing or a time of day and perhaps an offset.
fn from_iso(text: &[u8]) -> Option<Timestamp> {
    let days = days_since_epoch(digits(text, 0, 4)?, digits(text, 5, 2)?, digits(text, 8, 2)?)?;
    if text[7] != b'-' {
        return None;
    }
    let midnight = days * 86_400_000;
    if text.len() == 10 {
        return Some(Timestamp { time: Some(midnight), warning: Some("timestamp-assumed-utc") });
    }
    if !matches!(text[10], b'T' | b't' | b' ') {
        return None;
    }
    let (of_day, end) = time_of_day(text)?;
    if end == text.len() {
        return Some(Timestamp { time: Some(midnight + of_day), warning: Some("timestamp-assumed-utc") });
    }
    let offset = offset_minutes(&text[end..])?;
    Some(Timestamp { time: Some(midnight + of_day - offset * 60_000), warning: None })
}

/// `hh:mm[:ss[.fraction]]` from the 12th character on, in milliseconds, and where it ends.
fn time_of_day(text: &[u8]) -> Option<(i64, usize)> {
    let (hour, minute) = (digits(text, 11, 2)?, digits(text, 14, 2)?);
    if hour > 24 || minute > 59 || text[13] != b':' {
        return None;
    }
    let (mut second, mut fraction, mut end) = (0, 0, 16);
    if text.get(16) == Some(&b':') {
        second = digits(text, 17, 2)?;
        end = 19;
        if matches!(text.get(19), Some(b'.' | b',')) {
            let count = text[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let shown = count.min(3);
            fraction = digits(text, 20, shown).filter(|_| count > 0)? * [1, 100, 10, 1][shown];
            end = 20 + count;
        }
    }
    // 60 is a leap second, which epoch time counts as the next minute's first one. 24:00 is the end of a day (ISO 8601),
    // and nothing comes after it.
    if second > 60 || (hour == 24 && minute + second + fraction > 0) {
        return None;
    }
    Some(((hour * 60 + minute) * 60_000 + second * 1_000 + fraction, end))
}

/// `Z`, `+hh`, `+hhmm` or `+hh:mm`, up to the end of the text.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    let sign = match text[0] {
        b'Z' | b'z' if text.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits(text, 1, 2).filter(|hours| *hours <= 23)?;
    let at = if text.get(3) == Some(&b':') { 4 } else { 3 };
    let minutes = match text.len() {
        3 => 0,
        length if length == at + 2 => digits(text, at, 2).filter(|minutes| *minutes <= 59)?,
        _ => return None,
    };
    Some(sign * (hours * 60 + minutes))
}

/// The number that `count` digits make; `None` if they are not all digits.
fn digits(text: &[u8], start: usize, count: usize) -> Option<i64> {
    text.get(start..start + count)?
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// Counts in years that begin in March, so that the leap day is the last one.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=last).contains(&day) {
        return None;
    }
    let (march_year, march_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    // (153 m + 2) / 5 are the days before month m of such a year; 719,468 those between 0000-03-01 and 1970-01-01.
    Some(march_year * 365 + leap_days + (153 * march_month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_written_reads_as_the_same() {
        for time in [0, 951_827_696_789, 1_770_201_045_123, 1_709_251_199_999, -1, 4_102_444_799_000] {
            let text = to_iso(time);
            assert_eq!(parse_timestamp(Some(&Value::String(text.clone()))).time, Some(time), "{text}");
        }
        assert_eq!(to_iso(1_770_201_045_123), "2026-02-04T10:30:45.123Z");
    }

    #[test]
    fn an_http_date_is_read_and_nothing_else() {
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for text in ["", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nvo 1994 08:49:37 GMT"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
