import type { Reading, Telemetry, TelemetryWarning } from "@tesa/core";
import { ownCopy } from "./names.ts";

/** A message as the page takes it in, from a relay or from the broker. Times are epoch milliseconds. */
export interface Incoming
  extends Pick<
    Telemetry,
    | "seq"
    | "topic"
    | "deviceId"
    | "sensor"
    | "receivedAt"
    | "timestamp"
    | "readings"
    | "format"
    | "retained"
    | "warnings"
  > {
  /** The whole message as one line of JSON; made when it is asked for where it did not come as one. */
  readonly line: string | (() => string);
}

/** The whole message as one line of JSON. */
export function lineOf({ line }: Incoming): string {
  return typeof line === "string" ? line : line();
}

/**
 * Reads a line of a relay. A relay may be of another version, or not be one at all: what is not as agreed is left out,
 * and `null` means that nothing can be made of the line.
 */
export function parseIncoming(line: string): Incoming | null {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    return null;
  }
  return toIncoming(content, line);
}

/** The same from a value that is parsed already, such as an entry of a page of history, with its text. */
export function toIncoming(content: unknown, line?: string): Incoming | null {
  if (typeof content !== "object" || content === null) return null;
  const { seq, topic, deviceId, sensor, receivedAt, timestamp, readings, format, retained, warnings } =
    content as Readonly<Record<string, unknown>>;
  if (typeof seq !== "number" || typeof receivedAt !== "number" || !Array.isArray(readings)) return null;
  return {
    seq,
    topic: typeof topic === "string" ? topic : "",
    deviceId: typeof deviceId === "string" ? deviceId : null,
    sensor: typeof sensor === "string" ? sensor : null,
    receivedAt,
    timestamp: typeof timestamp === "number" ? timestamp : null,
    readings: readings.every(isReading) ? readings : readings.filter(isReading),
    format: format === "text" || format === "binary" ? format : "json",
    retained: retained === true,
    warnings: Array.isArray(warnings) ? (warnings as readonly TelemetryWarning[]) : [],
    line: line ?? (() => JSON.stringify(content)),
  };
}

/**
 * The message with a line that can be kept. The one it came with is a piece of the text of everything that came with it,
 * and would hold all of that in memory.
 */
export function withOwnLine(message: Incoming): Incoming {
  if (typeof message.line !== "string") return message;
  return { ...message, line: ownCopy(message.line) };
}

function isReading(value: unknown): value is Reading {
  if (typeof value !== "object" || value === null) return false;
  const { sensor, value: reading, unit } = value as Readonly<Record<string, unknown>>;
  return (
    typeof sensor === "string" &&
    (unit === null || typeof unit === "string") &&
    (reading === null || ["number", "string", "boolean"].includes(typeof reading))
  );
}
