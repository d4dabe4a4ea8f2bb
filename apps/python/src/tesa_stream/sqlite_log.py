"""The log in an SQLite file: what is acknowledged to the broker is on its disk."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tesa_stream.errors import TesaError
from tesa_stream.log import Gap, Session, new_client_id
from tesa_stream.redelivery import Mark, RedeliveryWindow, content_hash
from tesa_stream.telemetry import Arrival, Telemetry, decode

#: "TESP" in ASCII: how a log is told from the databases of other programs.
APPLICATION_ID = 0x54455350
SCHEMA_VERSION = 1

_SCHEMA = """
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
CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER, state TEXT) WITHOUT ROWID;
CREATE TABLE gap (id INTEGER PRIMARY KEY, kind TEXT, from_time INTEGER, to_time INTEGER, after_seq INTEGER);
CREATE TABLE dead_letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT, reader TEXT, at INTEGER, reason TEXT, seq INTEGER
);
"""

Row = tuple[int, str, bytes, int, int, int]


class Cursor(NamedTuple):
    """A reader's place: the last ``seq`` that it has dealt with, and what else it wants to know again."""

    position: int
    state: str | None


class DeadLetter(NamedTuple):
    """A message that a reader had to give up; the message itself stays in the log."""

    reader: str
    at: int
    reason: str
    seq: int


class SqliteLog:
    """An append-only log. One process writes to it at a time; others may read it meanwhile."""

    durable = True

    def __init__(self, path: str, receive_maximum: int) -> None:
        """Opens or makes it. Raises TesaError ``log``."""
        self._path = path
        try:
            self._lock = _lock(path)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise self._failed("opened", error) from error
        self._size = max(receive_maximum, int(self._meta("receive_maximum") or 0))
        self._last_seq: int = self._one("SELECT coalesce(max(seq), 0) FROM message")
        self._window = RedeliveryWindow(self._size)
        with self._errors("written"), self._transaction():
            self._set_meta("receive_maximum", str(receive_maximum))

    @property
    def log_id(self) -> str:
        """Names this log in the world."""
        return self._meta("log_id") or ""

    @property
    def last_seq(self) -> int:
        """The newest message's place; 0 where there is none."""
        return self._last_seq

    def session(self) -> Session:
        """The session to go on with, from this process or one before."""
        with self._errors("read"):
            accepted, until = self._meta("accepted_token"), self._meta("connected_until")
            return Session(
                client_id=self._meta("client_id") or "",
                filters=tuple(json.loads(self._meta("filters") or "[]")),
                accepted_token=accepted or None,
                connected_until=int(until) if until else None,
            )

    def save_session(self, session: Session) -> None:
        """Remembers it for the next process too."""
        with self._errors("written"), self._transaction():
            self._set_meta("client_id", session.client_id)
            self._set_meta("filters", json.dumps(session.filters))
            self._set_meta("accepted_token", session.accepted_token or "")
            self._set_meta("connected_until", str(session.connected_until or ""))

    def connected(self, *, session_present: bool) -> None:
        """A connection was accepted. Without a session, nothing stored so far can come again."""
        with self._errors("written"):
            if not session_present:
                with self._transaction():
                    self._set_meta("session_first_seq", str(self._last_seq + 1))
            self._window = RedeliveryWindow(self._size, self._marks())
            self._window.connected(session_present=session_present)

    def append(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Stores, in one transaction that is on the disk afterwards, what the broker had not sent before."""
        new: list[Arrival] = []
        marks: list[Mark] = []
        for arrival in arrivals:
            if arrival.packet_id is not None:
                mark = Mark(arrival.packet_id, content_hash(arrival.topic, arrival.payload))
                if self._window.is_redelivery(mark, duplicate=arrival.duplicate):
                    continue
                marks.append(mark)
            new.append(arrival)
        try:
            with self._errors("written"), self._transaction():
                self._db.executemany(
                    "INSERT INTO message (seq, received_at, packet_id, qos, retained, topic, payload) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        (
                            self._last_seq + index,
                            a.received_at,
                            a.packet_id,
                            a.qos,
                            a.retained,
                            a.topic,
                            a.payload,
                        )
                        for index, a in enumerate(new, 1)
                    ),
                )
        except TesaError:
            # The same batch may be appended again: what the window had found, it must find once more.
            self._window = RedeliveryWindow(self._size, self._marks())
            self._window.connected(session_present=True)
            raise
        self._last_seq += len(new)
        for mark in marks:
            self._window.stored(mark)
        return new

    def record_gap(self, gap: Gap) -> None:
        """Puts a gap on record."""
        with self._errors("written"), self._transaction():
            self._db.execute(
                "INSERT INTO gap (kind, from_time, to_time, after_seq) VALUES (?, ?, ?, ?)",
                (gap.kind, gap.from_time, gap.to_time, self._last_seq),
            )

    def recent_times(self, limit: int) -> list[int]:
        """When the newest messages came, in epoch milliseconds, oldest first."""
        with self._errors("read"):
            rows = self._db.execute("SELECT received_at FROM message ORDER BY seq DESC LIMIT ?", (limit,))
            return [int(at) for (at,) in rows][::-1]

    def read(self, after: int, limit: int, until: int | None = None) -> list[Telemetry]:
        """Messages in order, from behind ``after`` on, up to ``until`` where it is given."""
        with self._errors("read"):
            rows = self._db.execute(
                "SELECT seq, topic, payload, qos, retained, received_at FROM message "
                "WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
                (after, self._last_seq if until is None else until, limit),
            )
            return [to_telemetry(row) for row in rows]

    def cursor(self, name: str) -> Cursor:
        """A reader's place; a new reader begins before the oldest message."""
        with self._errors("read"):
            row = self._db.execute("SELECT position, state FROM cursor WHERE name = ?", (name,)).fetchone()
            return Cursor(0, None) if row is None else Cursor(*row)

    def move_cursor(self, name: str, cursor: Cursor, dead: Sequence[DeadLetter] = ()) -> None:
        """Keeps a reader's place and what it had to give up on the way, both or neither."""
        with self._errors("written"), self._transaction():
            self._db.execute(
                "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE "
                "SET position = excluded.position, state = excluded.state",
                (name, cursor.position, cursor.state),
            )
            self._db.executemany(
                "INSERT INTO dead_letter (reader, at, reason, seq) VALUES (?, ?, ?, ?)", dead
            )

    def dead_letters(self) -> list[DeadLetter]:
        """What readers had to give up, oldest first."""
        with self._errors("read"):
            rows = self._db.execute("SELECT reader, at, reason, seq FROM dead_letter ORDER BY id")
            return [DeadLetter(*row) for row in rows]

    def remove_dead_letter(self, letter_id: int) -> bool:
        """Forgets a dead letter; False if there is none of that number. Its message stays in the log."""
        with self._errors("written"), self._transaction():
            removed = self._db.execute("DELETE FROM dead_letter WHERE id = ?", (letter_id,))
            return removed.rowcount > 0

    def set_busy_timeout_ms(self, timeout_ms: int) -> None:
        """How long a write waits for another program that writes to the file. Default: 5 seconds."""
        self._db.execute(f"PRAGMA busy_timeout = {timeout_ms:d}")

    def close(self) -> None:
        """Closes the file and lets the next process have it."""
        self._db.close()
        self._lock.close()

    def _prepare(self) -> None:
        application: int = self._one("PRAGMA application_id")
        version: int = self._one("PRAGMA user_version")
        is_new = self._one("SELECT count(*) FROM sqlite_master") == 0
        if not is_new and application != APPLICATION_ID:
            raise TesaError("log", f'"{self._path}" is the database of another program: name another file.')
        if version > SCHEMA_VERSION:
            raise TesaError("log", f'"{self._path}" was written by a newer version: update this program.')
        self._db.execute("PRAGMA journal_mode = WAL")
        # An acknowledgement promises the disk.
        self._db.execute("PRAGMA synchronous = FULL")
        if is_new:
            self._db.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('client_id', ?)", (new_client_id(),))
            self._db.execute("INSERT OR IGNORE INTO meta VALUES ('log_id', lower(hex(randomblob(16))))")

    def _marks(self) -> Iterator[Mark]:
        """Of the last messages of this session, as many as can have been unacknowledged; oldest first."""
        first = int(self._meta("session_first_seq") or 1)
        rows: list[tuple[int, str, bytes]] = self._db.execute(
            "SELECT packet_id, topic, payload FROM message WHERE seq >= ? AND packet_id IS NOT NULL "
            "ORDER BY seq DESC LIMIT ?",
            (first, self._size),
        ).fetchall()
        return (Mark(packet_id, content_hash(topic, payload)) for packet_id, topic, payload in reversed(rows))

    def _meta(self, key: str) -> str | None:
        row: tuple[str] | None = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def _set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def _one(self, sql: str) -> int:
        row: tuple[int] = self._db.execute(sql).fetchone()
        return row[0]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._failed(what, error) from error

    def _failed(self, what: str, error: sqlite3.Error) -> TesaError:
        return TesaError("log", f'The log "{self._path}" cannot be {what}: {error}.')


def _lock(path: str) -> sqlite3.Connection:
    """Holds a log for this process, however it ends: the operating system drops the lock with it.

    SQLite's own lock on the log would keep readers away too, so a file beside it is locked in its place.
    """
    if not Path(path).parent.is_dir():
        raise TesaError("log", f'The folder of the log "{path}" does not exist: make it, or name another.')
    lock = sqlite3.connect(f"{path}-lock", isolation_level=None, timeout=0, check_same_thread=False)
    try:
        lock.execute("PRAGMA journal_mode = MEMORY")
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if "locked" not in str(error):
            raise
        raise TesaError(
            "log", f'The log "{path}" is open already: stop the other program, or give this one its own.'
        ) from error
    return lock


def to_telemetry(row: Row) -> Telemetry:
    """Decodes a row: seq, topic, payload, qos, retained, received_at."""
    seq, topic, payload, qos, retained, received_at = row
    return decode(Arrival(topic, payload, qos, bool(retained), received_at), seq)
