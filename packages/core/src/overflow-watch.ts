import type { Gap } from "./log.ts";

/** Over how long the rate of messages is averaged, in milliseconds: bursts show in the first, the usual in the second. */
const RATE_WINDOWS_MS = [1_000, 10_000] as const;
/** By how much devices may have sent more, while nobody looked, than they did before. */
const SAFETY_FACTOR = 2;
/** Fewer messages than this are no full window: brokers send at least so many at once (mosquitto 20, EMQX 32). */
const SMALLEST_WINDOW = 8;
/** A broker that has more to send does not pause for so long after an acknowledgement, in milliseconds. */
const IDLE_MS = 250;

/**
 * Works out when the broker's queue may have overflowed. The broker drops the oldest message then and tells nobody, so
 * that the only signs are here: how long the client was away, or how much came while it held the broker back.
 *
 * It errs on the side of a gap too many: a gap says that something may be missing.
 */
export class OverflowWatch {
  readonly #queue: number;
  /** Messages per second, averaged over each window. */
  readonly #rates: number[] = RATE_WINDOWS_MS.map(() => 0);
  #ratedAt: number | undefined;
  /** The most that was unacknowledged at once: as much as the broker sends, if we let it. */
  #window = SMALLEST_WINDOW;
  /** A stretch in which the broker had always more to send: since when, and how many messages came in it. */
  #stretch: { readonly from: number; readonly count: number } | null = null;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;

  /** @param queue How many messages the broker keeps for an absent client. */
  constructor(queue: number) {
    this.#queue = queue;
  }

  /** Messages came, at this epoch millisecond. */
  received(count: number, now: number): void {
    for (const [index, windowMs] of RATE_WINDOWS_MS.entries()) {
      this.#rates[index] = this.#decayed(index, now) + (count * 1_000) / windowMs;
    }
    this.#ratedAt = now;
  }

  /** Messages per second of late. */
  rateAt(now: number): number {
    return Math.max(...RATE_WINDOWS_MS.map((_, index) => this.#decayed(index, now)));
  }

  /** How many seconds the queue lasts at the rate of this time; infinite when nothing comes. */
  secondsLeft(now: number): number {
    const rate = this.rateAt(now);
    return rate > 0 ? this.#queue / rate : Number.POSITIVE_INFINITY;
  }

  /**
   * The client was not connected, but its session was kept. `null`: the queue has lasted.
   *
   * @param earlierRate Messages per second in an earlier process; 0 if not known.
   */
  away(from: number, to: number, earlierRate = 0): Gap | null {
    this.#stretch = null;
    const rate = SAFETY_FACTOR * Math.max(this.rateAt(from), earlierRate);
    return ((to - from) / 1_000) * rate > this.#queue ? { kind: "possible", from, to } : null;
  }

  /**
   * Messages that came at `since` are about to be acknowledged; `unacknowledged` are so before it.
   *
   * As long as much is unacknowledged and more comes at once, the broker has been waiting for us, and its queue may be
   * growing. If it has overflowed, it was full: then as many messages as it holds come before such a stretch ends.
   */
  acknowledging(count: number, unacknowledged: number, since: number, now: number): Gap | null {
    this.#window = Math.max(this.#window, unacknowledged);
    const isHeld = unacknowledged >= this.#window / 2;
    const goesOn = since - this.#acknowledgedAt <= IDLE_MS ? this.#stretch : null;
    const stretch = { from: goesOn?.from ?? since, count: (goesOn?.count ?? 0) + count };
    this.#acknowledgedAt = now;
    if (stretch.count < this.#queue) {
      this.#stretch = isHeld ? stretch : null;
      return null;
    }
    this.#stretch = isHeld ? { from: now, count: 0 } : null;
    return { kind: "possible", from: stretch.from, to: now };
  }

  #decayed(index: number, now: number): number {
    const rate = this.#rates[index] ?? 0;
    if (this.#ratedAt === undefined) return rate;
    return rate * Math.exp(-Math.max(0, now - this.#ratedAt) / (RATE_WINDOWS_MS[index] ?? 1));
  }
}
