"""What has arrived and is not stored yet."""

from __future__ import annotations

import asyncio
from collections import deque
from weakref import WeakSet

from tesa_stream.connection import Connection
from tesa_stream.rate import Rate
from tesa_stream.telemetry import Arrival

Item = tuple[Connection, Arrival]

#: The most payload that may wait for the log, in bytes: a few of the largest messages (10 MB).
_MAX_BYTES = 64 * 1024 * 1024


class Inbox:
    """Bounded by the receive maximum and by bytes: the broker stops by itself before it is full."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        #: Waiting for their connection to be noted, then for the log.
        self._items: deque[Item] = deque()
        self._early: list[Item] = []
        self._bytes = 0
        self._taken: list[Item] = []
        self._open: Connection | None = None
        self._forgotten: WeakSet[Connection] = WeakSet()
        self._closed = False
        self._changed = asyncio.Event()
        #: Of what may be stored: what waited for a connection is not counted before that is noted.
        self.rate = Rate()
        #: Set while nothing waits and nothing is being stored.
        self.emptied = asyncio.Event()
        self.emptied.set()

    def push(self, connection: Connection, arrival: Arrival) -> bool:
        """False where there is no room. Messages that come before :meth:`open` wait for it."""
        if self._closed:
            return True
        waiting = len(self._items) + len(self._early) + len(self._taken)
        size = len(arrival.payload)
        if waiting >= self._maximum or (self._bytes > 0 and self._bytes + size > _MAX_BYTES):
            return False
        self._bytes += size
        if connection is self._open:
            self._add((connection, arrival))
        else:
            self._early.append((connection, arrival))
        return True

    def open(self, connection: Connection) -> None:
        """The log knows of this connection: its messages may be stored."""
        self._open = connection
        early, self._early = self._early, []
        for item in early:
            if item[0] is connection:
                self._add(item)

    def forget(self, connection: Connection) -> None:
        """The broker will send again what it has no PUBACK for: what waits is dropped."""
        self._forgotten.add(connection)
        self._items = deque(item for item in self._items if item[0] is not connection)
        self._early = []
        self._settle()

    def is_forgotten(self, connection: Connection) -> bool:
        """Whether the broker will send again what came over it."""
        return connection in self._forgotten

    async def take(self) -> list[Item]:
        """All that waits, as soon as something does; nothing when it is closed and empty.

        :meth:`done` must follow before the next call.
        """
        while not self._items and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        batch = list(self._items)
        self._items.clear()
        self._taken = list(batch)
        return batch

    def done(self) -> None:
        """What was taken is stored and acknowledged."""
        self._taken = []
        self._settle()

    def close(self, *, drop: bool = False) -> None:
        """Nothing more is taken in."""
        self._closed = True
        if drop:
            self._items.clear()
            self._taken = []
        self._changed.set()
        self._settle()

    def _add(self, item: Item) -> None:
        self.rate.count(item[1].received_at)
        self._items.append(item)
        self.emptied.clear()
        self._changed.set()

    def _settle(self) -> None:
        waiting = (*self._items, *self._early, *self._taken)
        self._bytes = sum(len(arrival.payload) for _, arrival in waiting)
        if not self._items and not self._taken:
            self.emptied.set()
