import type { Connection, Publish } from "./transport.ts";

/** A message that came and is not in the log yet, with the connection to acknowledge it on. */
export interface Received {
  readonly publish: Publish;
  readonly connection: Connection;
}

/** Bounds of an {@link Intake}. */
export interface IntakeLimits {
  /** Messages. */
  readonly maxMessages: number;
  /** Bytes of payload. */
  readonly maxBytes: number;
}

/** The most that goes into the log at once: enough that the cost of a commit no longer shows, little enough to stay short. */
const MAX_BATCH = 1_000;

/**
 * The bounded buffer between the connection and the log. Batches form by themselves: what arrived while the last batch
 * was stored is the next one.
 */
export class Intake {
  readonly #limits: IntakeLimits;
  #waiting: Received[] = [];
  #bytes = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  /** How many messages are waited for. */
  #wanted = 1;

  constructor(limits: IntakeLimits) {
    this.#limits = limits;
  }

  /** Takes a message in. `false`: there is no room, and it was not taken. After `close()` it is not taken either. */
  push(received: Received): boolean {
    if (this.#closed) return true;
    const bytes = this.#bytes + received.publish.payload.byteLength;
    // A single message may be larger than the bound in bytes: it could never get in otherwise.
    const isOver = this.#waiting.length > 0 && bytes > this.#limits.maxBytes;
    if (isOver || this.#waiting.length >= this.#limits.maxMessages) return false;
    this.#bytes = bytes;
    // Not at every one beyond: to fulfil a promise again does nothing, but Node takes note of each attempt.
    if (this.#waiting.push(received) === this.#wanted) this.#wake?.();
    return true;
  }

  /**
   * Forgets what came at QoS 1 over a connection that ended, when the broker has a session and will send it again. Gives
   * how many that were.
   */
  forget(connection: Connection): number {
    const before = this.#waiting.length;
    this.#keep(
      this.#waiting.filter((received) => received.connection !== connection || received.publish.qos === 0),
    );
    return before - this.#waiting.length;
  }

  /** The next batch, of at least one message; empty once the intake is closed and has been emptied. */
  async take(): Promise<Received[]> {
    while (this.#waiting.length === 0 && !this.#closed) await this.arrival(1);
    return this.takeNow();
  }

  /** Fulfils when so many messages wait, or the intake is closed. One may wait at a time. */
  arrival(count: number): Promise<void> {
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#closed || this.#waiting.length >= count) resolve();
    });
  }

  /** The next batch; empty if nothing waits. */
  takeNow(): Received[] {
    const waiting = this.#waiting;
    if (waiting.length > 0) this.#keep(waiting.length > MAX_BATCH ? waiting.splice(MAX_BATCH) : []);
    return waiting;
  }

  /** Takes in nothing more. What is there can still be taken out, unless it is to be dropped. */
  close(options: { readonly drop: boolean }): void {
    this.#closed = true;
    if (options.drop) this.#keep([]);
    this.#wake?.();
  }

  #keep(waiting: Received[]): void {
    this.#waiting = waiting;
    this.#bytes = waiting.reduce((sum, { publish }) => sum + publish.payload.byteLength, 0);
  }
}
