//! How fast messages came, of late.

use std::collections::VecDeque;
use std::time::Instant;

/// Over so many messages it is taken.
const WINDOW: usize = 200;

/// Counts messages.
#[derive(Debug, Default)]
pub struct Rate {
    times: VecDeque<Instant>,
}

impl Rate {
    pub fn count(&mut self) {
        if self.times.len() == WINDOW {
            self.times.pop_front();
        }
        self.times.push_back(Instant::now());
    }

    /// How many messages to expect in so many milliseconds at this rate.
    pub fn in_ms(&self, ms: i64) -> f64 {
        let (Some(first), Some(last)) = (self.times.front(), self.times.back()) else { return 0.0 };
        let span_ms = last.duration_since(*first).as_secs_f64() * 1_000.0;
        if span_ms <= 0.0 {
            return 0.0;
        }
        #[allow(clippy::cast_precision_loss)] // An estimate, of small numbers.
        let expected = (self.times.len() - 1) as f64 / span_ms * ms as f64;
        expected
    }
}
