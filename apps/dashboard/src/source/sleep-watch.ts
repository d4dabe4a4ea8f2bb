import type { Clock } from "@tesa/core";

const INTERVAL_MS = 5_000;
/** A busy page is late by less; a hidden one, whose timers browsers bundle, may be late by a minute. */
const LATE_MS = 10_000;

/**
 * Tells when the machine has slept, or the page was stopped: no event says so while a page stays in sight, but a timer
 * comes late by all of it. `onWake` is given how many milliseconds it was. The returned function ends it.
 */
export function watchForSleep(clock: Clock, onWake: (sleptMs: number) => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const due = clock.now() + INTERVAL_MS;
    cancel = clock.setTimer(INTERVAL_MS, () => {
      const lateMs = clock.now() - due;
      wait();
      if (lateMs > LATE_MS) onWake(lateMs);
    });
  };
  wait();
  return () => cancel();
}
