import type { Telemetry } from "./telemetry.ts";

/**
 * Writes a message as one line of JSON, without the line break at its end.
 *
 * `payload` holds a JSON payload as the device wrote it, so that integers beyond 2^53 keep their digits; text as a
 * string; anything else as base64 (RFC 4648, section 4).
 *
 * @example
 * toNdjson(message);
 * // {"seq":1,"topic":"device/d1/telemetry/temperature",...,"payload":{"value":25.5},"format":"json",...}
 */
export function toNdjson(message: Telemetry): string {
  const { seq, topic, deviceId, sensor, receivedAt, timestamp, readings } = message;
  const head = JSON.stringify({ seq, topic, deviceId, sensor, receivedAt, timestamp, readings });
  const { format, qos, retained, warnings } = message;
  const tail = JSON.stringify({ format, qos, retained, warnings });
  return `${head.slice(0, -1)},"payload":${payloadAsJson(message)},${tail.slice(1)}`;
}

function payloadAsJson({ payload, format }: Telemetry): string {
  if (format === "binary") return `"${toBase64(payload)}"`;
  // A decoder drops a byte order mark, which JSON does not allow.
  const text = new TextDecoder().decode(payload);
  if (format === "text") return JSON.stringify(text);
  // In JSON a line break can only stand between tokens; a string holds it escaped.
  return text.replaceAll(/[\r\n]+/g, " ");
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = "=".charCodeAt(0);

function toBase64(bytes: Uint8Array): string {
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const present = Math.min(3, bytes.length - from);
    const group = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    for (let index = 0; index <= present; index += 1) {
      characters[to + index] = BASE64.charCodeAt((group >> (18 - 6 * index)) & 63);
    }
  }
  return new TextDecoder().decode(characters);
}
