"""Reads a device's time stamp, whatever form it takes."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import NamedTuple


class Timestamp(NamedTuple):
    """Epoch milliseconds, None if there is none that can be read; and what to know about it."""

    time: int | None
    warning: str | None


_MISSING = Timestamp(None, None)
_UNREADABLE = Timestamp(None, "timestamp-unreadable")

#: Below it a number counts seconds (until the year 5138), from it on milliseconds (since 1973).
_FIRST_MILLISECONDS = 1e11
#: From here on (the year 2286) a number is more likely microseconds or 20260204103045.
_END_OF_MILLISECONDS = 1e13
#: The longest numbers that can be read are far shorter.
_MAX_NUMERIC_LENGTH = 40

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T t](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"(?P<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
#: Days between 0001-01-01, which Python counts as 1, and 1970-01-01.
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def parse_timestamp(value: object) -> Timestamp:
    """ISO 8601 (without an offset it is UTC, with a warning), epoch seconds or milliseconds."""
    if value is None:
        return _MISSING
    if isinstance(value, bool):
        return _UNREADABLE
    if isinstance(value, int | float):
        return _from_number(float(value))
    if not isinstance(value, str):
        return _UNREADABLE
    if value[4:5] == "-":
        return _from_iso(value)
    if len(value) > _MAX_NUMERIC_LENGTH or not _NUMBER.fullmatch(value):
        return _UNREADABLE
    return _from_number(float(value))


def _from_number(value: float) -> Timestamp:
    size = abs(value)
    if not size < _END_OF_MILLISECONDS:
        return _UNREADABLE
    # Rounded and not cut off, since 1770201045.123 * 1000 is 1770201045122.9999.
    return Timestamp(math.floor((value * 1_000 if size < _FIRST_MILLISECONDS else value) + 0.5), None)


def _from_iso(text: str) -> Timestamp:
    match = _ISO.fullmatch(text)
    if match is None:
        return _UNREADABLE
    days = _days_since_epoch(int(match[1]), int(match[2]), int(match[3]))
    hour, minute, second = (int(match[index] or 0) for index in (4, 5, 6))
    # 60 is a leap second, which epoch time counts as the next minute's first one.
    if days is None or hour > 24 or minute > 59 or second > 60:
        return _UNREADABLE
    fraction = int((match[7] or "0")[:3].ljust(3, "0"))
    # 24:00 is the end of a day (ISO 8601), and nothing comes after it.
    if hour == 24 and minute + second + fraction > 0:
        return _UNREADABLE
    time = days * 86_400_000 + (hour * 60 + minute) * 60_000 + second * 1_000 + fraction
    if match["offset"] is None:
        return Timestamp(time, "timestamp-assumed-utc")
    offset = _offset_minutes(match["offset"])
    return _UNREADABLE if offset is None else Timestamp(time - offset * 60_000, None)


def _days_since_epoch(year: int, month: int, day: int) -> int | None:
    # `date` begins with the year 1; the Gregorian calendar repeats after 400 years, which are 146,097 days.
    try:
        return date(year or 400, month, day).toordinal() - _EPOCH_ORDINAL - (0 if year else 146_097)
    except ValueError:
        return None


def _offset_minutes(text: str) -> int | None:
    if text in ("Z", "z"):
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if hours > 23 or minutes > 59:
        return None
    return (-1 if text[0] == "-" else 1) * (hours * 60 + minutes)
