import { stepDelayMs } from "./retry-schedule.ts";

/** A try that failed. `retryAfterMs` is what the receiver asked for, if it did. */
export interface FailedTry {
  readonly now: number;
  readonly retryAfterMs?: number;
}

/**
 * Where a lane stands in the schedule of its waits. A step lasts until its time is over, however often it is tried
 * meanwhile; a wait that the receiver asked for uses up no step, since whoever names a time is alive.
 */
export class Retries {
  readonly #schedule: readonly number[];
  readonly #random: () => number;
  #stepsDone = 0;
  #until: number | undefined;
  #named = false;

  constructor(schedule: readonly number[], random: () => number) {
    this.#schedule = schedule;
    this.#random = random;
  }

  /** Whether the last try failed. */
  get isDown(): boolean {
    return this.#until !== undefined;
  }

  /** Whether a sign of life may end the wait: not where the receiver named a time. */
  get mayEndEarly(): boolean {
    return !this.#named;
  }

  /** Until when to wait, in epoch milliseconds; `undefined` if the schedule is over. */
  failed({ now, retryAfterMs }: FailedTry): number | undefined {
    this.#named = retryAfterMs !== undefined;
    if (retryAfterMs !== undefined) {
      this.#until = Math.max(now + retryAfterMs, this.#until ?? 0);
    } else if (this.#until === undefined || now >= this.#until) {
      const stepMs = this.#schedule[this.#stepsDone];
      if (stepMs === undefined) return undefined;
      this.#stepsDone += 1;
      this.#until = now + stepDelayMs(stepMs, this.#random);
    }
    return this.#until;
  }

  /** The receiver answered, whatever it said: the schedule begins anew. */
  reset(): void {
    this.#stepsDone = 0;
    this.#until = undefined;
    this.#named = false;
  }
}
