import type { Clock } from "../clock.ts";

/** A clock that a test moves by hand. */
export interface FakeClock extends Clock {
  /**
   * Moves the time on, calling what becomes due in order, and lets promises settle before each and at the end.
   */
  advance(milliseconds: number): Promise<void>;
  /** How many timers wait: 0 when everything has been cleaned up. */
  readonly pending: number;
}

/** Lets everything that waits on promises, and not on time, run. Such chains are short; 200 turns are plenty. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

/** Makes a clock that starts at the given epoch milliseconds. */
export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
  let now = startMs;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  const nextDue = (limit: number) =>
    [...timers].filter(([, { at }]) => at <= limit).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => now,
    setTimer(delayMs, callback) {
      order += 1;
      const id = order;
      timers.set(id, { at: now + delayMs, callback });
      return () => {
        timers.delete(id);
      };
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let due = nextDue(end); due !== undefined; due = nextDue(end)) {
        const [id, { at, callback }] = due;
        timers.delete(id);
        now = at;
        callback();
        await settle();
      }
      now = end;
    },
    get pending() {
      return timers.size;
    },
  };
}
