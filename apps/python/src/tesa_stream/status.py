"""Tells on standard error how it goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from tesa_stream.broker_url import BrokerUrl
from tesa_stream.errors import TesaError
from tesa_stream.log import Gap
from tesa_stream.stream import Counts
from tesa_stream.text import printable, redact

#: A log that fails is tried again each second, which is not worth a line each.
_LOG_LINE_EVERY_S = 5.0


def say(text: str) -> None:
    """One line or more on standard error, harmless for a terminal and without a token."""
    for line in text.split("\n"):
        sys.stderr.write(f"tesa: {redact(printable(line))}\n")
    sys.stderr.flush()


class Status:
    """An observer of the stream."""

    def __init__(self, broker: BrokerUrl) -> None:
        self._broker = broker
        self._last_reason = ""
        self._last_connecting = 0
        self._log_line_at = float("-inf")

    def connecting(self, version: int) -> None:
        """Said once per version: after that, the waits say enough."""
        if version != self._last_connecting:
            say(f"connecting to {self._broker} (MQTT {'5' if version == 5 else '3.1.1'})")
        self._last_connecting = version

    def live(self, filters: Sequence[str], organisation: str, *, session_present: bool) -> None:
        """Messages come from now on."""
        kept = "; the broker kept the session" if session_present else ""
        say(f"live: {', '.join(filters)} of organisation {organisation}{kept}")
        self._last_reason = ""

    def waiting(self, error: TesaError, delay_ms: int) -> None:
        """A next attempt follows."""
        reason = "the same again." if error.message == self._last_reason else error.message
        self._last_reason = error.message
        say(f"waiting: {reason} Next try in {delay_ms / 1_000:.1f} s.")

    def gap(self, gap: Gap) -> None:
        """Messages may be missing."""
        span = f"between {_clock(gap.from_time)} and {_clock(gap.to_time)} may be missing"
        if gap.kind == "certain":
            say(f"gap: the broker no longer had the session: messages sent {span}")
        else:
            say(f"gap: messages {span}: the broker's queue may have overflowed")

    def log_trouble(self, error: TesaError | None) -> None:
        """The log fails and is tried again; None: it stores again."""
        if error is None:
            say("the log stores again")
            self._log_line_at = float("-inf")
        elif time.monotonic() - self._log_line_at >= _LOG_LINE_EVERY_S:
            say(f"log: {error.message} Nothing is acknowledged meanwhile.")
            self._log_line_at = time.monotonic()

    def warn(self, text: str) -> None:
        """Something that may be a mistake."""
        say(f"warning: {text}")


def summary(counts: Counts, written: int, elapsed_s: float) -> str:
    """The last line: what came, and what became of it."""
    parts = [
        f"{counts.received} received",
        f"{counts.stored} new",
        f"{counts.redelivered} redelivered",
        _plural(max(0, counts.live - 1), "reconnect"),
        _plural(counts.gaps, "gap"),
    ]
    if counts.dropped:
        parts.append(f"{counts.dropped} dropped")
    return f"{_plural(written, 'message')} in {elapsed_s:.1f} s; {', '.join(parts)}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _clock(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(milliseconds / 1_000))
