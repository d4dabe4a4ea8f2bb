import type { LiveEvent } from "./hub/live-event.ts";

/** Upper bounds of the lag's histogram, in seconds. */
export const LAG_BOUNDS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** What the relay counts since it was made. */
export class RelayCounts {
  batches = 0;
  /** Clients dropped because they took nothing. */
  drops = 0;
  /** Clients that came back with an event id. */
  reconnects = 0;
  /** Clients refused because there were too many. */
  refused = 0;
  flushes = 0;
  /** Writes to live clients. */
  writes = 0;
  events = 0;
  /** From a device's time stamp to the write to its clients; one bucket more than bounds. */
  readonly lag: number[] = new Array(LAG_BOUNDS.length + 1).fill(0);
  lagSum = 0;

  /** Notes a flush to live clients at epoch millisecond `now`. */
  flushed(events: readonly LiveEvent[], writes: number, now: number): void {
    this.flushes += 1;
    this.writes += writes;
    this.events += events.length;
    for (const { message } of events) {
      if (message.timestamp === null || message.retained) continue;
      // A device whose clock is ahead has no negative lag.
      const lag = Math.max(0, now - message.timestamp) / 1_000;
      const bucket = LAG_BOUNDS.findIndex((bound) => lag <= bound);
      const index = bucket === -1 ? LAG_BOUNDS.length : bucket;
      this.lag[index] = (this.lag[index] ?? 0) + 1;
      this.lagSum += lag;
    }
  }
}
