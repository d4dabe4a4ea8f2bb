import type { Gap } from "./log.ts";

/** Over how long the rate of messages is averaged, in milliseconds. */
const RATE_WINDOW_MS = 10_000;
/** Fewer messages than this are no full window: brokers send at least so many at once (mosquitto 20, EMQX 32). */
const SMALLEST_WINDOW = 8;
/** A broker that has more to send does not pause for so long after an acknowledgement, in milliseconds. */
const IDLE_MS = 250;

/**
 * Works out when the broker's queue may have overflowed. The broker drops the oldest message then and tells nobody, so
 * that the only signs are here: how long the client was away, or held so much back that the broker could send no more.
 *
 * It errs on the side of a gap too many: a gap says that something may be missing.
 */
export class OverflowWatch {
  readonly #queue: number;
  /** Messages per second, averaged. */
  #rate: number;
  #ratedAt: number | undefined;
  /** The most that was unacknowledged at once: as much as the broker sends, if we let it. */
  #window = SMALLEST_WINDOW;
  #heldSince: number | null = null;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param queue How many messages the broker keeps for an absent client.
   * @param rate Messages per second in an earlier process; 0 if not known.
   */
  constructor(queue: number, rate = 0) {
    this.#queue = queue;
    this.#rate = rate;
  }

  /** Messages came, at this epoch millisecond. */
  received(count: number, now: number): void {
    this.#rate = this.rateAt(now) + (count * 1_000) / RATE_WINDOW_MS;
    this.#ratedAt = now;
  }

  /** Messages per second of late. */
  rateAt(now: number): number {
    if (this.#ratedAt === undefined) return this.#rate;
    return this.#rate * Math.exp(-Math.max(0, now - this.#ratedAt) / RATE_WINDOW_MS);
  }

  /** How many seconds the queue lasts at the rate of this time; infinite when nothing comes. */
  secondsLeft(now: number): number {
    const rate = this.rateAt(now);
    return rate > 0 ? this.#queue / rate : Number.POSITIVE_INFINITY;
  }

  /** The client was not connected, but its session was kept. `null`: the queue has lasted. */
  away(from: number, to: number): Gap | null {
    this.#heldSince = null;
    return to - from > 1_000 * this.secondsLeft(from) ? { kind: "possible", from, to } : null;
  }

  /**
   * Messages that came at `since` are about to be acknowledged; `unacknowledged` are so before it. For as long as that
   * is as much as there ever was, and more comes at once, the broker has been waiting for us.
   */
  acknowledging(unacknowledged: number, since: number, now: number): Gap | null {
    const isFull = unacknowledged >= this.#window;
    const goesOn = this.#heldSince !== null && since - this.#acknowledgedAt <= IDLE_MS;
    this.#window = Math.max(this.#window, unacknowledged);
    this.#acknowledgedAt = now;
    const from = goesOn && this.#heldSince !== null ? this.#heldSince : since;
    const hasOverflown = now - from > 1_000 * this.secondsLeft(from);
    // The next stretch begins here, so that a crash in a long one leaves a record of what came before.
    if (isFull) this.#heldSince = hasOverflown ? now : from;
    else this.#heldSince = null;
    return hasOverflown ? { kind: "possible", from, to: now } : null;
  }
}
