"""Reads what the webhook refused for good."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from tesa_stream.errors import TesaError
from tesa_stream.sqlite_log import APPLICATION_ID, to_telemetry
from tesa_stream.telemetry import Telemetry


class KeptLetter(NamedTuple):
    """A dead letter as it is kept: its number, and the message that was given up."""

    id: int
    reader: str
    at: int
    reason: str
    message: Telemetry


def read_dead_letters(path: str) -> list[KeptLetter]:
    """Every dead letter of a log, oldest first. Nothing is changed; a stream may be writing meanwhile.

    Raises TesaError ``log``.
    """
    if not Path(path).is_file():
        raise TesaError("log", f'There is no log at "{path}". Look at the path.')
    try:
        with contextlib.closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as db:
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise TesaError("log", f'"{path}" is no log of this program.')
            rows = db.execute(
                "SELECT id, reader, at, reason, m.seq, topic, payload, qos, retained, received_at "
                "FROM dead_letter d JOIN message m ON m.seq = d.seq ORDER BY id"
            )
            return [KeptLetter._make((*row[:4], to_telemetry(row[4:]))) for row in rows]
    except sqlite3.Error as error:
        raise TesaError("log", f'The log "{path}" cannot be read: {error}.') from error
