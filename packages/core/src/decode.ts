import type { Publish } from "./publish.ts";
import type { PayloadFormat, Reading, Telemetry, TelemetryWarning } from "./telemetry.ts";
import { parseTimestamp } from "./timestamp.ts";
import { type ParsedTopic, parseTopic } from "./topic.ts";

/** What {@link decode} needs of a message. */
export type DecodeInput = Pick<Publish, "topic" | "payload" | "qos" | "retained" | "receivedAt">;

/** A decoded message that has no place in the log yet. */
export type DecodedMessage = Omit<Telemetry, "seq">;

/** Drops a byte order mark, which some devices send and JSON does not allow. */
const UTF8: TextDecoder = new TextDecoder("utf-8", { fatal: true });

/** The name of a reading that neither the payload nor the topic names. */
export const UNNAMED = "value";

/**
 * Decodes a message. It never throws and never loses anything: what cannot be read as JSON has no readings, and
 * `payload` is the very array that came in, whatever it holds.
 *
 * - An object with a `value` that is a number, string, boolean or null is one reading. Its sensor is that of the
 *   payload, else that of the topic, else `"value"`.
 * - Of any other object, each key whose value is one of these is a reading, except the platform's own `timestamp`,
 *   `device_id`, `sensor`, `unit` and `metadata`. Objects and arrays inside are no readings.
 * - A bare number, string or boolean is one reading. An array and a bare null have none.
 *
 * A reading is always a value that JSON can express: -0 becomes 0, and a number beyond the range of a double becomes
 * `null`, with a warning.
 *
 * @example
 * ```ts
 * const payload = new TextEncoder().encode('{"temperature":25.5,"humidity":60}');
 * const message = decode({ topic: "device/g1/telemetry", payload, qos: 1, retained: false, receivedAt: Date.now() });
 * message.readings[0]; // { sensor: "temperature", value: 25.5, unit: null }
 * ```
 */
export function decode(input: DecodeInput): DecodedMessage {
  const { seq: _, ...message } = decodePlainly(input, parseTopic(input.topic));
  return message;
}

/** A message whose place in the log is not known yet, and will be set: 0 until then. */
export interface DecodedTelemetry extends Omit<Telemetry, "seq"> {
  seq: number;
}

/** Decodes message after message. */
export interface MessageDecoder {
  decode(input: DecodeInput): DecodedTelemetry;
}

/** Decodes each message for itself, as {@link decode} does. */
export const PLAIN_DECODER: MessageDecoder = {
  decode: (input) => decodePlainly(input, parseTopic(input.topic)),
};

/** By way of `JSON.parse`, which reads everything. */
export function decodePlainly(input: DecodeInput, topic: ParsedTopic): DecodedTelemetry {
  const warnings: TelemetryWarning[] = [];
  const deviceId = topic.kind === "telemetry" ? topic.deviceId : null;
  const sensor = topic.kind === "telemetry" ? topic.sensor : null;
  if (topic.kind === "other") warnings.push("topic-unexpected");
  const { format, content } = parsePayload(input.payload);
  let timestamp: number | null = null;
  let readings: readonly Reading[];
  if (isObject(content)) {
    if (namesAnotherDevice(content, deviceId)) warnings.push("device-mismatch");
    timestamp = readTimestamp(content, warnings);
    readings = readObject(content, sensor, warnings);
  } else if (isScalar(content) && content !== null) {
    readings = [{ sensor: sensor || UNNAMED, value: toReadingValue(content, warnings), unit: null }];
  } else {
    readings = [];
  }
  return {
    seq: 0,
    topic: input.topic,
    deviceId,
    sensor,
    receivedAt: input.receivedAt,
    timestamp,
    readings,
    payload: input.payload,
    format,
    qos: input.qos,
    retained: input.retained,
    warnings,
  };
}

/** What a payload holds; `content` is `undefined` where it is not JSON. */
interface ParsedPayload {
  readonly format: PayloadFormat;
  readonly content: unknown;
}

const BINARY: ParsedPayload = { format: "binary", content: undefined };
const TEXT: ParsedPayload = { format: "text", content: undefined };

function parsePayload(payload: Uint8Array): ParsedPayload {
  let text: string;
  try {
    text = UTF8.decode(payload);
  } catch {
    return BINARY;
  }
  try {
    return { format: "json", content: JSON.parse(text) };
  } catch {
    return TEXT;
  }
}

/** A JSON object. `JSON.parse` makes `__proto__` an own key like any other, so reading own keys is safe. */
type JsonObject = Readonly<Record<string, unknown>>;

type Scalar = Reading["value"];

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is Scalar {
  return (
    value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean"
  );
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function readTimestamp(content: JsonObject, warnings: TelemetryWarning[]): number | null {
  const value = own(content, "timestamp");
  const { time, warning } = parseTimestamp(value);
  if (warning !== null) warn(warnings, warning);
  if (typeof value === "number" && losesDigits(value)) warn(warnings, "precision-lost");
  return time;
}

function namesAnotherDevice(content: JsonObject, deviceId: string | null): boolean {
  const named = own(content, "device_id");
  if (deviceId === null || (typeof named !== "string" && typeof named !== "number")) return false;
  return String(named) !== deviceId;
}

function readObject(
  content: JsonObject,
  topicSensor: string | null,
  warnings: TelemetryWarning[],
): Reading[] {
  const value = own(content, "value");
  if (!isScalar(value)) return readFlat(content, warnings);
  const sensor = own(content, "sensor");
  const unit = own(content, "unit");
  return [
    {
      // An empty name is none.
      sensor: (typeof sensor === "string" && sensor) || topicSensor || UNNAMED,
      value: toReadingValue(value, warnings),
      unit: typeof unit === "string" ? unit : null,
    },
  ];
}

function readFlat(content: JsonObject, warnings: TelemetryWarning[]): Reading[] {
  const readings: Reading[] = [];
  for (const sensor of Object.keys(content)) {
    const value = content[sensor];
    if (!isScalar(value) || isReserved(sensor)) continue;
    readings.push({ sensor, value: toReadingValue(value, warnings), unit: null });
  }
  return readings;
}

/** The keys of the platform's payloads that describe a message and are no measurement. */
function isReserved(key: string): boolean {
  switch (key) {
    case "timestamp":
    case "device_id":
    case "sensor":
    case "unit":
    case "metadata":
      return true;
    default:
      return false;
  }
}

function toReadingValue(value: Scalar, warnings: TelemetryWarning[]): Scalar {
  if (typeof value !== "number") return value;
  // JSON.parse makes Infinity of 1e999.
  if (!Number.isFinite(value)) {
    warn(warnings, "number-out-of-range");
    return null;
  }
  if (losesDigits(value)) warn(warnings, "precision-lost");
  // JSON.stringify has no -0.
  return value + 0;
}

/** Whether the text of a number may have had digits that a double cannot hold: every double of this size is an integer. */
function losesDigits(value: number): boolean {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER;
}

function warn(warnings: TelemetryWarning[], warning: TelemetryWarning): void {
  if (!warnings.includes(warning)) warnings.push(warning);
}
