"""How fast messages came, of late."""

from __future__ import annotations

from collections import deque
from itertools import islice

#: It is averaged over so many messages at least, if there are as many: a device that sends a few at once,
#: now and then, is not fast.
_FEWEST = 200
#: And over so long, in milliseconds: what waits for a connection comes all at once.
_SHORTEST_MS = 1_000
#: So many times are kept.
MOST = 10_000
#: By how much devices may have sent more, while nobody looked, than they did before.
_SAFETY_FACTOR = 2


class Rate:
    """Counts messages; times are in epoch milliseconds."""

    def __init__(self) -> None:
        self._times: deque[int] = deque(maxlen=MOST)

    def count(self, at: int) -> None:
        """A message came."""
        self._times.append(at)

    def last(self) -> int | None:
        """When the last message came."""
        return self._times[-1] if self._times else None

    def per_second(self) -> float:
        """The highest average over the last messages."""
        last = self.last()
        if last is None:
            return 0.0
        later = enumerate(reversed(self._times))
        averages = (
            count * 1_000 / max(last - first, _SHORTEST_MS)
            for count, first in islice(later, min(_FEWEST, len(self._times)) - 1, None)
        )
        return max(averages)

    def may_exceed(self, queue: int, lost_at: int, now: int) -> bool:
        """Whether a queue of this size may have overflowed by now, while its client was away."""
        # A process that was ended by force has noted no end: it was there when its last message came.
        since = max(lost_at, self.last() or lost_at)
        return _SAFETY_FACTOR * self.per_second() * (now - since) / 1_000 > queue
