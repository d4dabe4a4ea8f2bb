"""Commands for what the webhook refused for good: see it, send it again, forget it."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tesa_stream.config import Config
from tesa_stream.errors import EXIT_CODES, TesaError
from tesa_stream.ndjson import to_ndjson
from tesa_stream.sqlite_log import SqliteLog
from tesa_stream.status import say
from tesa_stream.text import printable
from tesa_stream.webhook.batch import encode_batch
from tesa_stream.webhook.dead_letters import KeptLetter, read_dead_letters
from tesa_stream.webhook.forwarder import reader_of
from tesa_stream.webhook.post import post
from tesa_stream.webhook.schedule import verdict
from tesa_stream.webhook.signing import sign


def add_webhook_commands(commands: Any) -> None:  # argparse has no public type for it
    """Adds ``webhook list``, ``webhook replay`` and ``webhook discard``."""
    webhook = commands.add_parser("webhook", help="see, send again or forget what the webhook refused")
    actions = webhook.add_subparsers(dest="action", required=True, metavar="list|replay|discard")
    listing = actions.add_parser("list", help="list the dead letters; a stream may run meanwhile")
    listing.add_argument("--json", action="store_true", help="JSON lines on a terminal, too")
    for name, text in (
        ("replay", "send dead letters again; what is taken is one no longer"),
        ("discard", "forget dead letters"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("ids", nargs="*", type=_number, metavar="ID", help="their numbers, as listed")
        action.add_argument("--all", action="store_true", help="all of them")


def run_webhook_command(options: argparse.Namespace, config: Config) -> int:
    """Runs what was asked; gives the exit code. Raises TesaError."""
    if config.log_path is None:
        raise TesaError("config", "Dead letters are in a log: set TESA_LOG to sqlite:<file>.")
    if options.action == "list":
        return _list(config.log_path, as_json=options.json or not sys.stdout.isatty())
    if options.all == bool(options.ids):
        raise TesaError("usage", "Say which dead letters: their numbers, or --all.")
    # Reading makes no file, so that a mistyped path does not.
    letters = read_dead_letters(config.log_path)
    chosen = [letter for letter in letters if options.all or letter.id in options.ids]
    with contextlib.closing(SqliteLog(config.log_path, config.receive_maximum)) as log:
        if options.action == "discard":
            return _discard(log, chosen, options.ids)
        return _replay(log, config, chosen, options.ids)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f'a dead letter has a number, not "{text}"')
    return int(text)


def _list(path: str, *, as_json: bool) -> int:
    letters = read_dead_letters(path)
    # A reader of the pipe that has gone, as behind `| head`, is no failure.
    with contextlib.suppress(BrokenPipeError):
        for letter in letters:
            sys.stdout.buffer.write((_to_json(letter) if as_json else _to_line(letter)) + b"\n")
        sys.stdout.buffer.flush()
    if not letters:
        say("there are no dead letters")
    return 0


def _to_json(letter: KeptLetter) -> bytes:
    head = json.dumps({"id": letter.id, "reader": letter.reader, "at": letter.at, "reason": letter.reason})
    return b'%b,"message":%b}' % (head[:-1].encode(), to_ndjson(letter.message))


def _to_line(letter: KeptLetter) -> bytes:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(letter.at / 1_000))
    text = f"{letter.id:>6}  {at}  {letter.reader}  {letter.message.topic}  {letter.reason}"
    return printable(text).encode()


def _discard(log: SqliteLog, chosen: Sequence[KeptLetter], ids: Sequence[int]) -> int:
    discarded = sum(log.remove_dead_letter(letter.id) for letter in chosen)
    say(f"{discarded} dead letters discarded")
    return _missing(chosen, ids)


def _replay(log: SqliteLog, config: Config, letters: Sequence[KeptLetter], ids: Sequence[int]) -> int:
    """Sends one after the other, oldest first, until all went or none is taken."""
    if config.webhook_url is None:
        raise TesaError("config", "TESA_WEBHOOK_URL is not set: it says where to.")
    own = [letter for letter in letters if letter.reader.startswith(f"{reader_of(config.webhook_url)}:")]
    delivered = refused = code = 0
    with _stopped_by_signals() as stopped:
        for letter in own:
            if stopped:
                break
            # The same at each replay, so that a receiver knows it again.
            message_id = f"{log.log_id}-deadletter{letter.id}"
            body = encode_batch(log.log_id, [letter.message])
            headers = sign(config.webhook_secrets, message_id, int(time.time()), body)
            answer = post(config.webhook_url, headers, body)
            outcome = verdict(answer.status) if answer.status else "down"
            if outcome == "delivered":
                log.remove_dead_letter(letter.id)
                delivered += 1
            elif outcome == "refused":
                say(f"warning: {letter.id} was refused again: {answer.text}")
                refused += 1
                code = EXIT_CODES["output"]
            else:
                say(f"ended: the webhook takes nothing now: {answer.text}")
                code = EXIT_CODES["output" if answer.status else "network"]
                break
    say(f"{delivered} delivered, {refused} refused")
    return code or _missing(own, ids)


def _missing(found: Sequence[KeptLetter], ids: Sequence[int]) -> int:
    missing = sorted(set(ids) - {letter.id for letter in found})
    for number in missing:
        say(f'warning: {number} is no dead letter of this webhook; "webhook list" shows them')
    return EXIT_CODES["usage"] if missing else 0


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[list[int]]:
    """Gets the signals that came: what is under way is finished, since it may have been taken."""
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda got, _frame: came.append(got)) for number in numbers]
    try:
        yield came
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
