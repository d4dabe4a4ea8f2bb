import type { Random } from "./random.ts";

/** What is to happen in a run. */
export interface Schedule {
  /** In the order of time. */
  readonly kills: readonly { readonly atMs: number; readonly pauseMs: number }[];
  /** In the order of time; each waits for a connection, and then so long again. */
  readonly cuts: readonly { readonly atMs: number; readonly delayMs: number }[];
  /** When PostgreSQL is away, and whether it goes without a goodbye. */
  readonly outage: { readonly fromMs: number; readonly toMs: number; readonly isKill: boolean };
}

/** What a {@link Schedule} is made from. */
export interface ScheduleOptions {
  readonly random: Random;
  readonly durationMs: number;
  readonly kills: number;
  readonly cuts: number;
  /** After every n-th kill the worker stays away for long: its session at the broker ends. @default none */
  readonly longPauseEvery?: number | undefined;
}

/** Nothing happens before or after these shares of the run, so that it has a beginning and an end. */
const FIRST = 0.03;
const LAST = 0.97;
/** The longest that a killed worker stays away, besides its start. */
const LONGEST_PAUSE_MS = 400;
/** Longer than the broker keeps the session of a worker that shares, which is 5 s. */
const SHORTEST_LONG_PAUSE_MS = 5_500;
const LONGEST_LONG_PAUSE_MS = 7_000;
/** The longest that a connection is let live when its cut was due before it was there. */
const LONGEST_DELAY_MS = 150;
/** The share of the run for which PostgreSQL is away, and where in the run that may begin. */
const OUTAGE = 0.2;
const OUTAGE_FIRST = 0.35;
const OUTAGE_LAST = 0.6;

/** Chooses the moments of a run. The same numbers of chance give the same schedule. */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { random, durationMs, kills, cuts, longPauseEvery = Number.POSITIVE_INFINITY } = options;
  const moments = (count: number) =>
    Array.from({ length: count }, () => Math.round((FIRST + random() * (LAST - FIRST)) * durationMs)).sort(
      (a, b) => a - b,
    );
  const fromMs = Math.round((OUTAGE_FIRST + random() * (OUTAGE_LAST - OUTAGE_FIRST)) * durationMs);
  return {
    kills: moments(kills).map((atMs, index) => {
      const isLong = (index + 1) % longPauseEvery === 0;
      const [shortest, longest] = isLong
        ? [SHORTEST_LONG_PAUSE_MS, LONGEST_LONG_PAUSE_MS]
        : [0, LONGEST_PAUSE_MS];
      return { atMs, pauseMs: Math.round(shortest + random() * (longest - shortest)) };
    }),
    cuts: moments(cuts).map((atMs) => ({ atMs, delayMs: Math.round(random() * LONGEST_DELAY_MS) })),
    outage: { fromMs, toMs: Math.round(fromMs + OUTAGE * durationMs), isKill: random() < 0.5 },
  };
}
