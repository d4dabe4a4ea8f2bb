"""A message of a device, decoded."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from typing import NamedTuple, NoReturn

from tesa_stream.timestamp import parse_timestamp
from tesa_stream.topic import parse_topic

Scalar = int | float | str | bool | None

#: The name of a reading that neither the payload nor the topic names.
_UNNAMED = "value"
#: The keys of the platform's payloads that describe a message and are no measurement.
_RESERVED = frozenset({"timestamp", "device_id", "sensor", "unit", "metadata"})
#: The largest integer up to which a double has every digit.
MAX_SAFE_INTEGER = 2**53 - 1
_UTF8_BOM = "\ufeff"


class Reading(NamedTuple):
    """One value that a device measured."""

    sensor: str
    value: Scalar
    unit: str | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came. ``received_at`` is epoch milliseconds; ``packet_id`` is None at QoS 0."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    received_at: int
    packet_id: int | None = None
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Telemetry:
    """A decoded message. Times are epoch milliseconds; the order of messages is ``seq``, from 1."""

    seq: int
    topic: str
    device_id: str | None
    sensor: str | None
    received_at: int
    timestamp: int | None
    readings: tuple[Reading, ...]
    payload: bytes
    #: ``json``, ``text`` or ``binary``.
    format: str
    qos: int
    retained: bool
    warnings: tuple[str, ...]


def decode(arrival: Arrival, seq: int) -> Telemetry:
    """Decodes a message. It never raises and never loses anything.

    - An object with a ``value`` that is a number, string, boolean or null is one reading. Its sensor is
      that of the payload, else that of the topic, else ``value``.
    - Of any other object, each key whose value is one of these is a reading, except the platform's own
      keys. Objects and arrays inside are no readings.
    - A bare number, string or boolean is one reading. An array and a bare null have none.
    """
    return replace(_Decoder(arrival).decode(), seq=seq)


class _Decoder:
    def __init__(self, arrival: Arrival) -> None:
        self._arrival = arrival
        self._warnings: list[str] = []

    def decode(self) -> Telemetry:
        arrival = self._arrival
        topic = parse_topic(arrival.topic)
        device_id, sensor = (None, None) if topic is None else topic
        if topic is None:
            self._warn("topic-unexpected")
        payload_format, content = parse_payload(arrival.payload)
        timestamp: int | None = None
        readings: tuple[Reading, ...] = ()
        if isinstance(content, dict):
            if self._names_another_device(content, device_id):
                self._warn("device-mismatch")
            timestamp = self._read_timestamp(content.get("timestamp"))
            readings = tuple(self._read_object(content, sensor))
        elif isinstance(content, int | float | str):
            readings = (Reading(sensor or _UNNAMED, self._value(content), None),)
        return Telemetry(
            seq=0,
            topic=arrival.topic,
            device_id=device_id,
            sensor=sensor,
            received_at=arrival.received_at,
            timestamp=timestamp,
            readings=readings,
            payload=arrival.payload,
            format=payload_format,
            qos=arrival.qos,
            retained=arrival.retained,
            warnings=tuple(self._warnings),
        )

    def _read_timestamp(self, value: object) -> int | None:
        time, warning = parse_timestamp(value)
        if warning is not None:
            self._warn(warning)
        if _loses_digits(value):
            self._warn("precision-lost")
        return time

    def _names_another_device(self, content: dict[str, object], device_id: str | None) -> bool:
        named = content.get("device_id")
        if device_id is None or isinstance(named, bool) or not isinstance(named, str | int | float):
            return False
        if isinstance(named, float) and named.is_integer():
            named = int(named)
        return str(named) != device_id

    def _read_object(self, content: dict[str, object], topic_sensor: str | None) -> list[Reading]:
        missing = object()
        value = content.get("value", missing)
        if value is missing or isinstance(value, dict | list):
            return [
                Reading(key, self._value(item), None)
                for key, item in content.items()
                if key not in _RESERVED and not isinstance(item, dict | list)
            ]
        sensor, unit = content.get("sensor"), content.get("unit")
        # An empty name is none.
        name = (sensor if isinstance(sensor, str) else "") or topic_sensor or _UNNAMED
        return [Reading(name, self._value(value), unit if isinstance(unit, str) else None)]

    def _value(self, value: object) -> Scalar:
        if value is None or isinstance(value, str | bool):
            return value
        if not isinstance(value, int | float):
            raise TypeError("A reading is a scalar.")
        if not math.isfinite(value):
            self._warn("number-out-of-range")
            return None
        if _loses_digits(value):
            self._warn("precision-lost")
        # Makes 0 of -0, which JSON numbers need not tell apart.
        return value + 0

    def _warn(self, warning: str) -> None:
        if warning not in self._warnings:
            self._warnings.append(warning)


def _loses_digits(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) > MAX_SAFE_INTEGER


def parse_payload(payload: bytes) -> tuple[str, object]:
    """How a payload can be read: ``json`` with its content, ``text``, or ``binary``."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return "binary", None
    try:
        return "json", _JSON.decode(text.removeprefix(_UTF8_BOM).strip(" \t\r\n"))
    except (ValueError, RecursionError):
        return "text", None


def _parse_int(digits: str) -> int | float:
    """Every number is a double, as in the other clients: integers beyond 2^53 lose digits alike."""
    if len(digits) < 16:
        return int(digits)
    value = float(digits)
    return int(value) if math.isfinite(value) else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


_JSON = json.JSONDecoder(parse_int=_parse_int, parse_constant=_refuse_constant)
