"""The configuration, checked: every problem is found at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tesa_stream.api_token import Token, find_token_problems, holds_token, parse_token
from tesa_stream.backoff import BackoffPolicy
from tesa_stream.broker_url import (
    DEFAULT_BROKER_URL,
    BrokerUrl,
    find_broker_url_problems,
    parse_broker_url,
)
from tesa_stream.errors import TesaError
from tesa_stream.text import find_control_characters, find_string_problems, quote_url, quote_value
from tesa_stream.topic import (
    find_device_problems,
    find_filter_problems,
    find_sensor_problems,
    is_refused_to_tokens,
    telemetry_filter,
)
from tesa_stream.webhook.signing import find_secret_problems
from tesa_stream.webhook.target import find_target_problems

FindProblems = Callable[[str], Iterable[str]]


class Variable(NamedTuple):
    """A variable of the configuration; ``default`` is what applies when it is not set."""

    name: str
    default: str | None
    find_problems: FindProblems
    secret: bool = False


@dataclass(frozen=True)
class Config:
    """A checked configuration."""

    broker: BrokerUrl
    #: Either the token, or the path of the file to read it from, anew at each connect.
    token: Token | None
    token_file: str | None
    filters: tuple[str, ...]
    #: None: the session's own random one.
    client_id: str | None
    keep_alive_seconds: int
    backoff: BackoffPolicy
    #: PEM file of a CA to trust instead of the system's.
    ca_cert_path: str | None
    #: ``auto``: MQTT 5, and 3.1.1 (4) when the broker knows no 5.
    protocol_version: str
    receive_maximum: int
    session_expiry_seconds: int
    #: How many messages the broker keeps for an absent client before it drops the oldest.
    broker_queue: int
    share: str | None
    #: None: messages are kept nowhere.
    log_path: str | None
    webhook_url: str | None
    webhook_secrets: tuple[str, ...]


_TOKEN_ORIGIN = "Admin UI, Organization Settings > MQTT API Tokens"
#: How long the broker keeps the session of a worker in a group: the others soon get what it leaves.
_SHARE_SESSION_EXPIRY = "5"


def parse_config(record: Mapping[str, str], label: Callable[[str], str] = lambda name: name) -> Config:
    """Checks a configuration; names that it does not know are ignored.

    A variable that is set but empty is a mistake like any other. ``label`` says how a problem calls
    a variable. Raises TesaError ``config`` with a line for every problem; none shows a secret.
    """
    problems = [
        *(_empty_problem(variable, label) for variable in VARIABLES if _is_empty(record, variable.name)),
        *_find_combination_problems(record, label),
    ]
    values = _with_defaults(record)
    for variable in VARIABLES:
        value = values.get(variable.name)
        for problem in [] if value is None else variable.find_problems(value):
            shown = "" if variable.secret else f" {_shown(variable.name, value or '')}"
            problems.append(f"{label(variable.name)}{shown} {problem}.")
    if problems:
        count = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise TesaError(
            "config", f"The configuration has {count}:\n" + "\n".join(problems), problems=problems
        )
    return _to_config(values)


def _is_empty(record: Mapping[str, str], name: str) -> bool:
    return name in record and record[name].strip() == ""


def _with_defaults(record: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, default, _, _ in VARIABLES:
        if name in record and not _is_empty(record, name):
            values[name] = record[name]
        elif name == "TESA_SESSION_EXPIRY" and "TESA_SHARE" in record:
            values[name] = _SHARE_SESSION_EXPIRY
        elif default is not None:
            values[name] = default
    return values


def _empty_problem(variable: Variable, label: Callable[[str], str]) -> str:
    if variable.name == "MQTT_API_TOKEN":
        remedy = f"put a token there ({_TOKEN_ORIGIN})"
    elif variable.default is None:
        remedy = "give it a value, or remove it"
    else:
        remedy = f"give it a value, or remove it for the default, {variable.default}"
    return f"{label(variable.name)} is set but empty: {remedy}."


def _shown(name: str, value: str) -> str:
    if name == "TESA_WEBHOOK_URL":
        return "(not shown, since its path can be a secret)"
    return quote_url(value) if name == "MQTT_BROKER_URL" else quote_value(value)


_EXCLUSIVE = (
    ("MQTT_API_TOKEN", "TESA_TOKEN_FILE"),
    ("MQTT_TOPIC", "TESA_DEVICE"),
    ("MQTT_TOPIC", "TESA_SENSOR"),
)


def _find_combination_problems(record: Mapping[str, str], label: Callable[[str], str]) -> list[str]:
    problems: list[str] = []
    if "MQTT_API_TOKEN" not in record and "TESA_TOKEN_FILE" not in record:
        problems.append(
            f"{label('MQTT_API_TOKEN')} is not set: make a token ({_TOKEN_ORIGIN}) and put it into .env "
            "as MQTT_API_TOKEN=tesa_mqtt_..., or name a file that holds it by "
            f"{label('TESA_TOKEN_FILE')}."
        )
    for first, second in _EXCLUSIVE:
        if first in record and second in record:
            problems.append(
                f"{label(first)} and {label(second)} are both set, but only one can apply: remove one."
            )
    if "TESA_SHARE" in record:
        problems += _find_share_problems(record, label)
    problems += _find_webhook_problems(record, label)
    return problems


def _find_share_problems(record: Mapping[str, str], label: Callable[[str], str]) -> list[str]:
    problems: list[str] = []
    version = record.get("TESA_PROTOCOL_VERSION")
    if version in ("3.1.1", "4"):
        problems.append(
            f"{label('TESA_SHARE')} needs MQTT 5, but {label('TESA_PROTOCOL_VERSION')} is {version}: "
            "remove one of them."
        )
    if record.get("TESA_SESSION_EXPIRY") == "0":
        problems.append(
            f"{label('TESA_SESSION_EXPIRY')} is 0: with {label('TESA_SHARE')} the broker would throw "
            "away what a worker had not acknowledged when it stops. Give it a few seconds, or remove it."
        )
    return problems


def _find_webhook_problems(record: Mapping[str, str], label: Callable[[str], str]) -> list[str]:
    has_url, has_secret = "TESA_WEBHOOK_URL" in record, "TESA_WEBHOOK_SECRET" in record
    problems: list[str] = []
    if has_url and not has_secret:
        problems.append(
            f"{label('TESA_WEBHOOK_SECRET')} is not set, and signs what the webhook gets: make one with: "
            'echo "whsec_$(openssl rand -base64 32)".'
        )
    if has_secret and not has_url:
        problems.append(f"{label('TESA_WEBHOOK_SECRET')} is set without {label('TESA_WEBHOOK_URL')}.")
    if has_url and not record.get("TESA_LOG", "").startswith("sqlite:"):
        problems.append(
            f"{label('TESA_WEBHOOK_URL')} needs a log that lasts: set {label('TESA_LOG')} to sqlite:<file>."
        )
    return problems


def _open_text(find_problems: FindProblems) -> FindProblems:
    """A text that may be shown, and that therefore must not hold a token."""

    def find(text: str) -> Iterable[str]:
        if holds_token(text):
            return ["has a token in it, and is no secret place: a token belongs into MQTT_API_TOKEN alone"]
        return find_problems(text)

    return find


def _list_of(find_problems: FindProblems) -> FindProblems:
    """Items separated by commas; spaces around an item do not belong to it."""

    def find(text: str) -> Iterable[str]:
        for item in _split_list(text):
            for problem in [
                *find_problems(item),
                *find_string_problems(item),
                *find_control_characters(item),
            ]:
                yield f"has {quote_value(item)} in it, which {problem}"

    return _open_text(find)


def _split_list(text: str) -> list[str]:
    return list(dict.fromkeys(item.strip() for item in text.split(",")))


def _whole_number(unit: str, low: int, high: int) -> FindProblems:
    """Digits only: what ``int()`` would accept besides (``1_000``, `` 60``) is a mistake here."""

    def find(text: str) -> Iterable[str]:
        digits = text.lstrip("0") or "0"
        is_number = re.fullmatch(r"\d+", text, re.ASCII) and len(digits) <= 10
        if not is_number or not low <= int(digits) <= high:
            yield f"must be a whole number of {unit} from {low} to {high}, written in digits alone"

    return find


def _find_topic_problems(topic_filter: str) -> Iterable[str]:
    if topic_filter.startswith("$share/"):
        return [
            "is a shared subscription: give the filter after the group by itself, and the group as TESA_SHARE"
        ]
    problems = find_filter_problems(topic_filter) + find_control_characters(topic_filter)
    if topic_filter != topic_filter.strip():
        problems.append("has spaces around it: remove them")
    if problems and "," in topic_filter:
        problems.append("must be one filter: for several devices or sensors, name them instead")
    if not problems and is_refused_to_tokens(topic_filter):
        problems.append(
            "is not telemetry alone, and a token may subscribe to nothing else: use "
            "device/+/telemetry/# or a part of it"
        )
    return problems


def _find_client_id_problems(client_id: str) -> Iterable[str]:
    return find_string_problems(client_id) + find_control_characters(client_id)


def _find_group_problems(group: str) -> Iterable[str]:
    """MQTT 5, 4.8.2: a share name is one level, without wildcards."""
    yield from find_string_problems(group)
    yield from find_control_characters(group)
    if re.search(r"[/+#]", group):
        yield "has a /, + or # in it: a group is one word"
    if group != group.strip():
        yield "has spaces around it: remove them"


def _find_path_problems(path: str) -> Iterable[str]:
    if "-----BEGIN" in path:
        return ["must be the path of a file, and is the content of one: name the file"]
    return find_control_characters(path)


def _find_version_problems(version: str) -> Iterable[str]:
    return [] if version in ("auto", "5", "3.1.1", "4") else ["must be auto, 5 or 3.1.1"]


def _find_log_problems(location: str) -> Iterable[str]:
    if location == "memory:":
        return []
    path = location.removeprefix("sqlite:")
    # SQLite takes some names for something else than a file.
    if path not in (location, "") and not path.startswith((":", "file:")):
        return _find_path_problems(path)
    return ["must be memory: or sqlite:<file>, such as sqlite:./telemetry.db"]


#: Every variable. Those that begin with MQTT_, and CA_CERT_PATH, are the names of the platform's examples.
VARIABLES: tuple[Variable, ...] = (
    Variable("MQTT_API_TOKEN", None, find_token_problems, secret=True),
    Variable("TESA_TOKEN_FILE", None, _open_text(_find_path_problems)),
    Variable("MQTT_BROKER_URL", DEFAULT_BROKER_URL, _open_text(find_broker_url_problems)),
    Variable("MQTT_TOPIC", telemetry_filter(), _open_text(_find_topic_problems)),
    Variable("TESA_DEVICE", None, _list_of(find_device_problems)),
    Variable("TESA_SENSOR", None, _list_of(find_sensor_problems)),
    Variable("MQTT_CLIENT_ID", None, _open_text(_find_client_id_problems)),
    Variable("MQTT_KEEPALIVE", "60", _whole_number("seconds", 1, 65_535)),
    Variable("MQTT_RECONNECT_PERIOD", "1000", _whole_number("milliseconds", 1, 30_000)),
    Variable("CA_CERT_PATH", None, _open_text(_find_path_problems)),
    Variable("TESA_PROTOCOL_VERSION", "auto", _find_version_problems),
    Variable("TESA_RECEIVE_MAXIMUM", "1000", _whole_number("messages", 1, 65_535)),
    Variable("TESA_SESSION_EXPIRY", "300", _whole_number("seconds", 0, 4_294_967_295)),
    Variable("TESA_BROKER_QUEUE", "1000", _whole_number("messages", 1, 1_000_000_000)),
    Variable("TESA_SHARE", None, _open_text(_find_group_problems)),
    Variable("TESA_LOG", "memory:", _open_text(_find_log_problems)),
    Variable("TESA_WEBHOOK_URL", None, find_target_problems),
    Variable("TESA_WEBHOOK_SECRET", None, lambda text: find_secret_problems(text.split()), secret=True),
)


def _to_config(values: Mapping[str, str]) -> Config:
    share = values.get("TESA_SHARE")
    token = values.get("MQTT_API_TOKEN")
    version = values["TESA_PROTOCOL_VERSION"]
    log = values["TESA_LOG"]
    prefix = "" if share is None else f"$share/{share}/"
    return Config(
        broker=parse_broker_url(values["MQTT_BROKER_URL"]),
        token=None if token is None else parse_token(token),
        token_file=values.get("TESA_TOKEN_FILE"),
        filters=tuple(prefix + each for each in _to_filters(values)),
        client_id=values.get("MQTT_CLIENT_ID"),
        keep_alive_seconds=int(values["MQTT_KEEPALIVE"]),
        backoff=BackoffPolicy(first_ms=int(values["MQTT_RECONNECT_PERIOD"])),
        ca_cert_path=values.get("CA_CERT_PATH"),
        protocol_version="5" if share is not None else version.replace("3.1.1", "4"),
        receive_maximum=int(values["TESA_RECEIVE_MAXIMUM"]),
        session_expiry_seconds=int(values["TESA_SESSION_EXPIRY"]),
        broker_queue=int(values["TESA_BROKER_QUEUE"]),
        share=share,
        log_path=None if log == "memory:" else log.removeprefix("sqlite:"),
        webhook_url=values.get("TESA_WEBHOOK_URL"),
        webhook_secrets=tuple(values.get("TESA_WEBHOOK_SECRET", "").split()),
    )


def _to_filters(values: Mapping[str, str]) -> list[str]:
    """Each named device with each named sensor: no message matches two of them."""
    devices, sensors = values.get("TESA_DEVICE"), values.get("TESA_SENSOR")
    if devices is None and sensors is None:
        return [values["MQTT_TOPIC"]]
    return [
        telemetry_filter(device, sensor)
        for device in ([None] if devices is None else _split_list(devices))
        for sensor in ([None] if sensors is None else _split_list(sensors))
    ]
