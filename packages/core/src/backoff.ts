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
