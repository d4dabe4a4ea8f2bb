"""Writes a message as one line for people."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator

from tesa_stream.telemetry import Reading, Scalar, Telemetry
from tesa_stream.text import printable

_WARNINGS = {
    "topic-unexpected": "unexpected topic",
    "device-mismatch": "names another device",
    "timestamp-assumed-utc": "UTC assumed",
    "timestamp-unreadable": "unreadable time",
    "precision-lost": "digits lost",
    "number-out-of-range": "number out of range",
}
#: A device's clock that is off by more than this is worth a mark.
_CLOCK_TOLERANCE_MS = 60_000
#: Less than this shows nothing of a value.
_MIN_COLUMNS = 40
_HEX_BYTES = 16


def to_line(message: Telemetry, columns: int) -> str:
    """One line, never wider than the terminal. What a device sent cannot act on the terminal."""
    clock = time.strftime("%H:%M:%S", time.localtime(message.received_at / 1_000))
    name = _column(message.topic if message.device_id is None else message.device_id, 20)
    parts = [f"{clock}.{message.received_at % 1_000:03d}", name]
    if message.sensor is not None:
        parts.append(_column(message.sensor, 18))
    parts.append("  ".join(_reading(reading, message.sensor) for reading in message.readings))
    if not message.readings:
        parts[-1] = _payload(message)
    parts += [f"[{mark}]" for mark in _marks(message)]
    # The last column stays free: some terminals wrap as soon as it is written.
    return _cut("  ".join(parts), max(columns, _MIN_COLUMNS) - 1)


def _reading(reading: Reading, topic_sensor: str | None) -> str:
    text = _value(reading.value)
    unit = "" if reading.unit is None else f" {printable(reading.unit[:100])}"
    name = "" if reading.sensor == topic_sensor else f"{printable(reading.sensor[:200])} "
    return f"{name}{text}{unit}"


def _value(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return printable(str(value)[:1_000])


def _payload(message: Telemetry) -> str:
    if not message.payload:
        return "(empty)"
    if message.format == "binary":
        shown = message.payload[:_HEX_BYTES].hex(" ")
        return f"[{len(message.payload)} bytes, not text] {shown}"
    kind = "[not JSON] " if message.format == "text" else ""
    # A payload may have 10 MB; a terminal shows none of that.
    return kind + printable(message.payload[:4_096].decode("utf-8", "replace"))


def _marks(message: Telemetry) -> Iterator[str]:
    if message.retained:
        yield "retained"
    late_ms = 0 if message.timestamp is None else message.received_at - message.timestamp
    if late_ms > _CLOCK_TOLERANCE_MS:
        yield f"late {_roughly(late_ms)}"
    if late_ms < -_CLOCK_TOLERANCE_MS:
        yield f"ahead {_roughly(-late_ms)}"
    for warning in message.warnings:
        yield _WARNINGS[warning]


def _roughly(milliseconds: int) -> str:
    for name, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if milliseconds >= size:
            return f"{milliseconds // size} {name}"
    return f"{milliseconds // 1_000} s"


def _column(text: str, width: int) -> str:
    cut = _cut(printable(text[:400]), width)
    return cut + " " * (width - _width(cut))


def _cut(text: str, columns: int) -> str:
    if _width(text) <= columns:
        return text
    kept: list[str] = []
    used = 1
    for character in text:
        used += _width(character)
        if used > columns:
            break
        kept.append(character)
    return f"{''.join(kept)}…"


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
