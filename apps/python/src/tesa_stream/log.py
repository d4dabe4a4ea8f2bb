"""What a log is to the stream, and the one that keeps nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tesa_stream.redelivery import Mark, RedeliveryWindow, content_hash
from tesa_stream.telemetry import Arrival, Telemetry, decode


@dataclass(frozen=True)
class Session:
    """What is remembered of the broker's session."""

    client_id: str
    #: Last subscribed; those no longer wanted are unsubscribed.
    filters: tuple[str, ...] = ()
    #: Fingerprint of the token that the broker accepted last.
    accepted_token: str | None = None
    #: Until when there was a connection, in epoch milliseconds.
    connected_until: int | None = None


@dataclass(frozen=True)
class Gap:
    """Messages may be missing: ``certain`` or ``possible``; times in epoch milliseconds."""

    kind: str
    from_time: int
    to_time: int


class Log(Protocol):
    """Keeps messages. Its methods block, and are called by one thread after each other."""

    @property
    def durable(self) -> bool:
        """Whether what it keeps outlives the process."""

    def session(self) -> Session:
        """The session to go on with."""

    def save_session(self, session: Session) -> None:
        """Remembers it."""

    def connected(self, *, session_present: bool) -> None:
        """A connection was accepted: decides what can be a redelivery from now on."""

    def append(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Stores what the broker had not sent before; gives that. All or nothing."""

    def record_gap(self, gap: Gap) -> None:
        """Puts a gap on record."""

    def recent_times(self, limit: int) -> list[int]:
        """When the newest messages came, in epoch milliseconds, oldest first."""


def new_client_id() -> str:
    """A random client id, which MQTT 3.1.1 allows everywhere (23 letters and digits)."""
    return f"tesa{secrets.token_hex(9)}"


class MemoryLog:
    """Keeps the session of this process and what may come again, and no message."""

    durable = False

    def __init__(self, receive_maximum: int) -> None:
        self._session = Session(new_client_id())
        self._window = RedeliveryWindow(receive_maximum)
        self._seq = 0

    def session(self) -> Session:
        """The session of this process."""
        return self._session

    def save_session(self, session: Session) -> None:
        """Remembers it until the process ends."""
        self._session = session

    def connected(self, *, session_present: bool) -> None:
        """A connection was accepted."""
        self._window.connected(session_present=session_present)

    def append(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Gives those that the broker had not sent before."""
        new: list[Arrival] = []
        for arrival in arrivals:
            if arrival.packet_id is not None:
                mark = Mark(arrival.packet_id, content_hash(arrival.topic, arrival.payload))
                if self._window.is_redelivery(mark, duplicate=arrival.duplicate):
                    continue
                self._window.stored(mark)
            new.append(arrival)
        return new

    def record_gap(self, gap: Gap) -> None:
        """There is nothing to put it on record in."""

    def recent_times(self, limit: int) -> list[int]:
        """Nothing: it keeps no message."""
        return []

    def number(self, arrivals: Sequence[Arrival]) -> list[Telemetry]:
        """Decodes messages and gives each its place in this run."""
        first = self._seq + 1
        self._seq += len(arrivals)
        return [decode(arrival, first + index) for index, arrival in enumerate(arrivals)]
