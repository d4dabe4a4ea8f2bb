import type { PayloadFormat, Reading, Telemetry, TelemetryWarning } from "@tesa/core";

const FORMATS: readonly PayloadFormat[] = ["json", "text", "binary"];

/**
 * Reads a line as `tesa stream` writes it; `undefined` if it is none. Only what a replay depends on has to be right: a
 * line that another program has passed on may have more keys, or others in another order.
 */
export function parseRecorded(line: string): Telemetry | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { topic, receivedAt, format, payload } = value;
  if (typeof topic !== "string" || !Number.isSafeInteger(receivedAt)) return undefined;
  if (!isFormat(format) || payload === undefined) return undefined;
  const bytes = payloadBytes(line, format, payload);
  if (bytes === undefined) return undefined;
  return {
    seq: typeof value.seq === "number" ? value.seq : 0,
    topic,
    deviceId: textOrNull(value.deviceId),
    sensor: textOrNull(value.sensor),
    receivedAt: Number(receivedAt),
    timestamp: typeof value.timestamp === "number" ? value.timestamp : null,
    readings: Array.isArray(value.readings) ? value.readings.flatMap(asReading) : [],
    payload: bytes,
    format,
    qos: value.qos === 0 ? 0 : 1,
    retained: value.retained === true,
    // They are only handed on.
    warnings: Array.isArray(value.warnings) ? (value.warnings as TelemetryWarning[]) : [],
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function payloadBytes(line: string, format: PayloadFormat, payload: unknown): Uint8Array | undefined {
  if (format === "json") return Buffer.from(jsonAsWritten(line) ?? JSON.stringify(payload));
  if (typeof payload !== "string") return undefined;
  return Buffer.from(payload, format === "text" ? "utf8" : "base64");
}

/**
 * The text of a JSON payload, digit for digit, from between the keys that it stands between in our own lines. In the
 * strings before it the quotation marks of such a key would be escaped, and behind it there are no objects.
 */
function jsonAsWritten(line: string): string | undefined {
  const key = ',"payload":';
  const start = line.indexOf(key) + key.length;
  const end = line.lastIndexOf(',"format":');
  if (start < key.length || end < start) return undefined;
  const text = line.slice(start, end);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function asReading(value: unknown): Reading[] {
  if (typeof value !== "object" || value === null || !("sensor" in value) || !("value" in value)) return [];
  const { sensor, value: measured } = value;
  const isValue = measured === null || ["number", "string", "boolean"].includes(typeof measured);
  if (typeof sensor !== "string" || !isValue) return [];
  return [
    { sensor, value: measured as Reading["value"], unit: textOrNull("unit" in value ? value.unit : null) },
  ];
}

function isFormat(value: unknown): value is PayloadFormat {
  return FORMATS.some((format) => format === value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
