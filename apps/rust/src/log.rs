//! What a log is to the stream, and the one that keeps nothing.

use crate::error::Error;
use crate::redelivery::{Mark, RedeliveryWindow};
use crate::telemetry::Arrival;

/// What is remembered of the broker's session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub client_id: String,
    /// Last subscribed; those no longer wanted are unsubscribed.
    pub filters: Vec<String>,
    /// Fingerprint of the token that the broker accepted last.
    pub accepted_token: Option<String>,
    /// Until when there was a connection, in epoch milliseconds.
    pub connected_until: Option<i64>,
}

/// Messages may be missing; times in epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Else only possible.
    pub is_certain: bool,
    pub from: i64,
    pub to: i64,
}

/// Keeps messages. Its methods block.
pub trait Log: Send {
    /// Whether what it keeps outlives the process.
    fn is_durable(&self) -> bool;
    fn session(&mut self) -> Result<Session, Error>;
    fn save_session(&mut self, session: &Session) -> Result<(), Error>;
    /// A connection was accepted: decides what can be a redelivery from now on.
    fn connected(&mut self, session_present: bool) -> Result<(), Error>;
    /// Stores what the broker had not sent before, all or nothing; gives, for each of the messages, the place that it got,
    /// or `None` for one that came again.
    fn append(&mut self, arrivals: &[Arrival]) -> Result<Vec<Option<i64>>, Error>;
    fn record_gap(&mut self, gap: Gap) -> Result<(), Error>;
    /// When the newest messages came, so many at most, in epoch milliseconds; oldest first.
    fn recent_times(&mut self, limit: usize) -> Result<Vec<i64>, Error>;
}

/// A random client id, which MQTT 3.1.1 allows everywhere (23 letters and digits).
pub fn new_client_id() -> String {
    format!("tesa{:016x}{:02x}", fastrand::u64(..), fastrand::u8(..))
}

/// Keeps the session of this process and what may come again, and no message.
#[derive(Debug)]
pub struct MemoryLog {
    session: Session,
    window: RedeliveryWindow,
    last_seq: i64,
}

impl MemoryLog {
    pub fn new(receive_maximum: u16) -> Self {
        Self {
            session: Session { client_id: new_client_id(), ..Session::default() },
            window: RedeliveryWindow::new(receive_maximum.into(), []),
            last_seq: 0,
        }
    }
}

impl Log for MemoryLog {
    fn is_durable(&self) -> bool {
        false
    }

    fn session(&mut self) -> Result<Session, Error> {
        Ok(self.session.clone())
    }

    fn save_session(&mut self, session: &Session) -> Result<(), Error> {
        self.session.clone_from(session);
        Ok(())
    }

    fn connected(&mut self, session_present: bool) -> Result<(), Error> {
        self.window.connected(session_present);
        Ok(())
    }

    fn append(&mut self, arrivals: &[Arrival]) -> Result<Vec<Option<i64>>, Error> {
        let mut places = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            if let Some(mark) = mark_of(arrival) {
                if self.window.is_redelivery(mark, arrival.duplicate) {
                    places.push(None);
                    continue;
                }
                self.window.stored(mark);
            }
            self.last_seq += 1;
            places.push(Some(self.last_seq));
        }
        Ok(places)
    }

    fn record_gap(&mut self, _: Gap) -> Result<(), Error> {
        Ok(())
    }

    fn recent_times(&mut self, _: usize) -> Result<Vec<i64>, Error> {
        Ok(Vec::new())
    }
}

/// `None` at `QoS` 0, which is never sent again.
pub fn mark_of(arrival: &Arrival) -> Option<Mark> {
    arrival.packet_id.map(|packet_id| Mark::new(packet_id, &arrival.topic, &arrival.payload))
}
