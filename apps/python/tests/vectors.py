"""The test vectors that every language's tests run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

_APP = Path(__file__).parents[1]
_VECTORS = _APP.parents[1] / "tooling" / "conformance" / "vectors"
_CAPABILITIES = set(json.loads((_APP / "conformance.json").read_text(encoding="utf-8"))["capabilities"])


def _known_failing() -> dict[str, str]:
    path = _APP / "known-failing.json"
    if not path.exists():
        return {}
    return {each["case"]: each["reason"] for each in json.loads(path.read_text(encoding="utf-8"))}


def vectors(file: str) -> list[Any]:
    """The cases of a file as pytest parameters; a case that is known to fail must fail."""
    known = _known_failing()
    parameters = []
    for case in json.loads((_VECTORS / f"{file}.json").read_text(encoding="utf-8"))["cases"]:
        if "needs" in case and case["needs"] not in _CAPABILITIES:
            continue
        reason = known.get(f"{file}/{case['name']}")
        marks = [] if reason is None else [pytest.mark.xfail(reason=reason, strict=True)]
        parameters.append(pytest.param(case["input"], case["expected"], id=case["name"], marks=marks))
    return parameters


def payload_bytes(case: dict[str, Any], key: str = "payload") -> bytes:
    """Bytes are UTF-8 of a text, or stand in base64."""
    if f"{key}Base64" in case:
        return base64.b64decode(case[f"{key}Base64"])
    text: str = case[key]
    return text.encode()
