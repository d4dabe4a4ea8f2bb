"""The broker's URL: what may be wrong with it, and its one form."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from typing import NamedTuple

from tesa_stream.text import TOKEN_PREFIX

DEFAULT_BROKER_URL = "wss://mqtt.tesaiot.com:8085/mqtt"
_PLATFORM_HOST = "mqtt.tesaiot.com"
_PLATFORM_PORT = 8085
#: What follows a port that nobody has named.
_GUESS = " (8085 is the port of TESAIoT; that of your broker may be another)"
#: Where EMQX, and so the platform, listens for WebSockets; anything else it answers with 404.
_DEFAULT_PATH = "/mqtt"
_DEFAULT_PORTS = {"wss": 443, "ws": 80}

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>\[[0-9a-f:.]+\]|[^/:\[\]?#]+)(?::(?P<port>\d*))?(?P<path>/[^?#]*)?",
    re.IGNORECASE,
)
#: Where other protocols listen by custom. No secure WebSocket is there.
_OTHER_PORTS = {None, 80, 443, 1883, 8080, 8083, 8883, 8884, 9001}


class BrokerUrl(NamedTuple):
    """A checked URL in its parts; ``host`` has no brackets."""

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def find_broker_url_problems(text: str) -> list[str]:
    """What is wrong with a URL; empty if nothing is. The problems say what to write instead."""
    problems: list[str] = []
    if any(character.isspace() or unicodedata.category(character)[0] == "C" for character in text):
        problems.append("has spaces or control characters in it: remove them")
    if "@" in text:
        problems.append(
            "must not have a user or password in it: the token is both, and comes from MQTT_API_TOKEN"
        )
    if "?" in text or "#" in text:
        problems.append("must not have a ? or # in it: remove what follows the path")
    return problems + _find_scheme_problems(text)


def parse_broker_url(text: str) -> BrokerUrl:
    """A URL without problems in its one form: with the path ``/mqtt`` where it has none."""
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("The broker URL has problems; ask for them first.")
    scheme = match["scheme"].lower()
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    return BrokerUrl(scheme, match["host"].strip("[]").lower(), port, _path_of(match))


def _find_scheme_problems(text: str) -> list[str]:
    scheme = re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE)
    if scheme is None:
        bare = re.fullmatch(r"[a-z0-9.-]+(:\d+)?(/[\w./-]*)?", text, re.IGNORECASE)
        return [f"has no scheme: use {_suggest(f'wss://{text}' if bare else '')}"]
    match = _URL.fullmatch(re.split(r"[?#]", text.replace("@", ""))[0])
    if match is None or not _is_port(match["port"]):
        return [f"is no valid URL: use one such as {DEFAULT_BROKER_URL}"]
    kind = match["scheme"].lower()
    if kind == "wss":
        return []
    if kind != "ws":
        return [
            f"has the scheme {scheme[0]}; the way in for applications is MQTT over secure WebSockets: "
            f"use {_suggest(text)}"
        ]
    if _is_loopback(match["host"].strip("[]")):
        return []
    return [
        f"would send the token unencrypted; ws:// is for this machine only (localhost): use {_suggest(text)}"
    ]


def _is_port(digits: str | None) -> bool:
    return not digits or int(digits) <= 65_535


def _suggest(text: str) -> str:
    """What the user probably means: the platform's port and path, unless others may be right."""
    match = _URL.fullmatch(text)
    if match is None or "@" in text or TOKEN_PREFIX in text.lower():
        return DEFAULT_BROKER_URL
    is_web = match["scheme"].lower() not in ("mqtt", "mqtts", "tcp")
    port = int(match["port"]) if match["port"] else None
    shown = _PLATFORM_PORT if port is None or not is_web or port in _OTHER_PORTS else port
    is_guess = shown != port and match["host"].lower() != _PLATFORM_HOST
    path = _path_of(match) if is_web else _DEFAULT_PATH
    return f"wss://{match['host']}:{shown}{path}{_GUESS if is_guess else ''}"


def _path_of(match: re.Match[str]) -> str:
    return _DEFAULT_PATH if match["path"] in (None, "", "/") else str(match["path"])


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
