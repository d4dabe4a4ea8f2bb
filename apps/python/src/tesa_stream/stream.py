"""The stream: connects, subscribes, stays, comes back, and acknowledges what was dealt with."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tesa_stream.api_token import Token, parse_token
from tesa_stream.backoff import Backoff
from tesa_stream.config import Config
from tesa_stream.connection import Connection, ConnectOptions
from tesa_stream.errors import TesaError
from tesa_stream.inbox import Inbox
from tesa_stream.log import Gap, Log, Session
from tesa_stream.rate import MOST
from tesa_stream.reasons import subscription_refused
from tesa_stream.telemetry import Arrival
from tesa_stream.worker import Worker

#: How long to wait for a SUBACK: EMQX sends none while its authorization back end hangs.
_SUBACK_TIMEOUT_S = 15
#: A broker that denies by disconnecting says nothing on 3.1.1: so many closes before a SUBACK are a refusal.
_CLOSES_BEFORE_SUBACK = 3
#: MQTT 5, 3.14.2.1: how a broker refuses a subscription by disconnecting.
_NOT_AUTHORISED = 0x87
#: How often a log that fails is tried again.
_LOG_RETRY_S = 1.0

#: Refusals that no waiting mends when they come first, but that may be an outage when it has worked before.
_REFUSALS = {
    "token-refused",
    "subscription-refused",
    "client-id-refused",
    "protocol-version",
    "tls-expired",
    "tls-host-name",
    "tls-untrusted",
    "tls-version",
    "upgrade-refused",
}
T = TypeVar("T")

_TERMINAL = {"config", "usage", "taken-over", "output"}


class Observer(Protocol):
    """Is told how it goes."""

    def connecting(self, version: int) -> None: ...
    def live(self, filters: Sequence[str], organisation: str, *, session_present: bool) -> None: ...
    def waiting(self, error: TesaError, delay_ms: int) -> None: ...
    def gap(self, gap: Gap) -> None: ...
    def log_trouble(self, error: TesaError | None) -> None: ...
    def warn(self, text: str) -> None: ...


@dataclass
class Counts:
    """Since the stream began."""

    received: int = 0
    stored: int = 0
    redelivered: int = 0
    dropped: int = 0
    live: int = 0
    gaps: int = 0


#: Takes new messages; when it returns they are safe, and are acknowledged.
Sink = Callable[[list[Arrival]], Awaitable[None]]


class Stream:
    """Runs until it is stopped or must end."""

    def __init__(
        self, config: Config, log: Log, log_worker: Worker, sink: Sink, observer: Observer, *, wait: bool
    ) -> None:
        """``wait``: whether to wait for a broker that cannot be reached at the first attempt."""
        self.counts = Counts()
        self._config = config
        self._log = log
        self._worker = log_worker
        self._sink = sink
        self._observer = observer
        self._wait = wait
        self._inbox = Inbox(config.receive_maximum)
        self._stop = asyncio.Event()
        self._version = 4 if config.protocol_version == "4" else 5
        self._backoff = Backoff(config.backoff, random.random)
        self._closes_before_suback = 0
        self._lost_at: int | None = None
        self._failure: TesaError | None = None

    def stop(self) -> None:
        """Takes in nothing more, deals with what is there, says goodbye to the broker."""
        self._stop.set()

    async def run(self) -> TesaError | None:
        """Gives the error that ended it; None after :meth:`stop`."""
        committing = asyncio.create_task(self._commit())
        try:
            return await self._connect_until_the_end() or self._failure
        finally:
            self._inbox.close()
            await committing

    async def _connect_until_the_end(self) -> TesaError | None:
        try:
            await self._recall_rate()
        except TesaError as unreadable:
            return unreadable
        while not self._stop.is_set():
            error, treatment = await self._connect_once()
            if self._stop.is_set():
                break
            if treatment == "end":
                return error
            if treatment != "now":
                await self._wait_before_next(error, treatment)
        return None

    async def _connect_once(self) -> tuple[TesaError, str]:
        fingerprint: str | None = None
        try:
            self._observer.connecting(self._version)
            token = await asyncio.to_thread(self._read_token)
            fingerprint = token.fingerprint
            error = await self._connection(token)
        except TesaError as caught:
            error = caught
        return await self._outcome(error, fingerprint)

    def _read_token(self) -> Token:
        if self._config.token is not None:
            return self._config.token
        path = self._config.token_file or ""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise TesaError("config", f'TESA_TOKEN_FILE "{path}" cannot be read: {reason}.') from error
        token = parse_token(text.rstrip("\r\n"))
        for warning in token.warnings:
            self._observer.warn(warning)
        return token

    async def _connection(self, token: Token) -> TesaError:
        """One connection from its beginning to its end; gives why it ended."""
        session = await self._worker.run(self._log.session)
        keeps = self._config.session_expiry_seconds > 0 and (self._log.durable or self._version == 5)
        options = ConnectOptions(
            broker=self._config.broker,
            token=token,
            client_id=self._config.client_id or session.client_id,
            version=self._version,
            keep_alive_seconds=self._config.keep_alive_seconds,
            clean_start=not keeps or (not self._log.durable and self._lost_at is None),
            session_expiry_seconds=self._config.session_expiry_seconds if keeps else 0,
            receive_maximum=self._config.receive_maximum,
            ca_cert_path=self._config.ca_cert_path,
        )
        lives = self.counts.live
        connection = await self._unless_stopped(Connection.open(options, self._take))
        try:
            await self._worker.run(self._log.connected, session_present=connection.session_present)
            await self._note_gap(session, connection.session_present)
            self._inbox.open(connection)
            return await self._subscribed(connection, session, token)
        finally:
            if self._stop.is_set():
                await self._leave(connection)
            connection.destroy()
            if self.counts.live > lives:
                self._lost_at = _now()
            if keeps:
                self._inbox.forget(connection)
            await self._remember_end()

    async def _subscribed(self, connection: Connection, session: Session, token: Token) -> TesaError:
        filters = self._config.filters
        unwanted = [each for each in session.filters if each not in filters]
        if connection.session_present and unwanted:
            await self._in_time(connection.unsubscribe(unwanted))
        # A close may be the broker's way to refuse: it is counted here, and forgiven at the SUBACK.
        self._closes_before_suback += 1
        try:
            codes = await self._in_time(connection.subscribe(filters))
        except TesaError as error:
            if error.code == "subscription-refused":
                # By a DISCONNECT, which does not say what it refuses (MQTT 5, 3.14.2.1).
                raise subscription_refused(list(filters), _NOT_AUTHORISED) from error
            raise
        self._closes_before_suback = 0
        refused = [each for each, code in zip(filters, codes, strict=False) if code >= 0x80]
        if refused:
            raise subscription_refused(refused, next(code for code in codes if code >= 0x80))
        saved = replace(session, filters=filters, accepted_token=token.fingerprint, connected_until=_now())
        await self._worker.run(self._log.save_session, saved)
        self._observer.live(filters, token.organisation, session_present=connection.session_present)
        self.counts.live += 1
        return await self._live(connection)

    async def _live(self, connection: Connection) -> TesaError:
        since = time.monotonic()
        stopped = asyncio.create_task(self._stop.wait())
        either: list[asyncio.Future[Any]] = [connection.ended, stopped]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        self._backoff.ended_after((time.monotonic() - since) * 1_000)
        if self._stop.is_set():
            return TesaError("connection-lost", "Stopped.")
        return connection.ended.result()

    async def _leave(self, connection: Connection) -> None:
        """Finishes what was received and says goodbye.

        The session stays if there is a log to go on with, or others to share with: EMQX throws away what a
        worker had not acknowledged when it says goodbye with an expiry of 0.
        """
        self._inbox.close()
        await self._inbox.emptied.wait()
        stays = self._log.durable or self._config.share is not None
        await connection.disconnect(self._config.session_expiry_seconds if stays else 0)

    async def _wait_before_next(self, error: TesaError, treatment: str) -> None:
        delay_ms = self._backoff.next_delay_ms(slowly=treatment == "slow")
        self._observer.waiting(error, delay_ms)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), delay_ms / 1_000)

    async def _outcome(self, error: TesaError, fingerprint: str | None) -> tuple[TesaError, str]:
        """What follows a failure: the end, the next attempt by backoff, at the longest wait, or now."""
        if (
            error.code == "protocol-version"
            and self._config.protocol_version == "auto"
            and self._version == 5
        ):
            self._version = 4
            return error, "now"
        if self._closes_before_suback >= _CLOSES_BEFORE_SUBACK:
            if error.code == "connection-lost":
                error = subscription_refused(list(self._config.filters), None)
            else:
                self._closes_before_suback = 0
        ever_live = self.counts.live > 0
        session = await self._worker.run(self._log.session)
        accepted = ever_live if fingerprint is None else session.accepted_token == fingerprint
        if error.code in _TERMINAL or (not ever_live and not self._wait):
            return error, "end"
        if error.code in _REFUSALS:
            # After it had been accepted, the same refusal may be an outage of the platform's authentication.
            return error, "slow" if accepted else "end"
        return error, "backoff"

    def _take(self, connection: Connection, arrival: Arrival) -> None:
        if self._inbox.push(connection, arrival):
            self.counts.received += 1
        elif arrival.qos == 0:
            self.counts.dropped += 1
        else:
            # The broker has no PUBACK for it, so nothing is lost by leaving.
            connection.refuse_flood()

    async def _commit(self) -> None:
        """Stores batch after batch; what arrives meanwhile is the next batch."""
        while batch := await self._inbox.take():
            try:
                new = await self._store(batch)
                if new:
                    await self._sink(new)
            except TesaError as error:
                self._failure = error
                self._inbox.close(drop=True)
                self._stop.set()
                return
            self._acknowledge(batch)
            self._inbox.done()

    async def _store(self, batch: list[tuple[Connection, Arrival]]) -> list[Arrival]:
        """Tries until the log has it: while it has not, the broker keeps what is not acknowledged."""
        has_failed = False
        while True:
            try:
                new = await self._worker.run(self._log.append, [arrival for _, arrival in batch])
            except TesaError as error:
                if self._stop.is_set():
                    raise
                self._observer.log_trouble(error)
                has_failed = True
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _LOG_RETRY_S)
                # What came over a connection that has ended comes again, if its session is kept.
                batch[:] = [item for item in batch if not self._inbox.is_forgotten(item[0])]
                continue
            if has_failed:
                self._observer.log_trouble(None)
            self.counts.stored += len(new)
            self.counts.redelivered += len(batch) - len(new)
            return new

    def _acknowledge(self, batch: list[tuple[Connection, Arrival]]) -> None:
        for connection, arrival in batch:
            if arrival.packet_id is not None:
                connection.acknowledge(arrival.packet_id)

    async def _recall_rate(self) -> None:
        """What the process before has stored tells how fast messages came before this one."""
        for at in await self._worker.run(self._log.recent_times, MOST):
            self._inbox.rate.count(at)

    async def _note_gap(self, session: Session, session_present: bool) -> None:
        """Without its session, whatever was sent since is gone; with it, what its queue could not hold."""
        lost_at = self._lost_at or session.connected_until
        if lost_at is None:
            return
        now = _now()
        kind = "certain"
        if session_present:
            if not self._inbox.rate.may_exceed(self._config.broker_queue, lost_at, now):
                return
            kind = "possible"
        gap = Gap(kind, lost_at, now)
        await self._worker.run(self._log.record_gap, gap)
        self.counts.gaps += 1
        self._observer.gap(gap)

    async def _remember_end(self) -> None:
        if not self._log.durable or self._lost_at is None:
            return
        # A log that cannot be written now says so at the next message.
        with contextlib.suppress(TesaError):
            session = await self._worker.run(self._log.session)
            await self._worker.run(self._log.save_session, replace(session, connected_until=self._lost_at))

    async def _in_time(self, answer: Awaitable[object]) -> list[int]:
        try:
            async with asyncio.timeout(_SUBACK_TIMEOUT_S):
                codes = await self._unless_stopped(answer)
        except TimeoutError:
            raise TesaError(
                "subscription-timeout",
                f"The broker did not answer the subscription within {_SUBACK_TIMEOUT_S} s. Its access "
                "control may be overloaded.",
            ) from None
        return codes if isinstance(codes, list) else []

    async def _unless_stopped(self, work: Awaitable[T]) -> T:
        task = asyncio.ensure_future(work)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, TesaError):
                    await task
                raise TesaError("connection-lost", "Stopped.")
            return task.result()
        finally:
            stopped.cancel()
            if not task.done():
                task.cancel()


def _now() -> int:
    return time.time_ns() // 1_000_000
