import type { Incoming } from "../data/incoming.ts";

const count = { seq: 0 };

/** A message as a test needs it; every part may be given. */
export function message(given: Partial<Incoming> = {}): Incoming {
  count.seq += 1;
  const seq = given.seq ?? count.seq;
  const whole = {
    seq,
    topic: "device/d1/telemetry/temperature",
    deviceId: "d1",
    sensor: "temperature",
    receivedAt: 1_000 + seq,
    timestamp: null,
    readings: [{ sensor: "temperature", value: 20, unit: "°C" }],
    format: "json" as const,
    retained: false,
    warnings: [],
    ...given,
  };
  return { line: JSON.stringify({ ...whole, payload: { value: 20 } }), ...whole };
}

/** Names and values that a device may send and nobody wants to see act. */
export const HOSTILE_NAMES: readonly string[] = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "\u202Egnp.exe",
  "a\u2066b\u2069",
  "🤖🏭👩‍🔧",
  "x".repeat(10_000),
  "",
  " ",
  "../../etc/passwd",
  "%",
  "__proto__",
  "constructor",
  "a\nb\tc\u0000d",
  "\uD800",
  "'\"`;--",
  "javascript:alert(1)",
];
