import type { Clock } from "./clock.ts";
import { TesaError } from "./errors.ts";
import type { Connection, ConnectionProbe, Look } from "./transport.ts";

/** A broker answers a ping in a round trip; so long a silence after one is that of a dead connection. */
const SILENCE_MS = 5_000;

/** Finds out whether a connection is still there: pings, and gives it up when the broker stays silent. */
export class Probe implements ConnectionProbe {
  readonly #clock: Clock;
  #connection: Connection | undefined;
  /** While a ping is out: since when, and what calls off giving up. */
  #underWay: { readonly since: number; cancel(): void } | undefined;
  #error: TesaError | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why the connection was given up; `null` if it was not, or not here. */
  get error(): TesaError | null {
    return this.#error;
  }

  /** Pings; does nothing while it waits for the answer to an earlier ping of its own. */
  begin(connection: Connection): void {
    if (this.#underWay !== undefined) return;
    this.#connection = connection;
    this.#underWay = { since: this.#clock.now(), cancel: this.#setTimer() };
    connection.ping();
  }

  /**
   * Something came. Only the answer to a ping of now or later proves that the connection is still there: all else may
   * have lain in this machine while it slept, and buys time.
   */
  heard(look?: Look): void {
    if (this.#underWay === undefined) return;
    const { since } = this.#underWay;
    this.end();
    if (look === undefined || look.askedAt < since) this.#underWay = { since, cancel: this.#setTimer() };
  }

  /** Waits for no answer any more. */
  end(): void {
    this.#underWay?.cancel();
    this.#underWay = undefined;
  }

  #setTimer(): () => void {
    return this.#clock.setTimer(SILENCE_MS, () => {
      this.#underWay = undefined;
      this.#error = new TesaError(
        "keep-alive-timeout",
        `The broker did not answer within ${SILENCE_MS / 1_000} s: the connection was half open.`,
        { retryable: true },
      );
      this.#connection?.destroy();
    });
  }
}
