"""The MQTT API token: what one looks like, and a value that never prints it."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from tesa_stream.errors import TesaError
from tesa_stream.text import MAX_STRING_BYTES, TOKEN_PREFIX

#: How many random characters the platform documents. Published samples have 28: another number is no error.
RANDOM_LENGTH = 32
#: How much of a token of another length is hidden at least: 16 random characters cannot be guessed.
_MIN_HIDDEN = 16

_QUOTES = re.compile("[\"'`\u2018-\u201f\u00ab\u00bb\u2039\u203a]")
_SPACE = re.compile(r"[\s\ufeff]")
#: ``<your token>``, ``{{token}}``: random characters have no such pairs of brackets around words.
_BRACKETS = re.compile(r"<[\w\s-]*>|\{[\w\s-]*\}|\[[\w\s-]*\]", re.ASCII)
#: The words that ``.env.example`` files are made of.
_WORDS = re.compile(
    r"(?:your|my|the|organi[sz]ation|org|prefix|tesa|iot|mqtt|api|access|secret|token|keys?|here|goes"
    r"|change|replace|insert|paste|enter|with|this|me|placeholder|example|sample|dummy|todo|random"
    r"|characters|chars?|string|32|28|[\s_.-]|x+(?!x))+"
)
#: Far more than any example has, so that the expression above never runs over a long text.
_MAX_PLACEHOLDER = 200


class Token:
    """An API token. Whatever prints it, prints ``tesa_mqtt_acme_...``."""

    __slots__ = ("__text", "organisation", "warnings")

    def __init__(self, text: str) -> None:
        self.organisation, rest = split_token(text)
        self.warnings: tuple[str, ...] = ()
        if len(rest) != RANDOM_LENGTH:
            self.warnings = (
                f"The random part of the MQTT API token has {len(rest)} characters, where "
                f"{RANDOM_LENGTH} are usual: if the broker refuses it, check that it was copied whole.",
            )
        self.__text = text

    def reveal(self) -> str:
        """The token itself, for CONNECT and nothing else."""
        return self.__text

    @property
    def redacted(self) -> str:
        """What may be shown of it."""
        return f"{TOKEN_PREFIX}{self.organisation}_..."

    @property
    def fingerprint(self) -> str:
        """A mark to know it again by, from which it does not follow: 64 of about 190 bits."""
        return hashlib.sha256(b"tesa token " + self.__text.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return self.redacted

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("A token is not pickled: that would write it down.")


def parse_token(text: str) -> Token:
    """Reads a token, as it is: a file's last line break has to be cut off before.

    Raises TesaError ``config`` with every problem; none of them shows the token.
    """
    problems = find_token_problems(text)
    if problems:
        raise TesaError(
            "config",
            f"The MQTT API token cannot be used: it {'; it '.join(problems)}.",
            problems=[f"The MQTT API token {problem}." for problem in problems],
        )
    return Token(text)


def split_token(token: str) -> tuple[str, str]:
    """Organisation and random part. When in doubt, more is taken for secret and not less.

    Both may hold underscores, so the one between them is the one that exactly 32 characters follow;
    without one, the last that at least 16 follow, and else the first.
    """
    rest = token[len(TOKEN_PREFIX) :]
    at = _organisation_end(rest)
    return rest[: max(at, 0)], rest[at + 1 :]


def _organisation_end(rest: str) -> int:
    usual = len(rest) - RANDOM_LENGTH - 1
    if usual >= 0 and rest[usual] == "_":
        return usual
    hiding = len(rest) - _MIN_HIDDEN - 1
    last = -1 if hiding < 0 else rest.rfind("_", 0, hiding + 1)
    return last if last >= 0 else rest.find("_")


def find_token_problems(text: str) -> list[str]:
    """What is wrong with a text as a token; empty if nothing is known to be.

    The problems complete a sentence that begins with the token's name, and never show the text.
    """
    bare = _without_wrapping(text)
    if not bare:
        return ["is empty: copy the whole token, from tesa_mqtt_ to its end"]
    if "..." in bare or "\u2026" in bare or "***" in bare:
        return ["is shortened for display: copy the whole token; if nobody has it any more, make a new one"]
    if _is_placeholder(bare):
        return [
            "is a placeholder: replace it by a token from the Admin UI "
            "(Organization Settings > MQTT API Tokens)"
        ]
    return _find_stray_characters(text) + _find_shape_problems(bare)


def holds_token(text: str) -> bool:
    """Whether a text has in it what may well be a token, so that it must not be shown."""
    for candidate in re.findall(rf"{TOKEN_PREFIX}[\w-]+", text, re.ASCII):
        _, rest = split_token(candidate)
        if len(rest) == RANDOM_LENGTH or re.search(r"[a-z0-9]{16}", rest, re.IGNORECASE | re.ASCII):
            return True
    return False


def _find_stray_characters(text: str) -> list[str]:
    problems: list[str] = []
    if _SPACE.search(text):
        problems.append("has spaces or line breaks in it: remove them")
    if _QUOTES.search(text):
        problems.append("has quotes in it: write it without quotes")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in _SPACE.sub("", text)):
        problems.append(
            "has invisible characters in it: copy it again, from another place if that does not help"
        )
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_STRING_BYTES:
        problems.append(f"is {size} bytes long: copy the token and no more")
    return problems


def _find_shape_problems(bare: str) -> list[str]:
    at = bare.find(TOKEN_PREFIX)
    if at < 0:
        return [f"does not begin with {TOKEN_PREFIX}: copy the whole token, from {TOKEN_PREFIX} to its end"]
    if at > 0:
        return [f"has other characters before {TOKEN_PREFIX}: remove them"]
    if TOKEN_PREFIX in bare[1:]:
        return [f"has {TOKEN_PREFIX} in it twice: give one token, once"]
    organisation, rest = split_token(bare)
    if organisation and rest:
        return []
    return [
        f"is not whole: after {TOKEN_PREFIX} come the organisation, a _ and random characters; copy all of it"
    ]


def _without_wrapping(text: str) -> str:
    """Without the quotes and spaces around it, so that one mistake is reported once."""

    def wraps(character: str) -> bool:
        return bool(_QUOTES.match(character) or _SPACE.match(character))

    start, end = 0, len(text)
    while start < end and wraps(text[start]):
        start += 1
    while end > start and wraps(text[end - 1]):
        end -= 1
    return text[start:end]


def _is_placeholder(bare: str) -> bool:
    if _BRACKETS.search(bare):
        return True
    if not bare.startswith(TOKEN_PREFIX):
        return _consists_of_words(bare)
    _, rest = split_token(bare)
    return rest != "" and (rest == rest[0] * len(rest) or _consists_of_words(rest))


def _consists_of_words(text: str) -> bool:
    return len(text) <= _MAX_PLACEHOLDER and _WORDS.fullmatch(text.lower()) is not None
