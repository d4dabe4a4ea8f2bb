/** Says when how many messages are due. Times are milliseconds of any clock that does not go backwards. */
export interface Schedule {
  /** How many are due now and not yet taken, at most a burst; takes them. */
  take(nowMs: number): number;
  /** How long until the next one is due; 0 where one is already. */
  delayMs(nowMs: number): number;
}

export interface ScheduleOptions {
  /** Messages per second. */
  readonly rate: number;
  readonly startMs: number;
  /** The most that `take()` gives at once. @default 64 */
  readonly maxBurst?: number;
  /** Of how long a delay, in milliseconds, the messages are caught up; beyond it the rest is given up. @default 1,000 */
  readonly maxBacklogMs?: number;
}

/**
 * A schedule that does not drift: message n is due at start + n / rate, whenever the ones before it were sent. After a
 * stall (a slow broker, a suspended machine) it catches up on the last `maxBacklogMs` and shifts the rest.
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { rate, startMs, maxBurst = 64, maxBacklogMs = 1_000 } = options;
  const periodMs = 1_000 / rate;
  // Counting from an origin, and not adding up periods, keeps rounding errors from growing.
  let originMs = startMs;
  let taken = 0;
  const dueAt = () => originMs + taken * periodMs;
  return {
    take(nowMs) {
      const lateMs = nowMs - dueAt();
      if (lateMs < 0) return 0;
      if (lateMs > Math.max(maxBacklogMs, periodMs)) {
        originMs = nowMs - maxBacklogMs;
        taken = 0;
      }
      // At least one is due here, even where rounding says none.
      const due = Math.max(1, Math.floor((nowMs - originMs) / periodMs) + 1 - taken);
      const count = Math.min(due, maxBurst);
      taken += count;
      return count;
    },
    delayMs: (nowMs) => Math.max(0, dueAt() - nowMs),
  };
}
