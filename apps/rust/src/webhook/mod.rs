//! Sends the log to a webhook, signed as Standard Webhooks says.

pub mod batch;
pub mod dead_letters;
pub mod lane;
pub mod places;
pub mod post;
pub mod schedule;
pub mod signal;
pub mod signing;
pub mod target;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use crate::error::{Code, Error};
use crate::webhook::lane::{LANES, Lane};
use crate::webhook::places::Places;
use crate::webhook::signal::Signal;
use crate::webhook::signing::Signer;

/// Where the log is sent, without problems. Of the URL, the path may be a secret; it prints as its beginning.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    /// Separated by spaces.
    pub secrets: String,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Webhook")
    }
}

/// All lanes of one webhook, each in a thread of its own.
pub struct Forwarder {
    signal: Arc<Signal>,
    lanes: Vec<JoinHandle<()>>,
}

impl Forwarder {
    /// Begins where each lane had been.
    pub fn start(webhook: &Webhook, log_path: &str) -> Result<Self, Error> {
        let signal = Arc::new(Signal::default());
        let signer = Signer::new(&webhook.secrets)
            .map_err(|problems| Error::new(Code::Config, format!("TESA_WEBHOOK_SECRET {}.", problems.join(", "))))?;
        let mut lanes = Vec::new();
        for index in 0..LANES {
            let places = Places::open(log_path)
                .map_err(|error| Error::new(Code::Log, format!("The log \"{log_path}\" cannot be opened: {error}.")))?;
            lanes.push(Lane::new(index, places, &webhook.url, signer.clone(), Arc::clone(&signal)));
        }
        let run = |mut lane: Lane| spawn(move || lane.run());
        Ok(Self { lanes: lanes.into_iter().map(run).collect(), signal })
    }

    /// What tells the lanes that the log has grown.
    pub fn signal(&self) -> Arc<Signal> {
        Arc::clone(&self.signal)
    }

    /// Lets the lanes send what is there, for so long; the rest is for the next run.
    pub fn close(self, patience: Duration) {
        self.signal.leave();
        let until = Instant::now() + patience;
        while self.lanes.iter().any(|lane| !lane.is_finished()) && Instant::now() < until {
            sleep(Duration::from_millis(10));
        }
    }
}
