//! Tells on standard error how it goes.

use std::time::{Duration, Instant};

use crate::broker_url::BrokerUrl;
use crate::error::Error;
use crate::log::Gap;
use crate::text::{printable, redact};

/// A log that fails is tried again each second, which is not worth a line each.
const LOG_LINE_EVERY: Duration = Duration::from_secs(5);

/// One line or more, harmless for a terminal and without a token.
pub fn say(text: &str) {
    for line in text.split('\n') {
        eprintln!("tesa: {}", redact(&printable(line)));
    }
}

/// What is told of a stream.
pub struct Status {
    broker: BrokerUrl,
    last_version: Option<bool>,
    last_reason: String,
    last_log_line: Option<Instant>,
}

impl Status {
    pub fn new(broker: BrokerUrl) -> Self {
        Self { broker, last_version: None, last_reason: String::new(), last_log_line: None }
    }

    /// Said once per version: after that, the waits say enough.
    pub fn connecting(&mut self, is_v5: bool) {
        if self.last_version.replace(is_v5) != Some(is_v5) {
            say(&format!("connecting to {} (MQTT {})", self.broker, if is_v5 { "5" } else { "3.1.1" }));
        }
    }

    pub fn live(&mut self, filters: &[String], organisation: &str, session_present: bool) {
        let kept = if session_present { "; the broker kept the session" } else { "" };
        say(&format!("live: {} of organisation {organisation}{kept}", filters.join(", ")));
        self.last_reason.clear();
    }

    pub fn waiting(&mut self, error: &Error, delay: Duration) {
        let reason = if error.message == self.last_reason { "the same again." } else { &error.message };
        say(&format!("waiting: {reason} Next try in {:.1} s.", delay.as_secs_f64()));
        self.last_reason.clone_from(&error.message);
    }

    /// Times are told in seconds before now, since a time zone is more than a program of this size needs.
    pub fn gap(&self, gap: Gap) {
        let seconds = (gap.to - gap.from) / 1_000;
        if gap.is_certain {
            say(&format!("gap: the broker no longer had the session: messages of the last {seconds} s may be missing"));
        } else {
            say(&format!(
                "gap: messages of the last {seconds} s may be missing: the broker's queue may have overflowed"
            ));
        }
    }

    /// The log fails and is tried again.
    pub fn log_trouble(&mut self, error: &Error) {
        if self.last_log_line.is_none_or(|last| last.elapsed() >= LOG_LINE_EVERY) {
            say(&format!("log: {error} Nothing is acknowledged meanwhile."));
            self.last_log_line = Some(Instant::now());
        }
    }

    pub fn log_works(&mut self) {
        if self.last_log_line.take().is_some() {
            say("the log stores again");
        }
    }

    pub fn warn(text: &str) {
        say(&format!("warning: {text}"));
    }
}
