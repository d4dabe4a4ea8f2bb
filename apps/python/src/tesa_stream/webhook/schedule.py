"""When a batch is tried again, and what an answer means for it."""

from __future__ import annotations

import datetime
import email.utils
import math
from collections.abc import Callable

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

#: The waits after failed tries, in seconds: three days and four hours, about as the specification proposes.
SCHEDULE: tuple[int, ...] = (
    *(1, 2, 5, 10, 30),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8, 12)),
    _DAY,
    _DAY,
)
#: Nobody is asked more often than this while an answer says that somebody must mend something.
PAUSE_S = 300.0
_JITTER = 0.25


def verdict(status: int) -> str:
    """``delivered``, ``refused`` (something in it), ``down`` (later) or ``paused`` (mend something)."""
    if 200 <= status < 300:
        return "delivered"
    if status >= 500 or status in (408, 425, 429):
        return "down"
    return "refused" if status in (400, 413, 422) else "paused"


def step_delay_s(step_s: float, random: Callable[[], float]) -> float:
    """The wait of a step. Chance only shortens it, so that not all come back at once."""
    return step_s * (1 - _JITTER * random())


def retry_after_s(value: str | None, now_s: float) -> float | None:
    """What a Retry-After header asks for: seconds, or a date (RFC 9110, 10.2.3); a second to a day."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        wait = float(text)
    else:
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        wait = moment.timestamp() - now_s
    return min(max(wait, 1.0), float(_DAY)) if math.isfinite(wait) else None
