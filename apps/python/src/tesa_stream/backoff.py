"""How long to wait between attempts to connect."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class BackoffPolicy:
    """The platform's own advice: 1 s, 2 s, 4 s ... up to 30 s. Half of a wait is left to chance."""

    first_ms: int = 1_000
    max_ms: int = 30_000
    #: The share of a wait that chance may take away.
    jitter: float = 0.5
    #: How long a connection must last before the next wait is the first one again.
    reset_after_ms: int = 30_000


#: Past this many doublings every sensible wait is above its cap.
_MAX_DOUBLINGS = 50


def backoff_delay_ms(attempt: int, policy: BackoffPolicy, random: Callable[[], float]) -> int:
    """The wait before the next attempt, in whole milliseconds. Chance only shortens it.

    ``attempt`` counts the failed attempts since the last connection that lasted, from 1.
    """
    doublings = min(max(attempt - 1, 0), _MAX_DOUBLINGS)
    full_ms = min(policy.first_ms * (1 << doublings), policy.max_ms)
    return math.floor(full_ms * (1 - policy.jitter * random()))


class Backoff:
    """The waits of one stream."""

    def __init__(self, policy: BackoffPolicy, random: Callable[[], float]) -> None:
        self._policy = policy
        self._random = random
        self._attempt = 1

    def ended_after(self, lasted_ms: float) -> None:
        """A connection has ended, or never came about (0). After one that lasted, waits begin anew."""
        if lasted_ms >= self._policy.reset_after_ms:
            self._attempt = 1

    def next_delay_ms(self, *, slowly: bool = False) -> int:
        """The wait before the next attempt; ``slowly``: the longest one."""
        policy = self._policy
        if slowly:
            policy = replace(policy, first_ms=policy.max_ms)
        delay_ms = backoff_delay_ms(1 if slowly else self._attempt, policy, self._random)
        self._attempt += 1
        return delay_ms
