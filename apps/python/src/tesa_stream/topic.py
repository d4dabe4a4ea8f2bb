"""Topics of the platform and the filters that choose among them."""

from __future__ import annotations

from typing import NamedTuple

from tesa_stream.text import find_string_problems


class Topic(NamedTuple):
    """What a telemetry topic says; ``sensor`` is None where it has none, and may have several levels."""

    device_id: str
    sensor: str | None


def parse_topic(topic: str) -> Topic | None:
    """Reads ``device/<id>/telemetry[/<sensor>]``; None for any other topic.

    The platform has ``device`` as the first level; some of its material spells it ``devices``.
    """
    levels = topic.split("/", 3)
    if len(levels) < 3 or levels[0] not in ("device", "devices"):
        return None
    if levels[1] == "" or levels[2] != "telemetry":
        return None
    return Topic(levels[1], levels[3] if len(levels) == 4 else None)


def telemetry_filter(device: str | None = None, sensor: str | None = None) -> str:
    """The filter for all telemetry, or that of one device, one sensor, or one sensor of one device."""
    return f"device/{device or '+'}/telemetry/{sensor or '#'}"


def find_device_problems(device: str) -> list[str]:
    """What keeps a text from being a device id: one level of a topic, without wildcards."""
    if device == "":
        return ["is empty: name a device"]
    problems = _find_wildcards(device)
    if "/" in device:
        problems.append("holds a /: a device id is one level of a topic, so write it without")
    return problems


def find_sensor_problems(sensor: str) -> list[str]:
    """What keeps a text from naming a sensor; it may have any number of levels."""
    return ["is empty: name a sensor"] if sensor == "" else _find_wildcards(sensor)


def _find_wildcards(text: str) -> list[str]:
    if "+" in text or "#" in text:
        return ["holds a wildcard, + or #: write it without"]
    return []


def find_filter_problems(topic_filter: str) -> list[str]:
    """What is wrong with a filter by the rules of MQTT (4.7); empty if nothing is."""
    if topic_filter == "":
        return ["is empty: give a topic filter such as device/+/telemetry/#"]
    problems = find_string_problems(topic_filter)
    levels = topic_filter.split("/")
    if any(len(level) > 1 and "+" in level for level in levels):
        problems.append(
            "has a + beside other characters: a + stands for a whole level, so write it alone between slashes"
        )
    if any(len(level) > 1 and "#" in level for level in levels):
        problems.append("has a # beside other characters: write it alone after the last slash")
    if "#" in levels[:-1]:
        problems.append("has a # before its last level: # stands for all that follows, so it comes last")
    return problems


def is_refused_to_tokens(topic_filter: str) -> bool:
    """Whether a filter is clearly more than telemetry, or something else: the broker refuses it."""
    if topic_filter.startswith("$"):
        return True
    levels = topic_filter.split("/")
    if levels[0] == "#":
        return True
    if levels[0] not in ("device", "devices"):
        return False
    return len(levels) < 3 or levels[1] in ("", "#") or levels[2] != "telemetry"


def matches_filter(topic_filter: str, topic: str) -> bool:
    """Whether a topic matches a filter without problems (MQTT 4.7); ``$share`` as what it shares."""
    if topic_filter.startswith("$share/"):
        parts = topic_filter.split("/", 2)
        if len(parts) < 3:
            return False
        topic_filter = parts[2]
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
        # `a/#` matches its parent `a` too.
        if index == len(levels) - 1 and wanted[index + 1 :] == ["#"]:
            return True
    return len(wanted) == len(levels)
