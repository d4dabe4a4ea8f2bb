"""Runs the test vectors of tooling/conformance."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tesa_stream.api_token import parse_token
from tesa_stream.backoff import Backoff, BackoffPolicy
from tesa_stream.config import parse_config
from tesa_stream.errors import TesaError
from tesa_stream.log import Log, MemoryLog
from tesa_stream.ndjson import to_ndjson
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival, decode
from tesa_stream.topic import parse_topic
from tesa_stream.webhook.signing import find_secret_problems, sign
from vectors import payload_bytes, vectors


@pytest.mark.parametrize(("given", "expected"), vectors("token"))
def test_token(given: str, expected: dict[str, Any]) -> None:
    if expected.get("refused"):
        with pytest.raises(TesaError) as raised:
            parse_token(given)
        assert "FAKE" not in f"{raised.value.message} {raised.value!r} {raised.value.problems}"
        return
    token = parse_token(given)
    assert str(token) == repr(token) == f"{token}"
    assert expected == {
        "organisation": token.organisation,
        "redacted": str(token),
        "unusualLength": bool(token.warnings),
    }


@pytest.mark.parametrize(("given", "expected"), vectors("topic"))
def test_topic(given: str, expected: dict[str, Any] | None) -> None:
    topic = parse_topic(given)
    found = None if topic is None else {"deviceId": topic.device_id, "sensor": topic.sensor}
    assert found == expected


@pytest.mark.parametrize(("given", "expected"), vectors("decode"))
def test_decode(given: dict[str, Any], expected: dict[str, Any]) -> None:
    arrival = Arrival(given["topic"], payload_bytes(given), qos=1, retained=False, received_at=0)
    line = to_ndjson(decode(arrival, 1))
    assert not re.search(rb"[\r\n]", line)
    written = json.loads(line)
    assert written["seq"] == 1
    assert written["topic"] == given["topic"]
    for key in ("deviceId", "sensor", "timestamp", "format"):
        assert written[key] == expected[key]
    assert _by_sensor(written["readings"]) == _by_sensor(expected["readings"])
    assert sorted(written["warnings"]) == sorted(expected["warnings"])
    if "payload" in expected:
        assert written["payload"] == expected["payload"]
    if "payloadText" in expected:
        assert f'"payload":{expected["payloadText"]},"format"'.encode() in line


def _by_sensor(readings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # bool is an int in Python: 1 == True must not pass.
    typed = [{**each, "type": isinstance(each["value"], bool)} for each in readings]
    return sorted(typed, key=lambda each: str(each["sensor"]))


@pytest.mark.parametrize(("given", "expected"), vectors("config"))
def test_config(given: dict[str, str], expected: dict[str, Any]) -> None:
    if "problems" in expected:
        with pytest.raises(TesaError) as raised:
            parse_config(given)
        names = {name for problem in raised.value.problems for name in _names_in(problem)}
        assert names == set(expected["problems"])
        for end in expected.get("endsWith", []):
            assert any(problem.endswith(end) for problem in raised.value.problems), raised.value.problems
        for secret in expected.get("neverShown", []):
            assert secret not in raised.value.message
        return
    config = parse_config(given)
    found = {
        "brokerUrl": str(config.broker),
        "tokenFile": config.token_file,
        "filters": sorted(config.filters),
        "clientId": config.client_id,
        "keepAliveSeconds": config.keep_alive_seconds,
        "firstBackoffMs": config.backoff.first_ms,
        "caCertPath": config.ca_cert_path,
        "protocolVersion": config.protocol_version.replace("4", "3.1.1"),
        "receiveMaximum": config.receive_maximum,
        "sessionExpirySeconds": config.session_expiry_seconds,
        "brokerQueue": config.broker_queue,
        "share": config.share,
        "log": "memory:" if config.log_path is None else f"sqlite:{config.log_path}",
        "webhookUrl": config.webhook_url,
    }
    for key, value in expected["config"].items():
        assert found[key] == (sorted(value) if key == "filters" else value)


def _names_in(problem: str) -> list[str]:
    match = re.match(r"(\w+)(?: and (\w+) are both set)?", problem)
    assert match is not None
    return [name for name in match.groups() if name is not None]


@pytest.mark.parametrize(("given", "expected"), vectors("redelivery"))
def test_redelivery_in_the_sqlite_log(given: dict[str, Any], expected: list[str], tmp_path: Path) -> None:
    def open_log() -> SqliteLog:
        return SqliteLog(str(tmp_path / "log.db"), given["receiveMaximum"])

    log = open_log()

    def restart() -> SqliteLog:
        nonlocal log
        log.close()
        log = open_log()
        return log

    assert _verdicts(log, given["steps"], restart) == expected
    log.close()


def _without_restart(file: str) -> list[Any]:
    return [each for each in vectors(file) if {"restart": True} not in each.values[0]["steps"]]


@pytest.mark.parametrize(("given", "expected"), _without_restart("redelivery"))
def test_redelivery_in_memory(given: dict[str, Any], expected: list[str]) -> None:
    assert _verdicts(MemoryLog(given["receiveMaximum"]), given["steps"], None) == expected


def _verdicts(log: Log, steps: list[dict[str, Any]], restart: Callable[[], Log] | None) -> list[str]:
    found: list[str] = []
    for step in steps:
        if "connected" in step:
            log.connected(session_present=step["connected"]["sessionPresent"])
        elif "restart" in step:
            assert restart is not None
            log = restart()
        else:
            message = step["message"]
            arrival = Arrival(
                topic=message["topic"],
                payload=payload_bytes(message),
                qos=0 if message["packetId"] is None else 1,
                retained=False,
                received_at=1,
                packet_id=message["packetId"],
                duplicate=message.get("dup", False),
            )
            found.append("new" if log.append([arrival]) else "redelivered")
    return found


@pytest.mark.parametrize(("given", "expected"), vectors("backoff"))
def test_backoff(given: dict[str, Any], expected: list[int]) -> None:
    backoff = Backoff(BackoffPolicy(first_ms=given["firstMs"]), lambda: float(given["random"]))
    waits: list[int] = []
    for lasted_ms in given["connections"]:
        backoff.ended_after(lasted_ms)
        waits.append(backoff.next_delay_ms())
    assert waits == expected


@pytest.mark.parametrize(("given", "expected"), vectors("webhook-signature"))
def test_webhook_signature(given: dict[str, Any], expected: dict[str, Any]) -> None:
    secrets = given["secret"].split()
    problems = find_secret_problems(secrets)
    if expected.get("refused"):
        assert problems
        assert "FAKE" not in "".join(problems)
        return
    assert problems == []
    headers = sign(secrets, given["id"], given["timestamp"], payload_bytes(given, "body"))
    assert headers["webhook-signature"] == expected["signature"]
