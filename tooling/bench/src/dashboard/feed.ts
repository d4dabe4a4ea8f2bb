import type { ServerResponse } from "node:http";
import type { EncodedEvents } from "./encoded-events.ts";

/** As often are events written. Each write holds what has become due since the last. */
const TICK_MS = 5;
/** The most events in a write. It must be well below a round of the events, whose bytes may still be on their way. */
const MAX_PER_WRITE = 256;
/** As far into the past lies the first of what is replayed. */
const REPLAY_MS = 120_000;

/** What is to be sent. */
export interface FeedOptions {
  readonly events: EncodedEvents;
  readonly readings: number;
  /** `null`: as fast as they are taken, with times of receipt in the past two minutes. */
  readonly ratePerSecond: number | null;
  /** Called once all of them are due. */
  readonly onDue: () => void;
}

/**
 * Writes events to a page at a steady rate. A page that does not take them gets them later, from where it stopped, as a
 * relay serves it from its log: nothing is left out, and nothing piles up here.
 */
export function feed(response: ServerResponse, options: FeedOptions): void {
  const { events, readings, ratePerSecond, onDue } = options;
  const begin = Date.now();
  let sent = 0;
  let isDue = false;
  const dueNow = () => {
    if (ratePerSecond === null) return readings;
    return Math.min(readings, Math.floor(((Date.now() - begin) * ratePerSecond) / 1_000));
  };
  const timeOf = (index: number) =>
    ratePerSecond === null
      ? begin - REPLAY_MS + Math.floor((index / readings) * REPLAY_MS)
      : begin + Math.floor((index * 1_000) / ratePerSecond);
  const step = () => {
    if (response.destroyed) return;
    const due = dueNow();
    while (sent < due && !response.writableNeedDrain) {
      const { bytes, count } = events.take(Math.min(due - sent, MAX_PER_WRITE), timeOf(sent));
      response.write(bytes);
      sent += count;
    }
    if (due === readings && !isDue) {
      isDue = true;
      onDue();
    }
    if (sent === readings) return;
    if (response.writableNeedDrain) response.once("drain", step);
    else setTimeout(step, TICK_MS);
  };
  step();
}
