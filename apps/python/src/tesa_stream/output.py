"""Standard output: messages, and nothing else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence

from tesa_stream.console import to_line
from tesa_stream.errors import TesaError
from tesa_stream.ndjson import to_ndjson
from tesa_stream.telemetry import Telemetry
from tesa_stream.worker import Worker

#: A batch is written in pieces of about this size, so that 1,000 messages of 10 MB need no 10 GB at once.
_PIECE_BYTES = 1 << 20


class OutputClosed(Exception):  # noqa: N818
    """Nobody reads any more: no error, but the end."""


class Output:
    """Writes lines in a thread, so that a pipe that is full delays no ping."""

    def __init__(self, descriptor: int, *, as_json: bool) -> None:
        """A terminal gets lines for people unless ``as_json``, anything else gets JSON."""
        self._descriptor = descriptor
        self._is_json = as_json or not os.isatty(descriptor)
        self._worker = Worker("tesa-output")
        self.written = 0

    async def write(self, messages: Sequence[Telemetry]) -> None:
        """Returns when the system has the lines. Raises OutputClosed, or TesaError ``output``."""
        await self._worker.run(self._write, messages)
        self.written += len(messages)

    def _write(self, messages: Sequence[Telemetry]) -> None:
        encode = self._encoder()
        piece = bytearray()
        for message in messages:
            piece += encode(message)
            piece += b"\n"
            if len(piece) >= _PIECE_BYTES:
                self._write_all(piece)
                piece = bytearray()
        self._write_all(piece)

    def _encoder(self) -> Callable[[Telemetry], bytes]:
        if self._is_json:
            return to_ndjson
        columns = shutil.get_terminal_size().columns
        return lambda message: to_line(message, columns).encode("utf-8", "backslashreplace")

    def _write_all(self, data: bytearray) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BrokenPipeError:
            raise OutputClosed from None
        except OSError as error:
            raise TesaError("output", f"Standard output cannot be written: {error.strerror}.") from error
