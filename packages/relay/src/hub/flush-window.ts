/** A write costs about 5 µs of CPU whatever it holds: at this pace, writes take a tenth of a core. */
const WRITES_PER_MS = 20;
/** So long an event may be held back at the most, in milliseconds. */
const MAX_WINDOW_MS = 48;
/** An event that finds others waiting for so much of the window takes them along: the next would come too late. */
const RIPE = 0.75;

/**
 * How long events may be gathered, in milliseconds. A write costs the same whatever it holds, so the more clients there
 * are, the more an event is worth waiting for; with few of them none is held back.
 */
export function flushWindowMs(clients: number): number {
  return Math.min(MAX_WINDOW_MS, Math.floor(clients / WRITES_PER_MS));
}

/** When to write what waits. Times are milliseconds of one clock. */
export interface FlushTiming {
  readonly now: number;
  readonly windowMs: number;
  /** When clients were last written to. */
  readonly flushedAt: number;
  /** Since when the oldest of what waits has been waiting; `null` before anything waits. */
  readonly waitingSince: number | null;
}

/** For how many milliseconds to wait for more; 0: write at once. */
export function flushDelayMs({ now, windowMs, flushedAt, waitingSince }: FlushTiming): number {
  if (waitingSince === null) {
    // After a pause nothing is held back. A clock that was set back must not hold anything up.
    return now - flushedAt >= windowMs || now < flushedAt ? 0 : windowMs;
  }
  const waited = now - waitingSince;
  return waited < 0 || waited >= windowMs * RIPE ? 0 : windowMs - waited;
}
