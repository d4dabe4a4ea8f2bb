import { type Clock, sleep } from "./clock.ts";

/** Brings each `check()` of a stream to what its lifecycle is at just then. */
export interface Checks {
  /** Called for each; `undefined` while a check changes nothing. */
  onCheck?: (() => void) | undefined;
}

/** How {@link waitOrCheck} waits. */
export interface CheckedWait {
  readonly clock: Clock;
  readonly checks: Checks;
  readonly delayMs: number;
  /** A check does not end the wait before so much of it is over. */
  readonly soonestMs: number;
  /** Ends the wait at once. */
  readonly stop: AbortSignal;
}

/** Waits for a time, which a check cuts short. Never rejects. Gives whether all of it went by. */
export async function waitOrCheck({
  clock,
  checks,
  delayMs,
  soonestMs,
  stop,
}: CheckedWait): Promise<boolean> {
  const beganAt = clock.now();
  const checked = new AbortController();
  const onCheck = () => checked.abort();
  checks.onCheck = onCheck;
  stop.addEventListener("abort", onCheck, { once: true });
  if (stop.aborted) onCheck();
  // Only the aborts reject, and what they mean is looked at below.
  await sleep(clock, delayMs, checked.signal).catch(() => {});
  checks.onCheck = undefined;
  stop.removeEventListener("abort", onCheck);
  const soonest = Math.min(soonestMs, delayMs);
  // After a sleep, the timer is late by all of it, and the time of day is not. One that was set back makes no wait longer.
  const leftMs = Math.min(beganAt + soonest - clock.now(), soonest);
  if (checked.signal.aborted && leftMs > 0) await sleep(clock, leftMs, stop).catch(() => {});
  return !checked.signal.aborted;
}
