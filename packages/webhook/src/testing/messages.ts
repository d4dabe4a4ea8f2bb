import { decode, type LogEntry } from "@tesa/core";

/** A message of a device on its way into the log; `text` is its payload. */
export function entry(deviceId: string, text: string | Uint8Array = '{"temperature":21.5}'): LogEntry {
  return entryOn(`device/${deviceId}/telemetry`, text);
}

/** A message under any topic. */
export function entryOn(topic: string, text: string | Uint8Array = '{"temperature":21.5}'): LogEntry {
  const payload = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const message = decode({ topic, payload, qos: 1, retained: false, receivedAt: 1_700_000_000_000 });
  return { message, packetId: undefined };
}

/** Messages of several devices in turn, each with its number as payload. */
export function entriesOf(devices: readonly string[], count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) =>
    entry(devices[index % devices.length] ?? "d", `{"value":${index + 1}}`),
  );
}
