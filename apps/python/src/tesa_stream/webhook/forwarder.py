"""Follows the log and sends it, each message at least once, in order per device."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import zlib
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from tesa_stream.errors import TesaError
from tesa_stream.sqlite_log import Cursor, DeadLetter, SqliteLog
from tesa_stream.status import say
from tesa_stream.telemetry import Telemetry
from tesa_stream.webhook.batch import encode_batch
from tesa_stream.webhook.post import Answer, post
from tesa_stream.webhook.schedule import PAUSE_S, SCHEDULE, retry_after_s, step_delay_s, verdict
from tesa_stream.webhook.signing import sign
from tesa_stream.worker import Worker

#: Each device belongs to one lane, which has one request under way: order per device.
LANES = 4
_BATCH_MESSAGES = 100
#: Many receivers take no more than 100 kB.
_BATCH_BYTES = 90_000
_PAGE = 400
#: How long a lane with nothing to send waits before it looks again, should it not be woken.
_LOOK_AGAIN_S = 30.0
_LOG_RETRY_S = 1.0

P = ParamSpec("P")
R = TypeVar("R")
#: First and last ``seq`` of what is sent together.
Range = tuple[int, int]


def lane_of(device_id: str | None) -> int:
    """The lane of a device, the same for ever; messages without a device are all in lane 0."""
    return 0 if device_id is None else zlib.crc32(device_id.encode("utf-8", "surrogatepass")) % LANES


def reader_of(url: str) -> str:
    """How a webhook's lanes are called in the log. The path may be a secret: only a hash of it is kept."""
    return f"webhook:{urlsplit(url).netloc}-{zlib.crc32(url.encode()):08x}"


class Forwarder:
    """All lanes of one webhook."""

    def __init__(self, log: SqliteLog, log_worker: Worker, url: str, secrets: Sequence[str]) -> None:
        self._lanes = [_Lane(index, log, log_worker, url, secrets) for index in range(LANES)]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins where each lane had been."""
        self._tasks = [asyncio.create_task(lane.run()) for lane in self._lanes]

    def wake(self) -> None:
        """The log has grown."""
        for lane in self._lanes:
            lane.wake()

    async def close(self, patience_s: float) -> None:
        """Lets the lanes send what is there, for so long; the rest is for the next run."""
        for lane in self._lanes:
            lane.leave()
        _, late = await asyncio.wait(self._tasks, timeout=patience_s)
        for task in late:
            task.cancel()
        for task in late:
            with contextlib.suppress(asyncio.CancelledError):
                await task


class _Lane:
    def __init__(
        self, index: int, log: SqliteLog, log_worker: Worker, url: str, secrets: Sequence[str]
    ) -> None:
        self._index = index
        self._log = log
        self._log_worker = log_worker
        self._url = url
        self._secrets = secrets
        self._name = f"{reader_of(url)}:lane{index}of{LANES}"
        self._shown = f"webhook {urlsplit(url).scheme}://{urlsplit(url).netloc}"
        self._http = Worker(f"tesa-webhook-{index}")
        self._woken = asyncio.Event()
        self._leaving = False

    def wake(self) -> None:
        self._woken.set()

    def leave(self) -> None:
        self._leaving = True
        self._woken.set()

    async def run(self) -> None:
        cursor = await self._in_log(self._log.cursor, self._name)
        position = cursor.position
        work: list[Range] = [(first, last) for first, last in json.loads(cursor.state or "[]")]
        while True:
            if not work:
                self._woken.clear()
                reached = await self._next(position)
                if reached is None:
                    if self._leaving:
                        return
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), _LOOK_AGAIN_S)
                    continue
                position, found = reached
                if found is None:
                    continue
                # What is sent together is saved before it is sent: after a crash it goes under the same id.
                work = [found]
                await self._save(found[0] - 1, work)
            if not await self._deliver(work):
                return

    async def _next(self, position: int) -> tuple[int, Range | None] | None:
        """The next batch of this lane behind a place, and how far the log was looked through."""
        page = await self._in_log(self._log.read, position, _PAGE)
        if not page:
            return None
        mine: list[Telemetry] = []
        size = 0
        for message in page:
            if lane_of(message.device_id) != self._index:
                continue
            size += len(message.payload) + 400
            if mine and (len(mine) == _BATCH_MESSAGES or size > _BATCH_BYTES):
                return mine[-1].seq, (mine[0].seq, mine[-1].seq)
            mine.append(message)
        if not mine:
            return page[-1].seq, None
        return page[-1].seq, (mine[0].seq, mine[-1].seq)

    async def _deliver(self, work: list[Range]) -> bool:
        """Sends the first range of the work until it is settled. False: leaving, and not settled."""
        first, last = work[0]
        messages = await self._messages(first, last)
        message_id, body = self._encode(messages)
        for step in (*SCHEDULE, None):
            answer = await self._post(message_id, body)
            outcome = "paused" if answer.forbidden else verdict(answer.status) if answer.status else "down"
            if outcome == "delivered":
                del work[0]
                await self._save(last, work)
                return True
            if outcome == "refused":
                await self._split(work, messages, answer)
                return True
            if step is None and outcome == "down":
                break
            asked = retry_after_s(answer.retry_after, time.time())
            delay = PAUSE_S if outcome == "paused" else asked or step_delay_s(step or 0, random.random)
            say(f"{self._shown}: {answer.text}. Next try in {delay:.0f} s.")
            if not await self._wait(delay):
                return False
        await self._give_up(work, messages, "no answer before the schedule ended")
        return True

    async def _split(self, work: list[Range], messages: Sequence[Telemetry], answer: Answer) -> None:
        """Halves what was refused, until the bad message stands alone."""
        if len(messages) == 1:
            await self._give_up(work, messages, answer.text)
            return
        middle = len(messages) // 2
        work[:1] = [
            (messages[0].seq, messages[middle - 1].seq),
            (messages[middle].seq, messages[-1].seq),
        ]
        await self._save(messages[0].seq - 1, work)

    async def _give_up(self, work: list[Range], messages: Sequence[Telemetry], reason: str) -> None:
        now = time.time_ns() // 1_000_000
        dead = [DeadLetter(self._name, now, reason, message.seq) for message in messages]
        say(f"{self._shown}: {len(dead)} dead letters, from seq {messages[0].seq}: {reason}")
        del work[0]
        await self._save(messages[-1].seq, work, dead)

    async def _messages(self, first: int, last: int) -> list[Telemetry]:
        found: list[Telemetry] = []
        after = first - 1
        while page := await self._in_log(self._log.read, after, _PAGE, last):
            found += [message for message in page if lane_of(message.device_id) == self._index]
            after = page[-1].seq
        return found

    def _encode(self, messages: Sequence[Telemetry]) -> tuple[str, bytes]:
        """Like the body, the id depends on nothing but the messages."""
        first, last, log = messages[0].seq, messages[-1].seq, self._log.log_id
        return f"{log}-lane{self._index}of{LANES}-{first}-{last}", encode_batch(log, messages)

    async def _post(self, message_id: str, body: bytes) -> Answer:
        headers = sign(self._secrets, message_id, int(time.time()), body)
        return await self._http.run(post, self._url, headers, body)

    async def _wait(self, delay_s: float) -> bool:
        """False if it is time to leave instead."""
        until = time.monotonic() + delay_s
        while not self._leaving and (left := until - time.monotonic()) > 0:
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), left)
        return not self._leaving

    async def _save(self, position: int, work: Sequence[Range], dead: Sequence[DeadLetter] = ()) -> None:
        cursor = Cursor(position, json.dumps(list(work)))
        await self._in_log(self._log.move_cursor, self._name, cursor, dead)

    async def _in_log(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        while True:
            try:
                return await self._log_worker.run(function, *args, **kwargs)
            except TesaError:
                if self._leaving:
                    raise
                await asyncio.sleep(_LOG_RETRY_S)
