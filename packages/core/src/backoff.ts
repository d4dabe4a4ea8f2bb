/** How long to wait between attempts to connect. */
export interface BackoffPolicy {
  /** The first wait, in milliseconds. */
  readonly firstMs: number;
  /** The longest wait, in milliseconds. */
  readonly maxMs: number;
  /** The share of a wait that chance may take away: 0 takes nothing, 1 up to all of it. */
  readonly jitter: number;
  /** How long a connection must last, in milliseconds, before the next wait is the first one again. */
  readonly resetAfterMs: number;
}

/** The platform's own advice: 1 s, 2 s, 4 s, 8 s ... up to 30 s. Half of a wait is left to chance. */
export const DEFAULT_BACKOFF: BackoffPolicy = {
  firstMs: 1_000,
  maxMs: 30_000,
  jitter: 0.5,
  resetAfterMs: 30_000,
};

/** Past this many doublings every sensible wait is above its cap; more of them would end in Infinity. */
const MAX_DOUBLINGS = 50;

/**
 * How long to wait before the next attempt, in whole milliseconds: the first wait, doubled after each failed attempt up
 * to the longest. Chance only shortens it, so that many clients that lost the same broker come back spread out and none
 * waits longer than the policy says.
 *
 * @param attempt How many attempts have failed since the last connection that lasted, from 1.
 * @param random Gives numbers from 0 up to 1, such as `Math.random`.
 * @example
 * ```ts
 * backoffDelayMs(3, DEFAULT_BACKOFF, () => 0); // 4000
 * backoffDelayMs(3, DEFAULT_BACKOFF, () => 0.5); // 3000
 * ```
 */
export function backoffDelayMs(attempt: number, policy: BackoffPolicy, random: () => number): number {
  const doublings = Math.min(Math.max(attempt - 1, 0), MAX_DOUBLINGS);
  const fullMs = Math.min(policy.firstMs * 2 ** doublings, policy.maxMs);
  return Math.floor(fullMs * (1 - policy.jitter * random()));
}
