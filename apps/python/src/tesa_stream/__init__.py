"""Streams the telemetry of TESAIoT devices over MQTT and secure WebSockets."""

from tesa_stream.config import Config, parse_config
from tesa_stream.errors import TesaError
from tesa_stream.stream import Stream
from tesa_stream.telemetry import Reading, Telemetry, decode

__all__ = ["Config", "Reading", "Stream", "Telemetry", "TesaError", "decode", "parse_config"]
