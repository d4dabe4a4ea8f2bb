import {
  type DecodedTelemetry,
  type DecodeInput,
  decodePlainly,
  type MessageDecoder,
  UNNAMED,
} from "./decode.ts";
import { PayloadScanner } from "./payload-scanner.ts";
import type { TelemetryWarning } from "./telemetry.ts";
import { TextCache } from "./text-cache.ts";
import { type ParsedTopic, parseTopic } from "./topic.ts";

/** So many topics are remembered as they were read. */
const MAX_TOPICS = 10_000;

const NO_WARNINGS: readonly TelemetryWarning[] = Object.freeze([]);

/**
 * Decodes message after message, each exactly as `decode()` does, at a third of the cost: it reads plain payloads
 * from their bytes, and remembers names, units and topics.
 */
export class Decoder implements MessageDecoder {
  readonly #scanner: PayloadScanner = new PayloadScanner(new TextCache());
  readonly #topics = new Map<string, ParsedTopic>();

  decode(input: DecodeInput): DecodedTelemetry {
    const topic = this.#topic(input.topic);
    const scanner = this.#scanner;
    if (!scanner.scan(input.payload)) return decodePlainly(input, topic);
    const deviceId = topic.kind === "telemetry" ? topic.deviceId : null;
    const sensor = topic.kind === "telemetry" ? topic.sensor : null;
    const { time, warning } = scanner.timestamp;
    const isMismatch = deviceId !== null && scanner.device !== null && scanner.device !== deviceId;
    let warnings = NO_WARNINGS;
    if (isMismatch || warning !== null || topic.kind === "other") {
      const found: TelemetryWarning[] = [];
      if (topic.kind === "other") found.push("topic-unexpected");
      if (isMismatch) found.push("device-mismatch");
      if (warning !== null) found.push(warning);
      warnings = found;
    }
    return {
      seq: 0,
      topic: input.topic,
      deviceId,
      sensor,
      receivedAt: input.receivedAt,
      timestamp: time,
      readings:
        scanner.value === undefined
          ? scanner.readings
          : [{ sensor: scanner.sensor || sensor || UNNAMED, value: scanner.value, unit: scanner.unit }],
      payload: input.payload,
      format: "json",
      qos: input.qos,
      retained: input.retained,
      warnings,
    };
  }

  #topic(topic: string): ParsedTopic {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const parsed = parseTopic(topic);
    if (this.#topics.size === MAX_TOPICS) this.#topics.clear();
    this.#topics.set(topic, parsed);
    return parsed;
  }
}
