//! When a batch is tried again, and what an answer means for it.

use std::time::Duration;

use crate::timestamp::parse_http_date;

/// The waits after failed tries, in seconds: three days and four hours in all, about what the specification proposes.
pub const SCHEDULE: [u32; 18] =
    [1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, DAY_S, DAY_S];
/// Nobody is asked more often than this while an answer says that somebody must mend something.
pub const PAUSE: Duration = Duration::from_mins(5);
const DAY_S: u32 = 86_400;
const JITTER: f64 = 0.25;

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// Something in it is not taken.
    Refused,
    /// Later.
    Down,
    /// Somebody must mend something.
    Paused,
}

pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Delivered,
        400 | 413 | 422 => Verdict::Refused,
        408 | 425 | 429 | 500.. => Verdict::Down,
        _ => Verdict::Paused,
    }
}

/// The wait of a step. Chance (0 to 1) only shortens it, so that not all come back at once.
pub fn step_delay(step_s: u32, random: f64) -> Duration {
    Duration::from_secs(step_s.into()).mul_f64(1.0 - JITTER * random)
}

/// What a Retry-After header asks for: seconds, or a date (RFC 9110, 10.2.3); a second to a day.
pub fn retry_after(value: &str, now_s: i64) -> Option<Duration> {
    let text = value.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if is_number { text.parse().unwrap_or(i64::MAX) } else { parse_http_date(text)? - now_s };
    u64::try_from(seconds.clamp(1, DAY_S.into())).ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_lasts_for_three_days_and_four_hours() {
        assert_eq!(SCHEDULE.iter().sum::<u32>() / 3_600, 3 * 24 + 4);
        assert_eq!(step_delay(100, 1.0), Duration::from_secs(75));
        assert_eq!(step_delay(100, 0.0), Duration::from_secs(100));
    }

    #[test]
    fn each_status_has_one_meaning() {
        for (status, expected) in [
            (204, Verdict::Delivered),
            (301, Verdict::Paused),
            (400, Verdict::Refused),
            (401, Verdict::Paused),
            (408, Verdict::Down),
            (410, Verdict::Paused),
            (413, Verdict::Refused),
            (422, Verdict::Refused),
            (425, Verdict::Down),
            (429, Verdict::Down),
            (503, Verdict::Down),
        ] {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }

    #[test]
    fn a_wait_that_is_asked_for_is_a_second_to_a_day() {
        let seconds = |value| retry_after(value, 784_111_777).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("0"), Some(1));
        assert_eq!(seconds("99999999999999999999"), Some(86_400));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:30 GMT"), Some(1));
        for nonsense in ["", "soon", "-3", "1.5", "Sun, 99 Nov 1994 08:49:47 GMT"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
    }
}
