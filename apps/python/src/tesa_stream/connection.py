"""One connection to the broker: paho-mqtt, driven by asyncio.

paho's network loop runs in asyncio's own thread (its documented way for external event loops), so that
nothing here needs a lock. Only connecting, which blocks, has a thread of its own. A connection is never
reused: acknowledgements that come late for an old one cannot reach a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from tesa_stream.api_token import Token
from tesa_stream.broker_url import BrokerUrl
from tesa_stream.errors import TesaError
from tesa_stream.reasons import connack_error, disconnect_error, network_error
from tesa_stream.telemetry import Arrival

#: From the first DNS query to the CONNACK. EMQX may take 6 s when its authentication back end is slow.
_CONNECT_TIMEOUT_S = 30
#: paho looks after its keep-alive this often.
_TICK_S = 1.0
#: How long a DISCONNECT may take to leave.
_GOODBYE_S = 2.0
#: MQTT 5, 3.8.3.1: retained messages only where the subscription is new.
_RETAIN_IF_NEW = 1
_RECEIVE_MAXIMUM_EXCEEDED = 0x93


@dataclass(frozen=True)
class ConnectOptions:
    """What CONNECT says, and where to."""

    broker: BrokerUrl
    token: Token
    client_id: str
    #: 4 (MQTT 3.1.1) or 5.
    version: int
    keep_alive_seconds: int
    clean_start: bool
    session_expiry_seconds: int
    receive_maximum: int
    #: Trust this CA instead of the system's.
    ca_cert_path: str | None


def create_tls_context(ca_cert_path: str | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and host name verified; there is no way to turn that off."""
    context = ssl.create_default_context(cafile=ca_cert_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Connection:
    """An accepted connection. ``ended`` has the reason as soon as it is over."""

    def __init__(self, options: ConnectOptions, on_arrival: Callable[[Connection, Arrival], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._version = options.version
        self._on_arrival = on_arrival
        self._attached: int | None = None
        self._accepted: asyncio.Future[bool] = self._loop.create_future()
        self._answers: dict[int, asyncio.Future[list[int]]] = {}
        self.ended: asyncio.Future[TesaError] = self._loop.create_future()
        self.session_present = False
        self._client = self._create_client(options)

    @classmethod
    async def open(
        cls, options: ConnectOptions, on_arrival: Callable[[Connection, Arrival], None]
    ) -> Connection:
        """Connects and waits for the CONNACK. Raises TesaError.

        ``on_arrival`` is called for each PUBLISH, the first ones perhaps before this returns.
        """
        connection = cls(options, on_arrival)
        try:
            async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                await connection._connect(options)
                await connection._accepted
        except TimeoutError:
            connection.destroy()
            raise TesaError(
                "connect-timeout", f"The broker did not answer within {_CONNECT_TIMEOUT_S} s."
            ) from None
        except BaseException:
            connection.destroy()
            raise
        return connection

    async def subscribe(self, filters: Sequence[str]) -> list[int]:
        """Subscribes at QoS 1; gives the reason codes of the SUBACK, 0x80 and more for refusals."""
        if self._version == 5:
            options = SubscribeOptions(qos=1, retainHandling=_RETAIN_IF_NEW)
            _, packet_id = self._client.subscribe([(each, options) for each in filters])
        else:
            _, packet_id = self._client.subscribe([(each, 1) for each in filters])
        return await self._answer(packet_id)

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Ends subscriptions; what becomes of it is not looked at."""
        _, packet_id = self._client.unsubscribe(list(filters))
        await self._answer(packet_id)

    def acknowledge(self, packet_id: int) -> None:
        """Sends a PUBACK; nothing happens if the connection has ended."""
        if not self.ended.done():
            self._guard(lambda: self._client.ack(packet_id, 1))

    async def disconnect(self, session_expiry_seconds: int) -> None:
        """Says goodbye. MQTT 3.1.1 has no expiry in it: the session stays as CONNECT wanted it."""
        if self.ended.done():
            return
        properties = None
        if self._version == 5:
            properties = _properties(PacketTypes.DISCONNECT)
            properties.SessionExpiryInterval = session_expiry_seconds
        self._guard(lambda: self._client.disconnect(properties=properties))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.ended), _GOODBYE_S)
        self.destroy()

    def refuse_flood(self) -> None:
        """The broker sent more than the receive maximum: leaves, so that it sends all that again."""
        if self._version == 5 and not self.ended.done():
            reason = ReasonCode(PacketTypes.DISCONNECT, identifier=_RECEIVE_MAXIMUM_EXCEEDED)
            self._guard(lambda: self._client.disconnect(reasoncode=reason))
        self._end(TesaError("protocol", "The broker sent more messages than the receive maximum."))
        self.destroy()

    def destroy(self) -> None:
        """Cuts the connection, without a word to the broker. Can be called twice."""
        self._detach()
        sock = self._client.socket()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.close()
        self._end(TesaError("connection-lost", "The connection was cut."))

    def _create_client(self, options: ConnectOptions) -> mqtt.Client:
        broker, token = options.broker, options.token.reveal()
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=options.client_id,
            clean_session=None if options.version == 5 else options.clean_start,
            protocol=MQTTProtocolVersion.MQTTv5 if options.version == 5 else MQTTProtocolVersion.MQTTv311,
            transport="websockets",
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.username_pw_set(token, token)
        client.ws_set_options(path=broker.path)
        client.connect_timeout = _CONNECT_TIMEOUT_S
        if broker.scheme == "wss":
            client.tls_set_context(create_tls_context(options.ca_cert_path))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        return client

    async def _connect(self, options: ConnectOptions) -> None:
        properties = None
        if options.version == 5:
            properties = _properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = options.session_expiry_seconds
            properties.ReceiveMaximum = options.receive_maximum
        done: asyncio.Future[None] = self._loop.create_future()

        def report(error: Exception | None) -> None:
            if done.done():
                # Given up meanwhile.
                self.destroy()
            elif error is None:
                done.set_result(None)
            else:
                done.set_exception(network_error(error, options.broker))

        def connect() -> None:
            error: Exception | None = None
            try:
                self._client.connect(
                    options.broker.host,
                    options.broker.port,
                    keepalive=options.keep_alive_seconds,
                    clean_start=options.clean_start
                    if options.version == 5
                    else mqtt.MQTT_CLEAN_START_FIRST_ONLY,
                    properties=properties,
                )
            except Exception as caught:  # noqa: BLE001  # paho passes on whatever socket, ssl and its own code raise
                error = caught
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                self._loop.call_soon_threadsafe(report, error)

        # A daemon, so that a connect that hangs keeps nobody from leaving.
        threading.Thread(target=connect, name="tesa-connect", daemon=True).start()
        await done
        self._attach()

    def _attach(self) -> None:
        sock = self._client.socket()
        if sock is None:
            self._end(TesaError("connection-lost", "The broker closed the connection at once."))
            return
        self._attached = sock.fileno()
        self._loop.add_reader(self._attached, self._read)
        if self._client.want_write():
            self._loop.add_writer(self._attached, self._write)
        self._loop.call_later(_TICK_S, self._tick)
        self._read()

    def _detach(self) -> None:
        if self._attached is not None:
            self._loop.remove_reader(self._attached)
            self._loop.remove_writer(self._attached)
            self._attached = None

    def _read(self) -> None:
        self._guard(self._read_what_is_there)

    def _read_what_is_there(self) -> None:
        while True:
            status = self._client.loop_read()
            sock: Any = self._client.socket()
            # What TLS has decrypted already makes no socket readable.
            if status != MQTTErrorCode.MQTT_ERR_SUCCESS or sock is None or sock.pending() == 0:
                return

    def _write(self) -> None:
        self._guard(self._client.loop_write)

    def _tick(self) -> None:
        if not self.ended.done():
            self._guard(self._client.loop_misc)
            self._loop.call_later(_TICK_S, self._tick)

    def _guard(self, action: Callable[[], object]) -> None:
        """Paho raises whatever its parser comes upon in a packet that MQTT does not allow."""
        try:
            action()
        except Exception as error:  # noqa: BLE001
            self._end(
                TesaError("protocol", f"The broker sent what is no MQTT ({type(error).__name__}: {error}).")
            )
            self.destroy()

    async def _answer(self, packet_id: int | None) -> list[int]:
        if packet_id is None:
            raise TesaError("connection-lost", "The connection was lost before the subscription.")
        answer: asyncio.Future[list[int]] = self._loop.create_future()
        self._answers[packet_id] = answer
        either: list[asyncio.Future[Any]] = [answer, self.ended]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise self.ended.result()
        return answer.result()

    def _end(self, error: TesaError) -> None:
        if not self.ended.done():
            self.ended.set_result(error)
        if not self._accepted.done():
            self._accepted.set_exception(error)
            self._accepted.exception()

    def _on_connect(
        self, _client: mqtt.Client, _data: object, flags: mqtt.ConnectFlags, code: ReasonCode, _props: object
    ) -> None:
        if code.value != 0:
            self._end(connack_error(code.value, self._version))
            return
        self.session_present = flags.session_present
        if not self._accepted.done():
            self._accepted.set_result(True)

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        _props: object,
    ) -> None:
        self._detach()
        self._end(disconnect_error(code, from_server=flags.is_disconnect_packet_from_server))

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.qos > 1:
            raise ValueError("QoS 2, which was not subscribed")
        arrival = Arrival(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retained=message.retain,
            received_at=time.time_ns() // 1_000_000,
            packet_id=message.mid if message.qos == 1 else None,
            duplicate=message.dup,
        )
        self._on_arrival(self, arrival)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, packet_id: int, codes: list[ReasonCode], _props: object
    ) -> None:
        answer = self._answers.pop(packet_id, None)
        if answer is not None and not answer.done():
            answer.set_result([code.value for code in codes])

    def _on_unsubscribe(
        self, _client: mqtt.Client, _data: object, packet_id: int, _codes: object, _props: object
    ) -> None:
        answer = self._answers.pop(packet_id, None)
        if answer is not None and not answer.done():
            answer.set_result([])

    def _on_socket_close(self, _client: mqtt.Client, _data: object, _sock: object) -> None:
        # While it connects this is another thread, and nothing is attached yet.
        if threading.current_thread().name != "tesa-connect":
            self._detach()

    def _on_register_write(self, _client: mqtt.Client, _data: object, _sock: object) -> None:
        if self._attached is not None:
            self._loop.add_writer(self._attached, self._write)

    def _on_unregister_write(self, _client: mqtt.Client, _data: object, _sock: object) -> None:
        if self._attached is not None:
            self._loop.remove_writer(self._attached)


def _properties(packet_type: int) -> Properties:
    return Properties(packet_type)  # type: ignore[no-untyped-call]  # paho has no type for it
