"""One request: POST, answered or not."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from tesa_stream.connection import create_tls_context
from tesa_stream.webhook.target import resolve

_TIMEOUT_S = 15.0
#: Of an answer no more is read.
_MAX_ANSWER_BYTES = 16_384


class Answer(NamedTuple):
    """``status`` is 0 where none came; ``text`` says why not. ``forbidden``: the address is not sent to."""

    status: int
    retry_after: str | None
    text: str
    forbidden: bool = False


def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Sends a request. It never raises; redirects are not followed."""
    parts = urlsplit(url)
    try:
        connection = _connect(parts)
    except ValueError as error:
        return Answer(0, None, str(error), forbidden=True)
    except OSError as error:
        return Answer(0, None, f"no connection: {error}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST",
            path,
            body,
            {"content-type": "application/json", "user-agent": "tesa-stream-python", **headers},
        )
        response = connection.getresponse()
        response.read(_MAX_ANSWER_BYTES)
        return Answer(response.status, response.getheader("retry-after"), f"answered {response.status}")
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, None, f"no answer: {type(error).__name__}")
    finally:
        connection.close()


def _connect(parts: SplitResult) -> http.client.HTTPConnection:
    """Connects to the very address that was looked at."""
    address = resolve(parts)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    sock: socket.socket | ssl.SSLSocket = socket.create_connection((address, port), _TIMEOUT_S)
    if parts.scheme == "https":
        sock = create_tls_context(None).wrap_socket(sock, server_hostname=host)
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
    connection.sock = sock
    return connection
