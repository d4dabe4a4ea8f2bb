"""How fast messages came, by which a gap is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tesa_stream.inbox import rate_of
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival


def test_messages_of_one_packet_are_no_rate_of_thousands() -> None:
    assert rate_of([10.0, 10.00001]) == pytest.approx(5)
    assert rate_of([10.0]) == rate_of([]) == 0
    assert rate_of([float(at) for at in range(11)]) == pytest.approx(1)


def test_the_log_tells_when_its_newest_messages_came(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 10)
    log.connected(session_present=False)
    log.append([Arrival("device/d/telemetry/t", b"1", 1, False, 1_000 + at, at) for at in range(1, 6)])
    assert log.recent_times(3) == [1_003, 1_004, 1_005]
    log.close()
