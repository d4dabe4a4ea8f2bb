//! Standard output: messages, and nothing else.

use std::io::{self, IsTerminal as _, Write};

use crate::console::to_line;
use crate::error::{Code, Error};
use crate::ndjson::write_ndjson;
use crate::telemetry::{Arrival, decode};

/// A batch is written in pieces of about this size, so that 1,000 messages of 10 MB need no 10 GB at once.
const PIECE_BYTES: usize = 1 << 20;

/// What writing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    All,
    /// Nobody reads any more, or there is no more to be written: no error, but the end.
    End,
}

/// Writes lines; a terminal gets lines for people, anything else gets JSON.
pub struct Output {
    is_json: bool,
    columns: usize,
    /// How many more messages are wanted.
    left: Option<u64>,
    written: u64,
}

impl Output {
    pub fn new(as_json: bool, count: Option<u64>) -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(120);
        Self { is_json: as_json || !io::stdout().is_terminal(), columns, left: count, written: 0 }
    }

    /// How many messages were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Returns when the system has the lines of those messages that have a place.
    pub fn write(&mut self, arrivals: &[Arrival], places: &[Option<i64>]) -> Result<Written, Error> {
        let mut piece = Vec::new();
        for (arrival, place) in arrivals.iter().zip(places) {
            let Some(seq) = *place else { continue };
            if self.left == Some(0) {
                break;
            }
            self.left = self.left.map(|left| left - 1);
            let message = decode(arrival, seq);
            if self.is_json {
                write_ndjson(&mut piece, &message);
            } else {
                piece.extend_from_slice(to_line(&message, self.columns).as_bytes());
                piece.push(b'\n');
            }
            self.written += 1;
            if piece.len() >= PIECE_BYTES {
                if flush(&piece)? == Written::End {
                    return Ok(Written::End);
                }
                piece.clear();
            }
        }
        let written = flush(&piece)?;
        Ok(if self.left == Some(0) { Written::End } else { written })
    }
}

fn flush(piece: &[u8]) -> Result<Written, Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(piece).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Written::All),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Written::End),
        Err(error) => Err(Error::new(Code::Output, format!("Standard output cannot be written: {error}."))),
    }
}
