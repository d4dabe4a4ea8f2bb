import { decode, type LogEntry, type Telemetry } from "@tesa/core";

/** What a test wants to say about a message; everything else is made up. */
export interface EntryParts {
  readonly device?: string;
  readonly sensor?: string | null;
  /** Instead of device and sensor. */
  readonly topic?: string;
  readonly payload?: string | Uint8Array;
  readonly receivedAt?: number;
  readonly retained?: boolean;
  /** `undefined`: it came at QoS 0. */
  readonly packetId?: number | undefined;
  readonly duplicate?: boolean;
}

/** A message as the stream hands it to the log. */
export function entry(parts: EntryParts = {}): LogEntry {
  const {
    device = "d1",
    sensor = "temperature",
    payload = '{"value":21.5}',
    packetId,
    duplicate = false,
  } = parts;
  const topic = parts.topic ?? `device/${device}/telemetry${sensor === null ? "" : `/${sensor}`}`;
  const message = decode({
    topic,
    payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
    qos: packetId === undefined ? 0 : 1,
    retained: parts.retained ?? false,
    receivedAt: parts.receivedAt ?? 1_000,
  });
  return { message, packetId, duplicate };
}

/** So many messages, each with a value of its own. */
export function entries(count: number, parts: (index: number) => EntryParts = () => ({})): LogEntry[] {
  return Array.from({ length: count }, (_, index) =>
    entry({ payload: `{"value":${index}}`, ...parts(index) }),
  );
}

/** What the log gives back for entries that were stored from `firstSeq` on. */
export function stored(batch: readonly LogEntry[], firstSeq = 1): Telemetry[] {
  return batch.map(({ message }, index) => ({ ...message, seq: firstSeq + index }));
}
