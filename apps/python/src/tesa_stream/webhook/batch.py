"""The body of a request: what the receiver gets of some messages."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence

from tesa_stream.ndjson import to_ndjson
from tesa_stream.telemetry import Telemetry


def encode_batch(log_id: str, messages: Sequence[Telemetry]) -> bytes:
    """The body depends on nothing but the messages: the same at each try and after a crash."""
    received = datetime.datetime.fromtimestamp(messages[-1].received_at / 1_000, datetime.UTC)
    head = {
        "type": "telemetry.batch",
        "timestamp": received.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "log": log_id,
            "epoch": log_id,
            "firstSeq": messages[0].seq,
            "lastSeq": messages[-1].seq,
        },
    }
    start = json.dumps(head, separators=(",", ":"))[:-2].encode()
    return b'%b,"messages":[%b]}}' % (start, b",".join(to_ndjson(message) for message in messages))
