//! What the forwarder needs of the log: the messages, and where each lane stands in it.

use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, TransactionBehavior, params};

use crate::telemetry::Arrival;
use crate::webhook::batch::Message;

/// First and last place of what is sent together.
pub type Range = (i64, i64);

/// How long a place waits to be saved while messages are stored.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A message that the receiver refused for good, or never answered.
pub struct DeadLetter<'a> {
    pub seq: i64,
    pub reason: &'a str,
    /// Epoch milliseconds.
    pub at: i64,
}

/// A dead letter as it is kept: its number, and the message that was given up.
pub struct KeptLetter {
    pub id: i64,
    pub reader: String,
    /// Epoch milliseconds.
    pub at: i64,
    pub reason: String,
    pub message: Message,
}

/// The log, beside the connection that stores messages.
pub struct Places {
    db: Connection,
    pub log_id: String,
}

impl Places {
    pub fn open(path: &str) -> rusqlite::Result<Self> {
        let db = Connection::open(path)?;
        db.busy_timeout(BUSY_TIMEOUT)?;
        db.execute_batch("PRAGMA synchronous = FULL")?;
        let log_id = db.query_row("SELECT value FROM meta WHERE key = 'log_id'", [], |row| row.get(0))?;
        Ok(Self { db, log_id })
    }

    /// Only to read: nothing is changed, and no file is made.
    pub fn open_read_only(path: &str) -> rusqlite::Result<Self> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let log_id = db.query_row("SELECT value FROM meta WHERE key = 'log_id'", [], |row| row.get(0))?;
        Ok(Self { db, log_id })
    }

    /// Every dead letter, oldest first.
    pub fn dead_letters(&self) -> rusqlite::Result<Vec<KeptLetter>> {
        let mut statement = self.db.prepare_cached(
            "SELECT m.seq, topic, payload, packet_id, qos, retained, received_at, d.id, d.reader, d.at, d.reason
             FROM dead_letter d JOIN message m ON m.seq = d.seq ORDER BY d.id",
        )?;
        let rows = statement.query_map([], |row| {
            let message = read_message(row)?;
            Ok(KeptLetter { id: row.get(7)?, reader: row.get(8)?, at: row.get(9)?, reason: row.get(10)?, message })
        })?;
        rows.collect()
    }

    /// Forgets a dead letter; its message stays in the log.
    pub fn remove_dead_letter(&self, id: i64) -> rusqlite::Result<()> {
        self.db.execute("DELETE FROM dead_letter WHERE id = ?", [id])?;
        Ok(())
    }

    /// Messages behind a place, up to another, in order.
    pub fn read(&self, after: i64, last: i64, limit: i64) -> rusqlite::Result<Vec<Message>> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq, topic, payload, packet_id, qos, retained, received_at FROM message
             WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
        )?;
        let rows = statement.query_map(params![after, last, limit], read_message)?;
        rows.collect()
    }

    /// Up to where a lane has dealt with everything, and what it has begun to send behind that.
    pub fn load(&self, lane: &str) -> rusqlite::Result<(i64, Vec<Range>)> {
        let found: Option<(i64, String)> = self
            .db
            .query_row("SELECT position, state FROM cursor WHERE name = ?", [lane], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(found
            .map_or((0, Vec::new()), |(position, state)| (position, serde_json::from_str(&state).unwrap_or_default())))
    }

    /// Saves it, and dead letters with it.
    pub fn save(&mut self, lane: &str, position: i64, work: &[Range], dead: &[DeadLetter<'_>]) -> rusqlite::Result<()> {
        let state = serde_json::to_string(work).unwrap_or_default();
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", params![lane, position, state])?;
        for DeadLetter { seq, reason, at } in dead {
            transaction.execute(
                "INSERT INTO dead_letter (reader, at, reason, seq) VALUES (?, ?, ?, ?)",
                params![lane, at, reason, seq],
            )?;
        }
        transaction.commit()
    }
}

/// Of a row that begins with seq, topic, payload, packet id, `QoS`, retained, received at.
fn read_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let arrival = Arrival {
        topic: row.get(1)?,
        payload: row.get(2)?,
        packet_id: row.get(3)?,
        duplicate: false,
        retained: row.get(5)?,
        received_at: row.get(6)?,
    };
    Ok((row.get(0)?, arrival))
}
