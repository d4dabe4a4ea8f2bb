"""Writes a message as one line of JSON."""

from __future__ import annotations

import base64
import json
import re

from tesa_stream.telemetry import Telemetry

_LINE_BREAKS = re.compile(r"[\r\n]+")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def to_ndjson(message: Telemetry) -> bytes:
    """One line of JSON in UTF-8, without the line break at its end.

    ``payload`` holds a JSON payload as the device wrote it, so that integers beyond 2^53 keep their
    digits; text as a string; anything else as base64 (RFC 4648, section 4).
    """
    head = {
        "seq": message.seq,
        "topic": message.topic,
        "deviceId": message.device_id,
        "sensor": message.sensor,
        "receivedAt": message.received_at,
        "timestamp": message.timestamp,
        "readings": [
            {"sensor": sensor, "value": value, "unit": unit} for sensor, value, unit in message.readings
        ],
    }
    tail = {
        "format": message.format,
        "qos": message.qos,
        "retained": message.retained,
        "warnings": message.warnings,
    }
    return b"%b,%b%b,%b" % (_json(head)[:-1], b'"payload":', _payload(message), _json(tail)[1:])


def _payload(message: Telemetry) -> bytes:
    if message.format == "binary":
        return b'"%b"' % base64.b64encode(message.payload)
    # A byte order mark is no JSON, and no part of a text.
    text = message.payload.decode("utf-8").removeprefix("\ufeff")
    if message.format == "text":
        return _json(text)
    # In JSON a line break can only stand between tokens; a string holds it escaped.
    return _LINE_BREAKS.sub(" ", text).encode()


def _json(value: object) -> bytes:
    try:
        return _encode(value).encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, which JSON can write ("\ud800") and UTF-8 cannot.
        return _encode_ascii(value).encode()
