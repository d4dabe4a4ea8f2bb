"""What becomes of a message: straight to the output, or into the log, which others follow."""

from __future__ import annotations

import asyncio
import contextlib

from tesa_stream.config import Config
from tesa_stream.errors import TesaError
from tesa_stream.log import MemoryLog
from tesa_stream.output import Output, OutputClosed
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.telemetry import Arrival
from tesa_stream.webhook.forwarder import Forwarder
from tesa_stream.worker import Worker

#: Messages that the output reads at once.
_PAGE = 200
#: How long output and webhook have, at the end, for what is in the log; the rest is for the next run.
_LEAVE_S = 5.0


class MemoryRoute:
    """Without a log: a message is acknowledged when the output has it."""

    def __init__(self, log: MemoryLog, output: Output, stop: asyncio.Event, count: int | None) -> None:
        self.log = log
        self.failure: TesaError | None = None
        self._output = output
        self._stop = stop
        self._left = count

    async def sink(self, arrivals: list[Arrival]) -> None:
        """Returns when the system has the lines."""
        wanted = arrivals if self._left is None else arrivals[: self._left]
        try:
            await self._output.write(self.log.number(wanted))
        except OutputClosed:
            self._left = 0
        if self._left is not None:
            self._left -= min(len(wanted), self._left)
            if self._left == 0:
                self._stop.set()

    async def close(self) -> None:
        """There is nothing left to do."""


class DurableRoute:
    """With a log: a message is acknowledged when it is on the disk; output and webhook follow the log."""

    def __init__(
        self, config: Config, log: SqliteLog, worker: Worker, output: Output, stop: asyncio.Event
    ) -> None:
        self.log = log
        self.failure: TesaError | None = None
        self._worker = worker
        self._output = output
        self._stop = stop
        self._grown = asyncio.Event()
        self._closing = False
        self._forwarder: Forwarder | None = None
        if config.webhook_url is not None:
            self._forwarder = Forwarder(log, worker, config.webhook_url, config.webhook_secrets)
        self._follower: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, config: Config, worker: Worker, output: Output, stop: asyncio.Event, count: int | None
    ) -> DurableRoute:
        """Opens the log. Raises TesaError ``log``."""
        log = await worker.run(SqliteLog, config.log_path or "", config.receive_maximum)
        route = cls(config, log, worker, output, stop)
        route._follower = asyncio.create_task(route._follow(log.last_seq, count))
        if route._forwarder is not None:
            route._forwarder.start()
        return route

    async def sink(self, arrivals: list[Arrival]) -> None:
        """They are stored already: wakes those that follow."""
        if arrivals:
            self._grown.set()
            if self._forwarder is not None:
                self._forwarder.wake()

    async def close(self) -> None:
        """Gives the followers some seconds, and closes the log."""
        self._closing = True
        self._grown.set()
        if self._follower is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._follower, _LEAVE_S)
        if self._forwarder is not None:
            await self._forwarder.close(_LEAVE_S)
        await self._worker.run(self.log.close)

    async def _follow(self, after: int, count: int | None) -> None:
        """Writes what comes from the start of this run on."""
        last = None if count is None else after + count
        try:
            while last is None or after < last:
                self._grown.clear()
                page = await self._worker.run(self.log.read, after, _PAGE, last)
                if page:
                    await self._output.write(page)
                    after = page[-1].seq
                elif self._closing:
                    return
                else:
                    await self._grown.wait()
        except OutputClosed:
            pass
        except TesaError as error:
            # Somebody asked for the output; what it lacks is in the log.
            self.failure = error
        self._stop.set()
