"""Knows again what the broker sends for a second time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple


class Mark(NamedTuple):
    """Enough of a stored message to know it again."""

    packet_id: int
    hash: str


def content_hash(topic: str, payload: bytes) -> str:
    """A 128-bit hash of topic and payload; U+0000, which no topic has, stands between them."""
    return hashlib.blake2b(topic.encode() + b"\0" + payload, digest_size=16).hexdigest()


class RedeliveryWindow:
    """Decides which messages the broker sends for a second time.

    After a reconnect into a kept session the broker sends again what it has no PUBACK for, under the
    same packet ids (MQTT 4.4), mostly before anything new. A message is a redelivery if it equals in
    packet id, topic and payload one that was stored in this session, and nothing new has come on this
    connection yet, or the broker says so (DUP). DUP alone is no sign: brokers may leave it off. Nothing
    else is ever taken for a duplicate: a device that sends the same value twice has sent it twice.
    """

    def __init__(self, size: int, stored: Iterable[Mark] = ()) -> None:
        """``size``: how many can be unacknowledged at once; ``stored``: the marks kept, oldest first."""
        self._size = size
        self._stored: list[Mark] = []
        self._known: dict[int, str] = {}
        self._expected: dict[int, str] = {}
        self._is_resumed = False
        for mark in list(stored)[-size:]:
            self.stored(mark)

    def connected(self, *, session_present: bool) -> None:
        """A connection was accepted. Without a session there is nothing that could come again."""
        self._is_resumed = session_present
        if not session_present:
            self._stored.clear()
            self._known.clear()
        self._expected = dict(self._known)

    def is_redelivery(self, mark: Mark, *, duplicate: bool = False) -> bool:
        """Asked once per message, in order of receipt; ``duplicate``: whether the broker set DUP."""
        if not self._is_resumed:
            return False
        if duplicate and self._known.get(mark.packet_id) == mark.hash:
            self._expected.pop(mark.packet_id, None)
            return True
        if self._expected.get(mark.packet_id) == mark.hash:
            del self._expected[mark.packet_id]
            return True
        self._expected.clear()
        return False

    def stored(self, mark: Mark) -> None:
        """Notes that a message is stored."""
        self._stored.append(mark)
        self._known[mark.packet_id] = mark.hash
        if len(self._stored) > 2 * self._size:
            self._stored = self._stored[-self._size :]
            self._known = {kept.packet_id: kept.hash for kept in self._stored}
