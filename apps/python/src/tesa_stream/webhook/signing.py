"""Signs as the Standard Webhooks specification says (version 1.0.0, scheme v1: HMAC-SHA256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"
#: The limits of the specification: 192 to 512 bits.
_MIN_BYTES, _MAX_BYTES = 24, 64
_HOW_TO = 'make one with: echo "whsec_$(openssl rand -base64 32)"'


def find_secret_problems(secrets: Sequence[str]) -> list[str]:
    """What is wrong with the secrets, without showing any of them; empty if nothing is.

    The problems complete a sentence that begins with the name of the thing.
    """
    problems = [] if secrets else [f"is empty: {_HOW_TO}"]
    for secret in secrets:
        key = _key(secret)
        if key is None:
            problems.append(f"is not {_PREFIX} followed by base64: {_HOW_TO}")
        elif not _MIN_BYTES <= len(key) <= _MAX_BYTES:
            problems.append(f"has {len(key)} bytes, not {_MIN_BYTES} to {_MAX_BYTES}: {_HOW_TO}")
    return problems


def sign(secrets: Sequence[str], message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a request; a signature of each secret, while they are being changed.

    Raises ValueError for a secret that has problems.
    """
    content = b"%b.%d.%b" % (message_id.encode(), timestamp_s, body)
    signatures: list[str] = []
    for secret in secrets:
        key = _key(secret)
        if key is None:
            raise ValueError("A secret has problems; ask for them first.")
        digest = hmac.new(key, content, hashlib.sha256).digest()
        signatures.append(f"v1,{base64.b64encode(digest).decode()}")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(signatures),
    }


def _key(secret: str) -> bytes | None:
    text = secret.strip()
    if not text.startswith(_PREFIX) or text == _PREFIX:
        return None
    encoded = text.removeprefix(_PREFIX)
    try:
        # Padding may be left off.
        return base64.b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
