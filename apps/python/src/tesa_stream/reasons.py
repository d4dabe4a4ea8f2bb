"""What the broker and the network say, in sentences with what to do about it."""

from __future__ import annotations

import socket
import ssl

from paho.mqtt.client import WebsocketConnectionError
from paho.mqtt.reasoncodes import ReasonCode

from tesa_stream.broker_url import BrokerUrl
from tesa_stream.errors import TesaError

_TOKEN_HELP = (
    "Check that the token is complete, has not expired and was not revoked (Admin UI, Organization "
    "Settings > MQTT API Tokens). An outage of the platform's authentication looks the same."
)
_FILTER_HELP = (
    "A token may only subscribe to telemetry of its own organisation's devices, such as "
    '"device/+/telemetry/#"; check the device id if you named one.'
)
#: paho's own words for a connection that was simply gone (`on_disconnect` has no other code for it).
_UNSPECIFIED = 0x80

#: MQTT 3.1.1, 3.2.2.3, by what paho makes of them.
_RETURN_CODES = {0x84: 1, 0x85: 2, 0x88: 3, 0x86: 4, 0x87: 5}

# OpenSSL's X509_V_ERR_* (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED = 9, 10
_HOST_MISMATCH, _IP_MISMATCH = 62, 64


def connack_error(code: int, version: int) -> TesaError:
    """The error for a CONNACK that refuses; paho writes the codes of 3.1.1 as those of 5."""
    label = f"reason code 0x{code:02X}"
    if version != 5 and code in _RETURN_CODES:
        label = f"return code {_RETURN_CODES[code]}"
    if code == 0x86:
        return TesaError(
            "token-refused",
            f"The broker refused the token: bad user name or password ({label}). {_TOKEN_HELP}",
        )
    if code == 0x87:
        return TesaError(
            "token-refused", f"The broker refused the token: not authorised ({label}). {_TOKEN_HELP}"
        )
    if code == 0x8A:
        return TesaError("token-refused", f"The broker has banned this client ({label}). {_TOKEN_HELP}")
    if code in (0x01, 0x84):
        name = "5" if version == 5 else "3.1.1"
        return TesaError(
            "protocol-version",
            f'The broker does not speak MQTT {name} ({label}). Set TESA_PROTOCOL_VERSION to "auto".',
        )
    if code == 0x85:
        return TesaError(
            "client-id-refused",
            f"The broker refused the client id ({label}). Change MQTT_CLIENT_ID, or leave it out.",
        )
    return TesaError("broker-unavailable", f"The broker will not serve now ({label}).")


def disconnect_error(code: ReasonCode, *, from_server: bool) -> TesaError:
    """The error for the end of a connection, by a DISCONNECT (MQTT 5, 3.14.2.1) or without one."""
    if not from_server:
        text = str(code)
        if "keep alive" in text.lower():
            return TesaError(
                "keep-alive-timeout", "The broker did not answer a ping: the connection was half open."
            )
        return TesaError("connection-lost", "The connection was lost.")
    label = f"reason code 0x{code.value:02X}"
    if code.value == 0x87:
        # Who subscribed names the filters.
        return TesaError(
            "subscription-refused",
            f"The broker refused the subscription and disconnected ({label}). {_FILTER_HELP}",
        )
    if code.value == 0x8D:
        return TesaError("keep-alive-timeout", f"The broker heard nothing for too long ({label}).")
    if code.value == 0x8E:
        return TesaError(
            "taken-over",
            f"Another client connected with the same client id ({label}). Give each client its own "
            "MQTT_CLIENT_ID, or none.",
        )
    if code.value in (0x81, 0x82, 0x93, 0x94, 0x95):
        return TesaError("protocol", f"The broker ended the connection over a packet ({label}).")
    return TesaError("connection-lost", f"The broker ended the connection ({code}, {label}).")


def subscription_refused(filters: list[str], code: int | None) -> TesaError:
    """The error for a SUBACK that refuses; ``code`` is None where the broker closed instead."""
    label = "" if code is None else f" (reason code 0x{code:02X})"
    named = ", ".join(f'"{each}"' for each in filters)
    return TesaError(
        "subscription-refused", f"The broker refused the subscription to {named}{label}. {_FILTER_HELP}"
    )


def network_error(error: Exception, broker: BrokerUrl) -> TesaError:
    """The error for a connection that did not come about."""
    where = f"{broker.host}:{broker.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_error(error, where)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or str(error)
        if "PROTOCOL_VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
            return TesaError(
                "tls-version",
                f"{where} offers no TLS version from 1.2 on ({reason}). The server must be updated.",
            )
        return TesaError(
            "tls",
            f"The TLS handshake with {where} failed ({reason}). Check that the port in MQTT_BROKER_URL is "
            "the one of wss.",
        )
    if isinstance(error, socket.gaierror):
        return TesaError(
            "dns",
            f"The host name of {where} has no address ({error.strerror or error}). Check MQTT_BROKER_URL and "
            "the network.",
        )
    if isinstance(error, WebsocketConnectionError):
        return TesaError(
            "upgrade-refused",
            f"{where} did not answer the WebSocket upgrade at {broker.path}: check port and path of "
            "MQTT_BROKER_URL.",
        )
    if isinstance(error, TimeoutError):
        return TesaError("connect-timeout", f"{where} did not answer in time.")
    detail = error.strerror or error if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return TesaError(
        "network",
        f"No connection to {where} ({detail}). Check MQTT_BROKER_URL, the network and any firewall.",
    )


def _certificate_error(error: ssl.SSLCertVerificationError, where: str) -> TesaError:
    detail = error.verify_message
    if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
        return TesaError(
            "tls-expired",
            f"The certificate of {where} has expired or is not valid yet ({detail}). Check this machine's "
            "clock; else the server's operator must renew it.",
        )
    if error.verify_code in (_HOST_MISMATCH, _IP_MISMATCH):
        return TesaError(
            "tls-host-name",
            f"The certificate of {where} is for another host name ({detail}). Use the name that the "
            "certificate has in MQTT_BROKER_URL.",
        )
    return TesaError(
        "tls-untrusted",
        f"The certificate of {where} is signed by an authority that is not trusted here ({detail}). If it is "
        "your own CA, set CA_CERT_PATH to its PEM file.",
    )
