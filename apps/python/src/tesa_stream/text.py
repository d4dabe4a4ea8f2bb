"""Texts from elsewhere, made fit for a message, a terminal or an MQTT packet."""

from __future__ import annotations

import json
import re
import unicodedata

TOKEN_PREFIX = "tesa_mqtt_"

#: MQTT tells the length of a string in two bytes (3.1.1, 1.5.3; 5, 1.5.4).
MAX_STRING_BYTES = 65_535

#: How much of a value is shown: enough to know it again.
_MAX_SHOWN = 60

_TOKEN = re.compile(rf"({TOKEN_PREFIX})[\w-]+", re.ASCII)


def find_string_problems(text: str) -> list[str]:
    """What keeps a text from being sent as an MQTT string; empty if nothing does."""
    problems: list[str] = []
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_STRING_BYTES:
        problems.append(f"is {size} bytes long; MQTT allows {MAX_STRING_BYTES}: shorten it")
    if "\0" in text:
        problems.append("holds the character U+0000, which MQTT forbids: remove it")
    if any("\ud800" <= character <= "\udfff" for character in text):
        problems.append("is not UTF-8: remove what is not")
    return problems


def find_control_characters(text: str) -> list[str]:
    """Complains about line breaks and other control characters; empty if there are none."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        return ["has line breaks or other control characters in it: remove them"]
    return []


def printable(text: str) -> str:
    """A text that cannot act on a terminal: control and format characters become escapes."""
    if text.isprintable():
        return text
    return "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    # Zl and Zp are the line and paragraph separators; every C is control, format, surrogate or unassigned.
    category = unicodedata.category(character)
    if category[0] != "C" and category not in ("Zl", "Zp"):
        return character
    return f"\\u{{{ord(character):x}}}"


def quote_value(text: str) -> str:
    """A value for an error message: in quotes, shortened, harmless, without what may be a secret."""
    if "-----BEGIN" in text:
        return '"-----BEGIN ..."'
    at = text.lower().find(TOKEN_PREFIX)
    shown = text if at < 0 else f"{text[:at]}{TOKEN_PREFIX}..."
    short = f"{shown[:_MAX_SHOWN]}..." if len(shown) > _MAX_SHOWN else shown
    return printable(json.dumps(short, ensure_ascii=False))


def quote_url(text: str) -> str:
    """A URL as :func:`quote_value`, without what may be a password or a token in it."""
    if "@" in text:
        return "(not shown, since it has an @)"
    end = re.search(r"[?#]", text)
    return quote_value(text if end is None else f"{text[: end.start() + 1]}...")


def redact(text: str) -> str:
    """A line for standard error, in which whatever looks like a token is cut off."""
    return _TOKEN.sub(r"\1...", text)
