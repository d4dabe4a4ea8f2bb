import type { Clock } from "./clock.ts";
import type { Intake, Received } from "./intake.ts";

/** Commits are this far apart, in milliseconds, unless many messages wait. */
const GATHER_MS = 4;
/** So many are always many: a quarter of EMQX's default window of 32 (`max_inflight`). */
const MIN_MANY = 8;
/** After a wait in which nothing came, there is none for so long, in milliseconds. */
const PAUSE_MS = 250;

/**
 * Takes batches out of an intake for a durable log, where a commit costs the same for one message as for twenty: what comes
 * soon after a batch waits for more. The first message after a pause is committed at once.
 *
 * A broker must not wait for that: its window is no smaller than the largest batch there has been, and half of one is not
 * held back. A window too small to tell, or a slow rate, shows in that nothing comes meanwhile.
 */
export class BatchGatherer {
  readonly #intake: Intake;
  readonly #clock: Clock;
  #largest = 0;
  #takenAt = Number.NEGATIVE_INFINITY;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(intake: Intake, clock: Clock) {
    this.#intake = intake;
    this.#clock = clock;
  }

  /** The next batch, of at least one message; empty once the intake is closed and has been emptied. */
  async take(): Promise<Received[]> {
    let received = await this.#intake.take();
    const now = this.#clock.now();
    const leftMs = this.#takenAt + GATHER_MS - now;
    const many = Math.max(MIN_MANY, this.#largest >> 1);
    // Of a clock that was set back nothing may wait.
    const isSoon = leftMs > 0 && leftMs <= GATHER_MS && now >= this.#pausedUntil;
    if (isSoon && received.length > 0 && received.length < many) {
      await this.#wait(leftMs, many - received.length);
      const more = this.#intake.takeNow();
      if (more.length === 0) this.#pausedUntil = this.#clock.now() + PAUSE_MS;
      received = [...received, ...more];
    }
    if (received.length > this.#largest) this.#largest = received.length;
    this.#takenAt = this.#clock.now();
    return received;
  }

  /** For a time, or until so many more have come. */
  async #wait(ms: number, count: number): Promise<void> {
    let cancel = () => {};
    const time = new Promise<void>((resolve) => {
      cancel = this.#clock.setTimer(ms, resolve);
    });
    await Promise.race([time, this.#intake.arrival(count)]);
    cancel();
  }
}
