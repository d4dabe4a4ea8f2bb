import type { LogEntry } from "@tesa/core";
import { entry } from "./entries.ts";

/** The message of this number, as the broker sends it each time: under the same packet id. */
export function numberedEntry(number: number): LogEntry {
  return entry({ packetId: 1 + (number % 65_535), payload: `{"value":${number}}`, receivedAt: number });
}
