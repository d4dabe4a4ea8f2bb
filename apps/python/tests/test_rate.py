"""How fast messages came, by which a gap is told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest

from tesa_stream.connection import Connection
from tesa_stream.inbox import Inbox
from tesa_stream.rate import Rate
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival


def _rate_of(times: Iterable[int]) -> Rate:
    rate = Rate()
    for at in times:
        rate.count(at)
    return rate


def _arrival(at: int) -> Arrival:
    return Arrival("device/d/telemetry/t", b"1", 1, False, at, 1 + at % 60_000)


def test_messages_of_one_packet_are_no_rate_of_thousands() -> None:
    assert not _rate_of([]).may_exceed(1, 0, 1_000_000)
    assert _rate_of([]).per_second() == _rate_of([7]).per_second() == 0
    assert _rate_of([7, 7]).per_second() == pytest.approx(1)
    assert not _rate_of([7, 7]).may_exceed(1_000, 7, 5_000)
    assert _rate_of([7] * 150).per_second() == pytest.approx(149)


def test_it_is_that_of_late_be_it_slow_or_fast() -> None:
    slow = [at * 1_000 for at in range(20_000)]
    assert _rate_of(slow).per_second() == pytest.approx(1)
    # Five thousand a second, for a second.
    fast = [20_000_000 + at // 5 for at in range(5_000)]
    assert _rate_of(slow + fast).per_second() == pytest.approx(5_000, rel=0.01)


def test_a_few_messages_at_once_now_and_then_are_slow() -> None:
    # Five every minute: of the last two hundred, 199 came after the first, in 39 minutes.
    rate = _rate_of(at // 5 * 60_000 for at in range(1_000))
    assert rate.per_second() == pytest.approx(199 / 2_340)


def test_a_queue_overflows_when_twice_as_many_may_have_come() -> None:
    # Ten a second, the last one at 99.9 s.
    rate = _rate_of(at * 100 for at in range(1_000))
    assert not rate.may_exceed(1_000, 100_000, 149_000)
    assert rate.may_exceed(1_000, 100_000, 151_000)
    # Its end was not noted: only its beginning was.
    assert not rate.may_exceed(1_000, 1_000, 149_000)


def test_what_waited_for_a_connection_does_not_count_before_that_is_noted() -> None:
    class Link:
        """Only told from others."""

    inbox, connection = Inbox(10), cast(Connection, Link())
    inbox.push(connection, _arrival(5))
    assert inbox.rate.last() is None
    inbox.open(connection)
    assert inbox.rate.last() == 5


def test_the_log_tells_when_its_newest_messages_came(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 10)
    log.connected(session_present=False)
    log.append([_arrival(1_000 + at) for at in range(1, 6)])
    assert log.recent_times(3) == [1_003, 1_004, 1_005]
    log.close()
