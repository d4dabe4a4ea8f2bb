/** When messages are due at a given rate. Times are milliseconds since the first one could be. */
export interface Schedule {
  /** How many messages are due by now. Time only goes forward. */
  dueBy(elapsedMs: number): number;
  /** When the next one is due that is not due by now. */
  nextMs(elapsedMs: number): number;
  /** Whether messages that are due together share a frame. */
  readonly sharesFrames: boolean;
}

/** What is due in a millisecond comes at its end, in one frame: what a broker sends that looks at its queue now and then. */
export function inTicks(ratePerSecond: number): Schedule {
  return {
    dueBy: (elapsedMs) => Math.floor((Math.floor(elapsedMs) * ratePerSecond) / 1_000),
    nextMs: (elapsedMs) => Math.floor(elapsedMs) + 1,
    sharesFrames: true,
  };
}

/**
 * Each message comes by itself, at a time that has nothing to do with that of any other (a Poisson process): what many
 * devices make together that know nothing of each other.
 *
 * @param random Gives numbers from 0 up to 1.
 */
export function scattered(ratePerSecond: number, random: () => number): Schedule {
  let due = 0;
  let nextMs = 0;
  const advance = (elapsedMs: number) => {
    while (nextMs <= elapsedMs) {
      due += 1;
      nextMs += (-Math.log(1 - random()) * 1_000) / ratePerSecond;
    }
  };
  return {
    dueBy(elapsedMs) {
      advance(elapsedMs);
      return due;
    },
    nextMs(elapsedMs) {
      advance(elapsedMs);
      return nextMs;
    },
    sharesFrames: false,
  };
}
