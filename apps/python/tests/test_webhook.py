"""The forwarder against a real receiver on the loopback interface."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from standardwebhooks import Webhook

from tesa_stream.app import main
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival
from tesa_stream.webhook.dead_letters import read_dead_letters
from tesa_stream.webhook.forwarder import Forwarder, lane_of
from tesa_stream.webhook.schedule import SCHEDULE, retry_after_s, step_delay_s, verdict
from tesa_stream.webhook.target import find_target_problems
from tesa_stream.worker import Worker

SECRET = "whsec_RkFLRUZBS0VGQUtFRkFLRUZBS0VGQUtF"


class Receiver(ThreadingHTTPServer):
    """Verifies and keeps what it gets; ``answers`` gives the status for a body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.statuses: list[int] = []
        self.refused_values: set[int] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret-path"

    def status_for(self, body: dict[str, Any]) -> int:
        if self.statuses:
            return self.statuses.pop(0)
        values = {message["payload"] for message in body["data"]["messages"]}
        return 422 if values & self.refused_values else 204


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        body = Webhook(SECRET).verify(raw, dict(self.headers.items()))
        self.server.requests.append((self.headers["webhook-id"], body))
        self.send_response(self.server.status_for(body))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _arrivals(count: int) -> list[Arrival]:
    return [
        Arrival(f"device/d{index % 5}/telemetry/t", str(index).encode(), 1, False, 1_000 + index, index + 1)
        for index in range(count)
    ]


async def _forward(log: SqliteLog, url: str) -> None:
    worker = Worker("test-log")
    forwarder = Forwarder(log, worker, url, [SECRET])
    forwarder.start()
    await forwarder.close(patience_s=10)
    worker.stop()


def _received(server: Receiver) -> list[int]:
    return [message["payload"] for _, body in server.requests for message in body["data"]["messages"]]


def test_each_message_goes_out_once_signed_and_in_order_per_device(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 1_000)
    log.append(_arrivals(250))
    with receiving() as server:
        asyncio.run(_forward(log, server.url))
        asyncio.run(_forward(log, server.url))
        received = _received(server)
    assert sorted(received) == list(range(250))
    for device in range(5):
        of_device = [value for value in received if value % 5 == device]
        assert of_device == sorted(of_device)
    log.close()


def test_a_receiver_that_is_down_gets_the_same_batch_again_under_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tesa_stream.webhook.forwarder.step_delay_s", lambda _step, _random: 0.01)
    log = SqliteLog(str(tmp_path / "log.db"), 1_000)
    log.append(_arrivals(1))

    async def forward_until_delivered(server: Receiver) -> None:
        worker = Worker("test-log")
        forwarder = Forwarder(log, worker, server.url, [SECRET])
        forwarder.start()
        async with asyncio.timeout(10):
            while len(server.requests) < 3:  # noqa: ASYNC110  # the receiver is in another thread
                await asyncio.sleep(0.01)
        await forwarder.close(patience_s=10)
        worker.stop()

    with receiving() as server:
        server.statuses = [500, 429]
        asyncio.run(forward_until_delivered(server))
        assert len({message_id for message_id, _ in server.requests}) == 1
        assert server.requests[0] == server.requests[2]
    log.close()


def test_a_message_that_is_refused_stands_alone_in_the_end_and_becomes_a_dead_letter(tmp_path: Path) -> None:
    log = SqliteLog(str(tmp_path / "log.db"), 1_000)
    log.append(_arrivals(50))
    with receiving() as server:
        server.refused_values = {7}
        asyncio.run(_forward(log, server.url))
        taken = [
            message["payload"]
            for _, body in server.requests
            for message in body["data"]["messages"]
            if 7 not in {each["payload"] for each in body["data"]["messages"]}
        ]
    assert sorted(taken) == [value for value in range(50) if value != 7]
    letters = log.dead_letters()
    assert [letter.seq for letter in letters] == [8]
    assert "secret-path" not in json.dumps(letters)
    log.close()


def _command(monkeypatch: pytest.MonkeyPatch, path: Path, url: str, *words: str) -> int:
    settings = {
        "MQTT_API_TOKEN": "tesa_mqtt_acme_FAKEFAKEFAKEFAKEFAKEFAKEFAKE0001",
        "TESA_LOG": f"sqlite:{path}",
        "TESA_WEBHOOK_URL": url,
        "TESA_WEBHOOK_SECRET": SECRET,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return main(["webhook", *words])


def test_dead_letters_are_listed_sent_again_and_discarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log.db"
    log = SqliteLog(str(path), 1_000)
    log.append(_arrivals(10))
    with receiving() as server:
        server.refused_values = {3, 7, 8}
        asyncio.run(_forward(log, server.url))
        # The stream may run meanwhile.
        assert _command(monkeypatch, path, server.url, "list") == 0
        listed = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
        assert sorted(letter["message"]["payload"] for letter in listed) == [3, 7, 8]
        assert {letter["reason"] for letter in listed} == {"answered 422"}
        number = {letter["message"]["payload"]: str(letter["id"]) for letter in listed}
        assert _command(monkeypatch, path, server.url, "replay", "--all") == 74
        assert b"is open already" in capfdbinary.readouterr().err
        log.close()

        server.refused_values = {8}
        del server.requests[:]
        assert _command(monkeypatch, path, server.url, "replay", number[3], number[8]) == 74
        err = capfdbinary.readouterr().err
        assert b"1 delivered, 1 refused" in err
        assert f"{number[8]} was refused again: answered 422".encode() in err
        assert sorted(_received(server)) == [3, 8]
        assert _command(monkeypatch, path, server.url, "replay", number[3]) == 64
        assert b"no dead letter of this webhook" in capfdbinary.readouterr().err
        assert _command(monkeypatch, path, f"{server.url}/other", "replay", "--all") == 0
        assert _command(monkeypatch, path, server.url, "discard", number[8]) == 0
        assert _command(monkeypatch, path, server.url, "replay", "--all") == 0
        # The same id at each replay, and no other's.
        ids = [message_id for message_id, _ in server.requests]
        assert [message_id.rsplit("-", 1)[1] for message_id in ids] == [
            f"deadletter{each}" for each in sorted([number[3], number[8]], key=int)
        ] + [f"deadletter{number[7]}"]
        capfdbinary.readouterr()
        assert _command(monkeypatch, path, server.url, "list") == 0
        assert b"no dead letters" in capfdbinary.readouterr().err
    assert _command(monkeypatch, tmp_path / "none.db", "https://example.com", "list") == 74
    assert not (tmp_path / "none.db").exists()


def test_a_webhook_that_is_down_ends_a_replay_and_keeps_the_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log.db"
    log = SqliteLog(str(path), 1_000)
    log.append(_arrivals(2))
    with receiving() as server:
        server.refused_values = {0, 1}
        asyncio.run(_forward(log, server.url))
        log.close()
        url = server.url
        server.statuses = [503]
        assert _command(monkeypatch, path, url, "replay", "--all") == 74
    assert _command(monkeypatch, path, url, "replay", "--all") == 69
    assert b"secret-path" not in capfdbinary.readouterr().err
    assert len(read_dead_letters(str(path))) == 2
    assert _command(monkeypatch, path, url, "replay") == 64


def test_devices_spread_over_the_lanes_and_stay_there() -> None:
    assert {lane_of(f"d{index}") for index in range(100)} == {0, 1, 2, 3}
    assert lane_of("d1") == lane_of("d1")
    assert lane_of(None) == 0


@pytest.mark.parametrize(
    ("status", "expected"),
    [(204, "delivered"), (500, "down"), (429, "down"), (413, "refused"), (401, "paused"), (301, "paused")],
)
def test_an_answer_means(status: int, expected: str) -> None:
    assert verdict(status) == expected


def test_the_schedule_lasts_three_days_and_chance_only_shortens_it() -> None:
    assert sum(SCHEDULE) > 3 * 86_400
    assert step_delay_s(100, lambda: 0.0) == 100
    assert step_delay_s(100, lambda: 0.999) > 75


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 1.0),
        ("120", 120.0),
        ("999999", 86_400.0),
        ("Wed, 04 Feb 2026 10:31:45 GMT", 60.0),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, expected: float | None) -> None:
    assert retry_after_s(value, now_s=1770201045) == expected


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://example.com/hook", True),
        ("http://127.0.0.1:8080/hook", True),
        ("http://10.1.2.3/hook", True),
        ("http://8.8.8.8/hook", False),
        ("https://169.254.169.254/latest", False),
        ("https://[::ffff:169.254.169.254]/latest", False),
        ("https://metadata.google.internal/", False),
        ("https://me:secret@example.com/", False),
        ("ftp://example.com/", False),
        ("https://example.com:99999/", False),
        ("example.com", False),
    ],
)
def test_where_a_webhook_may_be_sent(url: str, is_right: bool) -> None:
    assert (find_target_problems(url) == []) is is_right
