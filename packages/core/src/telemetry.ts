/** One value that a device measured. */
export interface Reading {
  /** `"temperature"`; what the payload says, else the topic's sensor, else `"value"`. */
  readonly sensor: string;
  readonly value: number | string | boolean | null;
  readonly unit: string | null;
}

/** Something about a message that a user should know of. Its readings are nevertheless delivered. */
export type TelemetryWarning =
  /** The topic is not `device/<id>/telemetry[/<sensor>]`. */
  | "topic-unexpected"
  /** The payload names another device than the topic; the topic counts, since the broker's ACL is on it. */
  | "device-mismatch"
  /** An ISO time stamp without an offset was taken as UTC. */
  | "timestamp-assumed-utc"
  /** There is a time stamp, but it cannot be read as a time. */
  | "timestamp-unreadable"
  /** An integer beyond 2^53 lost digits as a JavaScript number; `payload` has them all. */
  | "precision-lost"
  /** A number is too large for a JavaScript number (1e999); its reading is `null`, `payload` has it. */
  | "number-out-of-range";

/** How the payload could be read: JSON, UTF-8 text that is not JSON, or neither. */
export type PayloadFormat = "json" | "text" | "binary";

/** A message of a device, decoded. Times are epoch milliseconds. */
export interface Telemetry {
  /** The place in the log, from 1, without holes. Order is `seq`, never a device's clock. */
  readonly seq: number;
  readonly topic: string;
  /** From the topic; `null` where the topic has none. */
  readonly deviceId: string | null;
  /** From the topic, `"motor/2/rpm"` where it has several levels; `null` where it has none. */
  readonly sensor: string | null;
  readonly receivedAt: number;
  /** The device's own time stamp; `null` where it sent none, or none that can be read. */
  readonly timestamp: number | null;
  readonly readings: readonly Reading[];
  /** The bytes as they came. */
  readonly payload: Uint8Array;
  readonly format: PayloadFormat;
  readonly qos: 0 | 1;
  /** Whether the broker had it in store: such a message says nothing about now. */
  readonly retained: boolean;
  readonly warnings: readonly TelemetryWarning[];
}
