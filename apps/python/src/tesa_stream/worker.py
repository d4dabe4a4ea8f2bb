"""A thread for work that blocks: the log's disk, the output's pipe."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class _Job(Generic[R]):
    def __init__(self, work: Callable[[], R]) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self.result: asyncio.Future[R] = self._loop.create_future()

    def run(self) -> None:
        try:
            value = self._work()
        except BaseException as error:  # noqa: BLE001  # handed to whoever waits
            self._tell(self.result.set_exception, error)
        else:
            self._tell(self.result.set_result, value)

    def _tell(self, settle: Callable[..., None], what: object) -> None:
        def tell() -> None:
            if not self.result.done():
                settle(what)

        # At the end of the program nobody listens any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(tell)


class Worker:
    """One thread that does one thing after the other, in the order in which it is asked.

    It is a daemon, so that a pipe which takes nothing any more keeps no program from ending.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs a function there; gives what it gives and raises what it raises."""
        job: _Job[R] = _Job(lambda: function(*args, **kwargs))
        self._jobs.put(job)  # type: ignore[arg-type]  # what a job results in is its own affair
        # Shielded, since the thread does it whether or not somebody still waits.
        return await asyncio.shield(job.result)

    def stop(self) -> None:
        """Ends the thread after what it was asked so far."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
