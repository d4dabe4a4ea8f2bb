//! The log in an `SQLite` file: what is acknowledged to the broker is on its disk.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::error::{Code, Error};
use crate::log::{Gap, Log, Session, mark_of, new_client_id};
use crate::redelivery::{Mark, RedeliveryWindow};
use crate::telemetry::Arrival;

/// "TESR" in ASCII: how a log is told from the databases of other programs.
const APPLICATION_ID: i64 = 0x5445_5352;
const SCHEMA_VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE message (
  seq INTEGER PRIMARY KEY,
  received_at INTEGER,
  packet_id INTEGER,
  qos INTEGER,
  retained INTEGER,
  topic TEXT,
  payload BLOB
);
CREATE TABLE gap (id INTEGER PRIMARY KEY, kind TEXT, from_time INTEGER, to_time INTEGER, after_seq INTEGER);
";

/// What came with the second version: where a webhook stands, and what its receiver refused.
const READERS: &str = "
CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER, state TEXT) WITHOUT ROWID;
CREATE TABLE dead_letter (id INTEGER PRIMARY KEY, reader TEXT, at INTEGER, reason TEXT, seq INTEGER);
";

/// An append-only log. One process writes to it at a time; others may read it meanwhile.
pub struct SqliteLog {
    path: String,
    db: Connection,
    /// Held until the end of the process, however it ends.
    _lock: Connection,
    /// How many messages the broker may send again.
    size: usize,
    window: RedeliveryWindow,
    last_seq: i64,
}

impl SqliteLog {
    /// Opens or makes it.
    pub fn open(path: &str, receive_maximum: u16) -> Result<Self, Error> {
        let failed = |error: rusqlite::Error| failed(path, "opened", &error);
        let lock = lock(path)?;
        let mut db = Connection::open(path).map_err(failed)?;
        prepare(path, &mut db)?;
        let before = meta(&db, "receive_maximum").map_err(failed)?.and_then(|text| text.parse().ok());
        let size = usize::from(receive_maximum).max(before.unwrap_or(0));
        set_meta(&db, "receive_maximum", &receive_maximum.to_string()).map_err(failed)?;
        let last_seq =
            db.query_row("SELECT coalesce(max(seq), 0) FROM message", [], |row| row.get(0)).map_err(failed)?;
        let window = RedeliveryWindow::new(size, []);
        Ok(Self { path: path.into(), db, _lock: lock, size, window, last_seq })
    }

    /// How long a write waits for another program that writes to the file.
    pub fn set_busy_timeout(&self, timeout: Duration) {
        // Fails only for a handle that is closed.
        let _ = self.db.busy_timeout(timeout);
    }

    /// Marks of the last messages of this session, as many as can have been unacknowledged; oldest first.
    fn marks(&self) -> rusqlite::Result<Vec<Mark>> {
        let first: i64 = meta(&self.db, "session_first_seq")?.and_then(|text| text.parse().ok()).unwrap_or(1);
        let mut statement = self.db.prepare_cached(
            "SELECT packet_id, topic, payload FROM message WHERE seq >= ? AND packet_id IS NOT NULL
             ORDER BY seq DESC LIMIT ?",
        )?;
        let limit = i64::try_from(self.size).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![first, limit], |row| {
            Ok(Mark::new(row.get(0)?, &row.get::<_, String>(1)?, &row.get::<_, Vec<u8>>(2)?))
        })?;
        let mut marks = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        marks.reverse();
        Ok(marks)
    }

    fn insert(&mut self, arrivals: &[Arrival], places: &[Option<i64>]) -> rusqlite::Result<()> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO message (seq, received_at, packet_id, qos, retained, topic, payload)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?;
            for (arrival, place) in arrivals.iter().zip(places) {
                let Some(seq) = place else { continue };
                let Arrival { topic, payload, packet_id, retained, received_at, .. } = arrival;
                insert.execute(params![seq, received_at, packet_id, packet_id.is_some(), retained, topic, payload])?;
            }
        }
        transaction.commit()
    }

    fn write(&mut self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>) -> Result<(), Error> {
        let written = self.db.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            change(&transaction)?;
            transaction.commit()
        });
        written.map_err(|error| failed(&self.path, "written", &error))
    }

    /// The window as it is when a connection has begun.
    fn open_window(&mut self, session_present: bool) -> Result<(), Error> {
        let marks = self.marks().map_err(|error| failed(&self.path, "read", &error))?;
        self.window = RedeliveryWindow::new(self.size, marks);
        self.window.connected(session_present);
        Ok(())
    }
}

impl Log for SqliteLog {
    fn is_durable(&self) -> bool {
        true
    }

    fn session(&mut self) -> Result<Session, Error> {
        let read = || -> rusqlite::Result<Session> {
            let text = |key| meta(&self.db, key).map(Option::unwrap_or_default);
            Ok(Session {
                client_id: text("client_id")?,
                // No filter has a line break in it.
                filters: text("filters")?.lines().map(str::to_owned).collect(),
                accepted_token: Some(text("accepted_token")?).filter(|mark| !mark.is_empty()),
                connected_until: text("connected_until")?.parse().ok(),
            })
        };
        read().map_err(|error| failed(&self.path, "read", &error))
    }

    fn save_session(&mut self, session: &Session) -> Result<(), Error> {
        let until = session.connected_until.map(|time| time.to_string()).unwrap_or_default();
        self.write(|db| {
            set_meta(db, "client_id", &session.client_id)?;
            set_meta(db, "filters", &session.filters.join("\n"))?;
            set_meta(db, "accepted_token", session.accepted_token.as_deref().unwrap_or_default())?;
            set_meta(db, "connected_until", &until)
        })
    }

    fn connected(&mut self, session_present: bool) -> Result<(), Error> {
        if !session_present {
            let first = (self.last_seq + 1).to_string();
            self.write(|db| set_meta(db, "session_first_seq", &first))?;
        }
        self.open_window(session_present)
    }

    fn append(&mut self, arrivals: &[Arrival]) -> Result<Vec<Option<i64>>, Error> {
        let mut last_seq = self.last_seq;
        let mut marks = Vec::new();
        let mut places = Vec::with_capacity(arrivals.len());
        for arrival in arrivals {
            if let Some(mark) = mark_of(arrival) {
                if self.window.is_redelivery(mark, arrival.duplicate) {
                    places.push(None);
                    continue;
                }
                marks.push(mark);
            }
            last_seq += 1;
            places.push(Some(last_seq));
        }
        if let Err(error) = self.insert(arrivals, &places) {
            // The same batch may be appended again: what the window had found, it must find once more.
            let error = failed(&self.path, "written", &error);
            self.open_window(true)?;
            return Err(error);
        }
        self.last_seq = last_seq;
        for mark in marks {
            self.window.stored(mark);
        }
        Ok(places)
    }

    fn record_gap(&mut self, gap: Gap) -> Result<(), Error> {
        let kind = if gap.is_certain { "certain" } else { "possible" };
        let after = self.last_seq;
        self.write(|db| {
            db.execute(
                "INSERT INTO gap (kind, from_time, to_time, after_seq) VALUES (?, ?, ?, ?)",
                params![kind, gap.from, gap.to, after],
            )?;
            Ok(())
        })
    }

    fn recent_times(&mut self, limit: usize) -> Result<Vec<i64>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let read = || -> rusqlite::Result<Vec<i64>> {
            let mut statement = self.db.prepare("SELECT received_at FROM message ORDER BY seq DESC LIMIT ?")?;
            let mut times = statement.query_map([limit], |row| row.get(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
            times.reverse();
            Ok(times)
        };
        read().map_err(|error| failed(&self.path, "read", &error))
    }
}

/// Holds a log for this process: the operating system drops the lock with it. `SQLite`'s own lock on the log would keep
/// readers away too, so a file beside it is locked in its place.
fn lock(path: &str) -> Result<Connection, Error> {
    if Path::new(path).parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        let message = format!("The folder of the log \"{path}\" does not exist: make it, or name another.");
        return Err(Error::new(Code::Log, message));
    }
    let lock_path = format!("{path}-lock");
    let locked = Connection::open(&lock_path).and_then(|lock| {
        lock.busy_timeout(Duration::ZERO)?;
        lock.execute_batch("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")?;
        Ok(lock)
    });
    locked.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Error::new(
            Code::Log,
            format!("The log \"{path}\" is open already: stop the other program, or give this one its own."),
        ),
        // Only the log's own name means something to the user.
        _ => failed(path, "opened", &error.to_string().replace(&lock_path, path)),
    })
}

fn prepare(path: &str, db: &mut Connection) -> Result<(), Error> {
    let failed = |error: rusqlite::Error| failed(path, "opened", &error);
    let number = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    let is_new = number("SELECT count(*) FROM sqlite_master")? == 0;
    if !is_new && number("PRAGMA application_id")? != APPLICATION_ID {
        let message = format!("\"{path}\" is the database of another program: name another file.");
        return Err(Error::new(Code::Log, message));
    }
    let version = number("PRAGMA user_version")?;
    if version > SCHEMA_VERSION {
        let message = format!("\"{path}\" was written by a newer version: update this program.");
        return Err(Error::new(Code::Log, message));
    }
    // An acknowledgement promises the disk.
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").map_err(failed)?;
    if version < SCHEMA_VERSION {
        let transaction = db.transaction().map_err(failed)?;
        if is_new {
            transaction.execute_batch(SCHEMA).map_err(failed)?;
            set_meta(&transaction, "client_id", &new_client_id()).map_err(failed)?;
        }
        let pragmas = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION};");
        transaction.execute_batch(&format!("{READERS}{pragmas}")).map_err(failed)?;
        let log_id = format!("{:032x}", fastrand::u128(..));
        set_meta(&transaction, "log_id", &log_id).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    }
    Ok(())
}

fn meta(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).optional()
}

fn set_meta(db: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])?;
    Ok(())
}

fn failed(path: &str, what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(Code::Log, format!("The log \"{path}\" cannot be {what}: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(value: u16) -> Arrival {
        Arrival {
            topic: "device/d/telemetry/t".into(),
            payload: value.to_string().into_bytes(),
            packet_id: Some(value + 1),
            duplicate: false,
            retained: false,
            received_at: 1_000 + i64::from(value),
        }
    }

    fn path_in(folder: &tempfile::TempDir) -> String {
        folder.path().join("log.db").to_str().expect("UTF-8").to_owned()
    }

    #[test]
    fn a_second_writer_is_refused_and_told_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        let error = SqliteLog::open(&path_in(&folder), 10).err().expect("refused");
        assert!(error.message.contains("is open already"), "{error}");
        assert_eq!(error.code.exit_code(), 74);
        drop(log);
        SqliteLog::open(&path_in(&folder), 10).expect("opened again");
    }

    #[test]
    fn the_database_of_another_program_is_not_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let other = Connection::open(path_in(&folder)).expect("opened");
        other.execute_batch("CREATE TABLE theirs (x)").expect("made");
        drop(other);
        let before = std::fs::read(path_in(&folder)).expect("read");
        let error = SqliteLog::open(&path_in(&folder), 10).err().expect("refused");
        assert!(error.message.contains("another program"), "{error}");
        assert_eq!(std::fs::read(path_in(&folder)).expect("read"), before);
    }

    #[test]
    fn a_file_of_the_first_version_keeps_its_messages_and_can_be_sent() {
        let folder = tempfile::tempdir().expect("a folder");
        let old = Connection::open(path_in(&folder)).expect("opened");
        let pragmas = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;");
        old.execute_batch(&format!("{SCHEMA}{pragmas}INSERT INTO meta VALUES ('client_id', 'tesa1');")).expect("made");
        old.execute("INSERT INTO message VALUES (1, 1, NULL, 0, 0, 'device/d/telemetry', x'31')", []).expect("stored");
        drop(old);
        let mut log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        assert_eq!(log.append(&[arrival(0)]).expect("stored"), [Some(2)]);
        assert_eq!(log.session().expect("read").client_id, "tesa1");
        let mut places = crate::webhook::places::Places::open(&path_in(&folder)).expect("opened");
        assert_eq!(places.read(0, 9, 9).expect("read").len(), 2);
        places.save("lane", 1, &[(2, 2)], &[]).expect("saved");
        assert_eq!(places.load("lane").expect("read"), (1, vec![(2, 2)]));
    }

    #[test]
    fn others_can_read_what_is_stored_in_order_and_without_holes() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        assert_eq!(log.append(&[arrival(0), arrival(1)]).expect("stored"), [Some(1), Some(2)]);
        assert_eq!(log.append(&[arrival(2)]).expect("stored"), [Some(3)]);
        let reader = Connection::open(path_in(&folder)).expect("opened");
        let count: i64 = reader.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).expect("read");
        assert_eq!(count, 3);
    }

    #[test]
    fn it_tells_when_its_newest_messages_came() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        assert!(log.recent_times(3).expect("read").is_empty());
        log.append(&[1, 2, 3, 4, 5].map(arrival)).expect("stored");
        assert_eq!(log.recent_times(3).expect("read"), [1_003, 1_004, 1_005]);
    }

    #[test]
    fn a_batch_that_cannot_be_stored_leaves_nothing_and_is_stored_later() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        log.set_busy_timeout(Duration::ZERO);
        let blocker = Connection::open(path_in(&folder)).expect("opened");
        blocker.execute_batch("BEGIN IMMEDIATE").expect("locked");
        let error = log.append(&[arrival(0)]).expect_err("locked");
        assert!(error.message.contains("cannot be written"), "{error}");
        blocker.execute_batch("ROLLBACK").expect("unlocked");
        assert_eq!(log.append(&[arrival(0)]).expect("stored"), [Some(1)]);
    }

    #[test]
    fn the_session_outlives_the_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut log = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        let session = Session {
            filters: vec!["a/#".into(), "b".into()],
            accepted_token: Some("0123".into()),
            connected_until: Some(42),
            ..log.session().expect("read")
        };
        log.save_session(&session).expect("saved");
        drop(log);
        let mut again = SqliteLog::open(&path_in(&folder), 10).expect("opened");
        assert_eq!(again.session().expect("read"), session);
    }
}
