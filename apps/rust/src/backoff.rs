//! How long to wait between attempts to connect.

use std::time::Duration;

/// The longest wait.
const MAX_MS: f64 = 30_000.0;
/// The share of a wait that chance may take away.
const JITTER: f64 = 0.5;
/// How long a connection must last before the next wait is the first one again.
const RESET_AFTER: Duration = Duration::from_secs(30);
/// Past this many doublings every sensible wait is above its cap.
const MAX_DOUBLINGS: i32 = 50;

/// The waits of one stream: the first, doubled after each failed attempt up to 30 s. Chance only shortens them.
#[derive(Debug)]
pub struct Backoff<R> {
    first_ms: f64,
    attempt: i32,
    random: R,
}

impl<R: FnMut() -> f64> Backoff<R> {
    /// `random` gives numbers from 0 up to 1.
    pub fn new(first_ms: u32, random: R) -> Self {
        Self { first_ms: f64::from(first_ms), attempt: 1, random }
    }

    /// A connection has ended, or never came about. After one that lasted, waits begin anew.
    pub fn ended_after(&mut self, lasted: Duration) {
        if lasted >= RESET_AFTER {
            self.attempt = 1;
        }
    }

    /// The wait before the next attempt.
    pub fn next_delay(&mut self) -> Duration {
        let doublings = (self.attempt - 1).clamp(0, MAX_DOUBLINGS);
        let full_ms = (self.first_ms * 2f64.powi(doublings)).min(MAX_MS);
        self.shortened(full_ms)
    }

    /// The longest wait, for what no quick attempt will mend.
    pub fn slow_delay(&mut self) -> Duration {
        self.shortened(MAX_MS)
    }

    fn shortened(&mut self, full_ms: f64) -> Duration {
        self.attempt = self.attempt.saturating_add(1);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // From 0 to 30,000.
        let ms = (full_ms * (1.0 - JITTER * (self.random)())).floor() as u64;
        Duration::from_millis(ms)
    }
}
