import type { Clock } from "@tesa/core";

/** The clock of the browser. That of `@tesa/core/mqtt` is the same, but comes with all of MQTT. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
