"""The program: reads what the user said, chooses the parts, runs, and ends with an exit code."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tesa_stream.config import Config, parse_config
from tesa_stream.connection import create_tls_context
from tesa_stream.environment import read_environment
from tesa_stream.errors import EXIT_CODES, TesaError
from tesa_stream.log import MemoryLog
from tesa_stream.output import Output, OutputClosed
from tesa_stream.route import DurableRoute, MemoryRoute
from tesa_stream.status import Status, say, summary
from tesa_stream.stream import Stream
from tesa_stream.webhook.commands import add_webhook_commands, run_webhook_command
from tesa_stream.worker import Worker

#: How long the output may take for what it has after a signal.
_DRAIN_S = 10.0
_APP_FOLDER = Path(__file__).resolve().parents[2]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        say(f"{message}. See --help.")
        raise SystemExit(EXIT_CODES["usage"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; gives its exit code."""
    options = _parse(arguments)
    try:
        config = parse_config(read_environment(os.environ, [Path.cwd(), _APP_FOLDER]))
        _check_ca(config.ca_cert_path)
    except TesaError as error:
        say(error.message)
        return error.exit_code
    try:
        if options.command == "webhook":
            return run_webhook_command(options, config)
        return asyncio.run(_run(config, options))
    except TesaError as error:
        say(f"ended: {error.message}")
        return error.exit_code


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _Parser(
        prog="tesa-stream",
        description="Streams the telemetry of your TESAIoT devices. README.md lists its variables.",
    )
    parser.add_argument("--json", action="store_true", help="JSON lines on a terminal, too")
    parser.add_argument("--count", type=_positive, metavar="N", help="end after N messages")
    parser.add_argument("--timeout", type=_positive, metavar="SECONDS", help="end with 124 after so long")
    parser.add_argument("--no-wait", action="store_true", help="end if the broker cannot be reached at first")
    add_webhook_commands(parser.add_subparsers(dest="command", metavar="webhook"))
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= 1_000_000_000:
        raise argparse.ArgumentTypeError("it must be a whole number from 1 on")
    return int(text)


def _check_ca(path: str | None) -> None:
    """Better told before the first connect than by it."""
    try:
        create_tls_context(path)
    except OSError as error:
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise TesaError("config", f'CA_CERT_PATH "{path}" cannot be used: {reason}.') from error


async def _run(config: Config, options: argparse.Namespace) -> int:
    started = time.monotonic()
    status = Status(config.broker)
    output = Output(sys.stdout.fileno(), as_json=options.json)
    log_worker = Worker("tesa-log")
    stop = asyncio.Event()
    if config.token is not None:
        for warning in config.token.warnings:
            status.warn(warning)
    route: MemoryRoute | DurableRoute
    if config.log_path is None:
        route = MemoryRoute(MemoryLog(config.receive_maximum), output, stop, options.count)
    else:
        route = await DurableRoute.open(config, log_worker, output, stop, options.count)
    stream = Stream(config, route.log, log_worker, route.sink, status, wait=not options.no_wait)
    _stop_at_signals(stop)
    error = await _until_the_end(stream, route, stop, options.timeout)
    await route.close()
    if error is not None:
        say(f"ended: {error.message}")
    say(summary(stream.counts, output.written, time.monotonic() - started))
    return 0 if error is None else error.exit_code


async def _until_the_end(
    stream: Stream, route: MemoryRoute | DurableRoute, stop: asyncio.Event, timeout_s: int | None
) -> TesaError | None:
    running = asyncio.create_task(stream.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([running, stopping], timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    timed_out = not running.done() and not stop.is_set()
    stopping.cancel()
    stream.stop()
    try:
        async with asyncio.timeout(_DRAIN_S):
            error = await running
    except TimeoutError:
        error = TesaError("output", "Nobody took the output for 10 s after the end.")
    except OutputClosed:
        error = None
    error = error or route.failure
    if error is None and timed_out:
        return TesaError("timeout", f"--timeout: {timeout_s} s are over.")
    return error


def _stop_at_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        if stop.is_set():
            # A second Ctrl-C ends at once; what is not acknowledged comes again.
            os._exit(128 + number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows' loop has no signal handlers
            loop.add_signal_handler(number, on_signal, number)
