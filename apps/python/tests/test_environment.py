"""Where the configuration comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tesa_stream.environment import read_environment
from tesa_stream.errors import TesaError


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("MQTT_TOPIC=device/+/telemetry/#", "device/+/telemetry/#"),
        ("MQTT_TOPIC=device/+/telemetry/# # everything", "device/+/telemetry/#"),
        ("export MQTT_TOPIC=device/+/telemetry/#", "device/+/telemetry/#"),
        ('MQTT_TOPIC="device/+/telemetry/#" # everything', "device/+/telemetry/#"),
        ("MQTT_TOPIC='device/${X}/telemetry/#'", "device/${X}/telemetry/#"),
        ("# MQTT_TOPIC=device/+/telemetry/#", None),
    ],
)
def test_a_line_of_dotenv(line: str, expected: str | None, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"\ufeffMQTT_KEEPALIVE=5\r\n{line}\nOTHER=1\n", encoding="utf-8")
    found = read_environment({}, [tmp_path])
    assert found == {"MQTT_KEEPALIVE": "5", **({} if expected is None else {"MQTT_TOPIC": expected})}


def test_the_environment_wins_over_dotenv_and_takes_back_the_other_way_to_say_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MQTT_TOPIC=device/a/telemetry/#\nMQTT_KEEPALIVE=5\n", encoding="utf-8")
    found = read_environment({"TESA_DEVICE": "b", "MQTT_KEEPALIVE": "9", "PATH": "/bin"}, [tmp_path])
    assert found == {"TESA_DEVICE": "b", "MQTT_KEEPALIVE": "9"}


def test_the_first_folder_with_a_dotenv_counts(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MQTT_CLIENT_ID=a\n", encoding="utf-8")
    assert read_environment({}, [tmp_path / "nowhere", tmp_path]) == {"MQTT_CLIENT_ID": "a"}


def test_a_dotenv_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffMQTT_TOPIC=a".encode("utf-16-le"))
    with pytest.raises(TesaError, match="UTF-8"):
        read_environment({}, [tmp_path])
