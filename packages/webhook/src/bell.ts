import type { Clock } from "@tesa/core";

/** Lets one waiter wait for a time, or for being rung. */
export class Bell {
  readonly #clock: Clock;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the wait that is under way, if there is one. */
  ring(): void {
    this.#wake?.();
  }

  /** Waits until it is rung, or for so long at the most. */
  wait(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      let cancel = () => {};
      const wake = () => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      if (milliseconds !== undefined) cancel = this.#clock.setTimer(milliseconds, wake);
    });
  }
}
