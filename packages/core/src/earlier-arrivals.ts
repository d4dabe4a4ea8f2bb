import type { Log, SessionRecord } from "./log.ts";

/** How many messages a broker has on the way to a client, besides its queue: EMQX's `max_inflight`. */
export const IN_FLIGHT = 32;
/** A broker that has more to send, to a client that takes it, sends as many in less than this, in milliseconds. */
const LONGEST_ROUND_MS = 2_000;

/** What the log knows of the process before. */
export interface EarlierArrivals {
  /** Messages per second. @default 0 */
  readonly rate?: number | undefined;
  /** Since when what had not come may have waited at the broker; not set: nothing did. */
  readonly waitingSince?: number | undefined;
}

/** Reads from the log how messages came at the end of the process before. `queue`: that of the broker. */
export async function readEarlierArrivals(
  log: Log,
  { connectedUntil, recentRate: rate }: SessionRecord,
  queue: number,
): Promise<EarlierArrivals> {
  const roundBegan = await log.receivedAt?.(IN_FLIGHT);
  const isBusy = roundBegan != null && (connectedUntil ?? 0) - roundBegan < LONGEST_ROUND_MS;
  // If it was busy, it may have been catching up. What waited then came to the broker after what lies so far back.
  const waitingSince = isBusy ? await log.receivedAt?.(queue + IN_FLIGHT) : undefined;
  return { rate, waitingSince: waitingSince ?? undefined };
}
