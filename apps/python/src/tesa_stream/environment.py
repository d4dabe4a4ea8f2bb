"""Where the configuration comes from: the environment, and a .env file that it wins over."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path

from dotenv import dotenv_values

from tesa_stream.config import VARIABLES
from tesa_stream.errors import TesaError

#: Set one of these in the environment, and the other in .env no longer applies.
_ALTERNATIVES = (
    ({"MQTT_API_TOKEN"}, {"TESA_TOKEN_FILE"}),
    ({"MQTT_TOPIC"}, {"TESA_DEVICE", "TESA_SENSOR"}),
)


def read_environment(environment: Mapping[str, str], folders: Sequence[Path]) -> dict[str, str]:
    """The variables that this program knows. The first folder that has a .env counts.

    Raises TesaError ``config`` if that file cannot be read.
    """
    names = {variable.name for variable in VARIABLES}
    given = {name: value for name, value in environment.items() if name in names}
    file = {name: value for name, value in _read_dotenv(folders).items() if name in names}
    for one, other in _ALTERNATIVES:
        for chosen, replaced in ((one, other), (other, one)):
            if chosen & given.keys():
                file = {name: value for name, value in file.items() if name not in replaced}
    return {**file, **given}


def _read_dotenv(folders: Sequence[Path]) -> dict[str, str]:
    for folder in folders:
        path = folder / ".env"
        if not os.path.lexists(path):
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise TesaError("config", f'Cannot read the file "{path}": {reason}.') from error
        values = dotenv_values(stream=StringIO(text), interpolate=False)
        return {name: value for name, value in values.items() if value is not None}
    return {}
