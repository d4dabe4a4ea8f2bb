"""Lines for people."""

from __future__ import annotations

import pytest

from tesa_stream.console import to_line
from tesa_stream.telemetry import Arrival, decode


def _line(payload: bytes, columns: int = 120, topic: str = "device/press-1/telemetry/temperature") -> str:
    return to_line(decode(Arrival(topic, payload, 1, False, 1_770_201_045_123), 1), columns)


def test_a_reading_stands_behind_time_device_and_sensor() -> None:
    line = _line(b'{"value":25.5,"unit":"\xc2\xb0C"}')
    assert line[8:12] == ".123"
    assert line.split()[1:] == ["press-1", "temperature", "25.5", "°C"]


def test_several_readings_bear_their_names() -> None:
    line = _line(b'{"t":1,"ok":true,"x":null}', topic="device/press-1/telemetry")
    assert line.endswith("t 1  ok true  x null")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_line_is_never_wider_than_the_terminal(columns: int) -> None:
    assert len(_line(b'{"a":"' + b"x" * 5_000 + b'"}', columns)) < columns


def test_what_a_device_sends_cannot_act_on_the_terminal() -> None:
    hostile = "\u001b[2J\u202e\u2028\r\n\u0007"
    for payload in (hostile.encode(), b'{"value":"\\u001b[2J\\u202e"}'):
        line = _line(payload)
        assert line.isprintable()
        assert "\\u{1b}" in line


def test_what_is_not_json_is_shown_as_what_it_is() -> None:
    assert "[not JSON] ERR 17" in _line(b"ERR 17")
    assert "[3 bytes, not text] ff fe 00" in _line(b"\xff\xfe\x00")
    assert "(empty)" in _line(b"")


def test_marks_say_what_to_know() -> None:
    assert "[UTC assumed]" in _line(b'{"timestamp":"2026-02-04T10:30:45","value":1}')
    assert "[late 1 h]" in _line(b'{"timestamp":"2026-02-04T09:30:00Z","value":1}')
