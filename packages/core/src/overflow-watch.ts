import type { Gap } from "./log.ts";

/** Over how long the rate of messages is averaged, in milliseconds: bursts show in the first, the usual in the second. */
const RATE_WINDOWS_MS = [1_000, 10_000] as const;
/** By how much devices may have sent more, while nobody looked, than they did before. */
const SAFETY_FACTOR = 2;
/** Fewer messages than this are no full window: brokers send at least so many at once (mosquitto 20, EMQX 32). */
const SMALLEST_WINDOW = 8;
/** A broker that has more to send does not pause for so long after an acknowledgement, in milliseconds. */
const IDLE_MS = 250;
/** Unless the machine is overloaded, as may be when this client is busy for more than this share of the time. */
const OVERLOADED_IDLE_MS = 2_000;
const BUSY_SHARE = 0.3;

/** Some time in which the broker had always more to send. */
interface Stretch {
  readonly from: number;
  /** Messages that came in it. */
  readonly count: number;
  /** For how long of it, in milliseconds, messages were being dealt with. */
  readonly busyMs: number;
}

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
  #stretch: Stretch | null = null;
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
    const earlier = this.#goesOn(since);
    const stretch: Stretch = {
      from: earlier?.from ?? since,
      count: (earlier?.count ?? 0) + count,
      busyMs: (earlier?.busyMs ?? 0) + now - since,
    };
    this.#acknowledgedAt = now;
    const hasOverflown = stretch.count >= this.#queue;
    if (!isHeld) this.#stretch = null;
    else this.#stretch = hasOverflown ? { from: now, count: 0, busyMs: 0 } : stretch;
    return hasOverflown ? { kind: "possible", from: stretch.from, to: now } : null;
  }

  /** The stretch, if messages that came at `since` belong to it. */
  #goesOn(since: number): Stretch | null {
    if (this.#stretch === null) return null;
    const { from, busyMs } = this.#stretch;
    const isBusy = busyMs >= BUSY_SHARE * (this.#acknowledgedAt - from);
    return since - this.#acknowledgedAt <= (isBusy ? OVERLOADED_IDLE_MS : IDLE_MS) ? this.#stretch : null;
  }

  #decayed(index: number, now: number): number {
    const rate = this.#rates[index] ?? 0;
    if (this.#ratedAt === undefined) return rate;
    return rate * Math.exp(-Math.max(0, now - this.#ratedAt) / (RATE_WINDOWS_MS[index] ?? 1));
  }
}
