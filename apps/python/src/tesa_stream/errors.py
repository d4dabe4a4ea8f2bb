"""The one error of this program, and the exit codes that errors lead to."""

from __future__ import annotations

from collections.abc import Sequence

#: Numbers from 64 on are those of BSD's sysexits.h, 124 is that of timeout(1).
EXIT_CODES: dict[str, int] = {
    "usage": 64,
    "dns": 69,
    "network": 69,
    "tls-expired": 69,
    "tls-host-name": 69,
    "tls-untrusted": 69,
    "tls-version": 69,
    "tls": 69,
    "upgrade-refused": 69,
    "connect-timeout": 69,
    "connection-lost": 69,
    "keep-alive-timeout": 69,
    "broker-unavailable": 69,
    "protocol-version": 69,
    "subscription-timeout": 69,
    "protocol": 69,
    "log": 74,
    "output": 74,
    "taken-over": 75,
    "token-refused": 77,
    "subscription-refused": 77,
    "config": 78,
    "client-id-refused": 78,
    "timeout": 124,
}


class TesaError(Exception):
    """Says what failed, with which value (never a token), and what to do next.

    ``code`` is one of the keys of :data:`EXIT_CODES`. ``problems`` has one line for each thing that
    is wrong, where there are several.
    """

    def __init__(self, code: str, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)

    @property
    def exit_code(self) -> int:
        """The exit code of a program that ends over this error."""
        return EXIT_CODES[self.code]
