"""What the log promises beyond the vectors."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tesa_stream.errors import TesaError
from tesa_stream.log import Session
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival


def _arrival(value: int) -> Arrival:
    return Arrival("device/d/telemetry/t", str(value).encode(), 1, False, 1_000 + value, value + 1)


def test_a_second_process_is_refused_and_told_why(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 10)
    with pytest.raises(TesaError, match="is open already") as raised:
        SqliteLog(str(tmp_path / "log.db"), 10)
    assert raised.value.exit_code == 74
    log.close()
    SqliteLog(str(tmp_path / "log.db"), 10).close()


def test_the_database_of_another_program_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(TesaError, match="another program"):
        SqliteLog(str(path), 10)
    assert path.read_bytes() == before


def test_a_newer_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    SqliteLog(str(path), 10).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(TesaError, match="newer version"):
        SqliteLog(str(path), 10)


def test_places_have_no_holes_and_others_can_read_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(str(path), 10)
    log.append([_arrival(0), _arrival(1)])
    log.append([_arrival(2)])
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = reader.execute("SELECT seq, received_at, topic, payload FROM message ORDER BY seq").fetchall()
    reader.close()
    assert rows == [(1, 1_000, "device/d/telemetry/t", b"0"), (2, 1_001, "device/d/telemetry/t", b"1"),
                    (3, 1_002, "device/d/telemetry/t", b"2")]  # fmt: skip
    assert [message.seq for message in log.read(1, 10)] == [2, 3]
    log.close()


def test_a_batch_that_cannot_be_stored_leaves_nothing_and_is_stored_later(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(str(path), 10)
    log.connected(session_present=False)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    log.set_busy_timeout_ms(1)
    with pytest.raises(TesaError, match="cannot be written"):
        log.append([_arrival(0)])
    blocker.execute("ROLLBACK")
    blocker.close()
    assert log.append([_arrival(0)]) == [_arrival(0)]
    assert [message.seq for message in log.read(0, 10)] == [1]
    log.close()


def test_the_session_outlives_the_process(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 10)
    client_id = log.session().client_id
    log.save_session(Session(client_id, ("a/#",), "0123", 42))
    log.close()
    again = SqliteLog(str(tmp_path / "log.db"), 10)
    assert again.session() == Session(client_id, ("a/#",), "0123", 42)
    again.close()
