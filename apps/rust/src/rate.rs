//! How fast messages came, of late.

use std::collections::VecDeque;

/// It is averaged over so many messages at least, if there are as many: a device that sends a few at once, now and then, is
/// not fast.
const FEWEST: usize = 200;
/// And over so long, in milliseconds: what waits for a connection comes all at once.
const SHORTEST_MS: i64 = 1_000;
/// So many times are kept.
pub const MOST: usize = 10_000;
/// By how much devices may have sent more, while nobody looked, than they did before.
const SAFETY_FACTOR: f64 = 2.0;

/// Counts messages. Times are in epoch milliseconds.
#[derive(Debug, Default)]
pub struct Rate {
    times: VecDeque<i64>,
}

impl Rate {
    pub fn count(&mut self, at: i64) {
        if self.times.len() == MOST {
            self.times.pop_front();
        }
        self.times.push_back(at);
    }

    /// When the last message came.
    pub fn last(&self) -> Option<i64> {
        self.times.back().copied()
    }

    /// Messages per second: the highest average over the last messages.
    pub fn per_second(&self) -> f64 {
        let Some(last) = self.last() else { return 0.0 };
        let fewest = FEWEST.min(self.times.len()) - 1;
        let averages = self.times.iter().rev().enumerate().skip(fewest).map(|(count, first)| {
            #[allow(clippy::cast_precision_loss)] // An estimate, of small numbers.
            let average = count as f64 * 1_000.0 / (last - first).max(SHORTEST_MS) as f64;
            average
        });
        averages.fold(0.0, f64::max)
    }

    /// Whether a queue of this size may have overflowed by now in the session of a client that was away.
    pub fn may_exceed(&self, queue: u32, lost_at: i64, now: i64) -> bool {
        // A process that was ended by force has noted no end: it was there when its last message came.
        let since = self.last().map_or(lost_at, |last| last.max(lost_at));
        #[allow(clippy::cast_precision_loss)] // As above.
        let seconds = (now - since) as f64 / 1_000.0;
        SAFETY_FACTOR * self.per_second() * seconds > f64::from(queue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate_of(times: impl IntoIterator<Item = i64>) -> Rate {
        let mut rate = Rate::default();
        times.into_iter().for_each(|at| rate.count(at));
        rate
    }

    fn assert_about(rate: &Rate, expected: f64) {
        let found = rate.per_second();
        assert!((found - expected).abs() <= expected / 100.0, "{found}");
    }

    #[test]
    fn messages_of_one_packet_are_no_rate_of_thousands() {
        assert!(!rate_of([]).may_exceed(1, 0, 1_000_000));
        assert_about(&rate_of([]), 0.0);
        assert_about(&rate_of([7]), 0.0);
        assert_about(&rate_of([7, 7]), 1.0);
        assert!(!rate_of([7, 7]).may_exceed(1_000, 7, 5_000));
        assert_about(&rate_of([7; 150]), 149.0);
    }

    #[test]
    fn it_is_that_of_late_be_it_slow_or_fast() {
        assert_about(&rate_of((0..3_000).map(|at| at * 100)), 10.0);
        let slow = (0..20_000).map(|at| at * 1_000);
        assert_about(&rate_of(slow.clone()), 1.0);
        // Five thousand a second, for a second.
        assert_about(&rate_of(slow.chain((0..5_000).map(|at| 20_000_000 + at / 5))), 5_000.0);
    }

    #[test]
    fn a_few_messages_at_once_now_and_then_are_slow() {
        // Five every minute: of the last two hundred, 199 came after the first, in 39 minutes.
        assert_about(&rate_of((0..1_000).map(|at| at / 5 * 60_000)), 199.0 / 2_340.0);
    }

    #[test]
    fn a_queue_overflows_when_twice_as_many_may_have_come() {
        // Ten a second, the last one at 99.9 s.
        let rate = rate_of((0..1_000).map(|at| at * 100));
        assert!(!rate.may_exceed(1_000, 100_000, 149_000));
        assert!(rate.may_exceed(1_000, 100_000, 151_000));
        // Its end was not noted: only its beginning was.
        assert!(!rate.may_exceed(1_000, 1_000, 149_000));
    }
}
