/** What a write costs of a millisecond of CPU is about 5 µs: at this pace writes take a tenth of a core. */
const WRITES_PER_MS = 20;
/** So long an event may be held back at the most, in milliseconds. */
const MAX_WINDOW_MS = 48;

/**
 * How long to gather events after a flush, in milliseconds. A write costs the same whatever it holds, so the more clients
 * there are, the more an event is worth waiting for; with few of them, or after a pause, none is held back.
 */
export function flushWindowMs(clients: number): number {
  return Math.min(MAX_WINDOW_MS, Math.floor(clients / WRITES_PER_MS));
}
