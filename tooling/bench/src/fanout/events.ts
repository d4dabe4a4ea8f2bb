import { decode, type LogEntry } from "@tesa/core";

/** Stands in each event once, and nowhere else: what clients count. */
export const MARK = "~";

/** The message number `index`, in the platform's own shape of one reading with metadata. */
export function eventOf(index: number, now: number): LogEntry {
  const payload = JSON.stringify({
    timestamp: new Date(now).toISOString(),
    device_id: deviceOf(index),
    sensor: "temperature",
    value: 20 + (index % 80) / 8,
    unit: "°C",
    metadata: { location: "Factory-A/Hall-2", quality: 0.98, mark: MARK },
  });
  const message = decode({
    topic: `device/${deviceOf(index)}/telemetry/temperature`,
    payload: new TextEncoder().encode(payload),
    qos: 1,
    retained: false,
    receivedAt: now,
  });
  return { message, packetId: undefined };
}

function deviceOf(index: number): string {
  return `5a96c2f0-7d1e-4b8a-9c3f-${String(index % 100).padStart(12, "0")}`;
}
