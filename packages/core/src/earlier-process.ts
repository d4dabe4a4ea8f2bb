import type { Log, SessionRecord } from "./log.ts";

/** What the log knows of the process before. */
export interface EarlierProcess {
  /** Messages per second, at its end. */
  readonly rate: number;
  /** When the broker last had nothing waiting for it, as far as it could note that; `null` if it never did. */
  readonly caughtUpAt: number | null;
  /** How many messages have come since, or the size of the queue if they are more. */
  readonly count: number;
}

/** Reads from the log how the process before ended. `queue`: that of the broker. */
export async function readEarlierProcess(
  log: Log,
  { caughtUpAt = null, recentRate = 0 }: SessionRecord,
  queue: number,
): Promise<EarlierProcess> {
  const count = caughtUpAt === null ? 0 : ((await log.countSince?.(caughtUpAt, queue)) ?? 0);
  return { rate: recentRate, caughtUpAt, count };
}
