import type { Reading } from "@tesa/core";

/** A line of an app's output, or an event of its stream, as the contract has it. */
export interface Line {
  readonly seq: number;
  readonly topic: string;
  readonly deviceId: string | null;
  readonly sensor: string | null;
  readonly receivedAt: number;
  readonly timestamp: number | null;
  readonly readings: readonly Reading[];
  readonly payload: unknown;
  readonly format: "json" | "text" | "binary";
  readonly qos: number;
  readonly retained: boolean;
  readonly warnings: readonly string[];
}

const KEYS = [
  "seq",
  "topic",
  "deviceId",
  "sensor",
  "receivedAt",
  "timestamp",
  "readings",
  "payload",
  "format",
  "qos",
  "retained",
  "warnings",
];

/** Reads a line. @throws Error if it is no message: standard output is for nothing else */
export function parseLine(text: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new Error(`Standard output has a line that is no JSON: ${text.slice(0, 200)}`);
  }
  const missing = KEYS.filter(
    (key) => typeof line !== "object" || line === null || !Object.hasOwn(line, key),
  );
  if (missing.length > 0) {
    throw new Error(`A line lacks the keys ${missing.join(", ")}: ${text.slice(0, 200)}`);
  }
  return line as Line;
}
