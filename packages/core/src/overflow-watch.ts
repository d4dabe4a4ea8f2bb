import { Arrivals } from "./arrivals.ts";
import { type EarlierArrivals, IN_FLIGHT } from "./earlier-arrivals.ts";
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
  readonly begunAt: number;
  /** Where its gap begins, if it becomes one: what came to the broker before has come here. */
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
  readonly #arrivals: Arrivals;
  #takenAt = Number.NEGATIVE_INFINITY;
  /** When something last seemed to wait at the broker: as much was unacknowledged as it sends, or a connection began. */
  #waitedAt = Number.NEGATIVE_INFINITY;
  /** No gap has to begin earlier: nothing waited at the broker then, or another gap is on record up to there. */
  #clearAt = Number.NEGATIVE_INFINITY;

  /** @param queue How many messages the broker keeps for an absent client. */
  constructor(queue: number) {
    this.#queue = queue;
    this.#arrivals = new Arrivals(queue + IN_FLIGHT);
  }

  /** Messages came, at this epoch millisecond. */
  received(count: number, now: number): void {
    for (const [index, windowMs] of RATE_WINDOWS_MS.entries()) {
      this.#rates[index] = this.#decayed(index, now) + (count * 1_000) / windowMs;
    }
    this.#ratedAt = now;
    this.#takenAt = now;
    this.#arrivals.add(count, now);
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
   * The client was not connected since `lostAt`, but its session was kept. `null`: the queue has lasted.
   *
   * @param earlier What is known of an earlier process, if it was that which lost the connection.
   */
  away(lostAt: number, to: number, earlier?: EarlierArrivals): Gap | null {
    const from = this.#waitingSince(lostAt, earlier);
    const rate = SAFETY_FACTOR * Math.max(this.rateAt(lostAt), earlier?.rate ?? 0);
    const hasOverflown = ((to - lostAt) / 1_000) * rate > this.#queue;
    if (hasOverflown) this.#stretch = null;
    this.#connected(hasOverflown ? to : from, to);
    return hasOverflown ? { kind: "possible", from, to } : null;
  }

  /** The same, but its session is gone, with all that waited in it. */
  forgotten(lostAt: number, to: number, earlier?: EarlierArrivals): Gap {
    const from = this.#waitingSince(lostAt, earlier);
    this.#stretch = null;
    this.#connected(to, to);
    return { kind: "certain", from, to };
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
    if (since - this.#acknowledgedAt > OVERLOADED_IDLE_MS) this.#clearAt = since;
    if (isHeld) this.#waitedAt = now;
    const earlier = this.#goesOn(since);
    const stretch: Stretch = {
      begunAt: earlier?.begunAt ?? since,
      from: earlier?.from ?? this.#waitingSince(since),
      count: (earlier?.count ?? 0) + count,
      busyMs: (earlier?.busyMs ?? 0) + now - since,
    };
    this.#acknowledgedAt = now;
    const hasOverflown = stretch.count >= this.#queue;
    if (!isHeld) this.#stretch = null;
    else this.#stretch = hasOverflown ? { begunAt: now, from: now, count: 0, busyMs: 0 } : stretch;
    if (hasOverflown) this.#clearAt = now;
    return hasOverflown ? { kind: "possible", from: stretch.from, to: now } : null;
  }

  /**
   * Since when messages may have been waiting at the broker that had not come at this time. A queue is served in order:
   * since the next one was published, no more have come than can wait at once.
   */
  #waitingSince(at: number, earlier?: EarlierArrivals): number {
    if (earlier !== undefined) return Math.min(earlier.waitingSince ?? at, at);
    const isIdle = this.#acknowledgedAt >= this.#takenAt && at - this.#acknowledgedAt > OVERLOADED_IDLE_MS;
    if (isIdle) return at;
    const since = Math.max(this.#arrivals.since() ?? this.#clearAt, this.#clearAt);
    return this.#waitedAt >= since ? Math.min(since, at) : at;
  }

  /** What waited when the connection was lost comes first, and belongs to the stretch before. */
  #connected(clearAt: number, at: number): void {
    this.#clearAt = clearAt;
    this.#waitedAt = at;
    this.#acknowledgedAt = at;
    this.#takenAt = at;
  }

  /** The stretch, if messages that came at `since` belong to it. */
  #goesOn(since: number): Stretch | null {
    if (this.#stretch === null) return null;
    const { begunAt, busyMs } = this.#stretch;
    const isBusy = busyMs >= BUSY_SHARE * (this.#acknowledgedAt - begunAt);
    return since - this.#acknowledgedAt <= (isBusy ? OVERLOADED_IDLE_MS : IDLE_MS) ? this.#stretch : null;
  }

  #decayed(index: number, now: number): number {
    const rate = this.#rates[index] ?? 0;
    if (this.#ratedAt === undefined) return rate;
    return rate * Math.exp(-Math.max(0, now - this.#ratedAt) / (RATE_WINDOWS_MS[index] ?? 1));
  }
}
