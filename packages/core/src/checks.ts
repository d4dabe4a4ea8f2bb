import type { Clock } from "./clock.ts";

/** Brings each `check()` of a stream to what its lifecycle is at just then; while nothing listens, it goes nowhere. */
export class Checks {
  #listener: (() => void) | undefined;

  check(): void {
    this.#listener?.();
  }

  /** Has the listener called, the only one, until the returned function is. */
  listen(listener: () => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = undefined;
    };
  }
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

/** Waits for a time, which a check cuts short. Never rejects. */
export function waitOrCheck({ clock, checks, delayMs, soonestMs, stop }: CheckedWait): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) {
      resolve();
      return;
    }
    const beganAt = clock.now();
    const end = () => {
      cancel();
      stopListening();
      stop.removeEventListener("abort", end);
      resolve();
    };
    let cancel = clock.setTimer(delayMs, end);
    const stopListening = checks.listen(() => {
      cancel();
      // After a sleep, the timer is late by all of it, and the time of day is not.
      const leftMs = beganAt + Math.min(soonestMs, delayMs) - clock.now();
      if (leftMs <= 0) end();
      // A clock that was set back must not make the wait longer.
      else cancel = clock.setTimer(Math.min(leftMs, soonestMs), end);
    });
    stop.addEventListener("abort", end, { once: true });
  });
}
