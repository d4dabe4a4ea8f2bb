"""What standard error is told."""

from __future__ import annotations

from tesa_stream.status import summary
from tesa_stream.stream import Counts


def test_the_last_line_counts_one_as_one() -> None:
    one = Counts(received=1, stored=1, live=2, gaps=1)
    assert summary(one, 1, 0.25) == "1 message in 0.2 s; 1 received, 1 new, 0 redelivered, 1 reconnect, 1 gap"
    many = summary(Counts(live=1), 2, 1)
    assert many == "2 messages in 1.0 s; 0 received, 0 new, 0 redelivered, 0 reconnects, 0 gaps"
