import type { EarlierProcess } from "./earlier-process.ts";
import type { Gap } from "./log.ts";
import { MessageRate } from "./message-rate.ts";
import type { Look } from "./transport.ts";

/** By how much devices may have sent more, while nobody looked, than they did before. */
const SAFETY_FACTOR = 2;
/** A look is due when so large a part of a queue has come since the last one, or since one that showed it empty. */
const LOOK_SHARE = 8;
/**
 * It is due after this time too, in milliseconds: a gap, a certain one too, begins by no more than that before the last
 * message that came, if each look finds the queue empty. Where messages come less often, each brings a look.
 */
const LOOK_EVERY_MS = 1_000;
/** A queue that never empties is one gap after the other. After the first, each has to be so long, in milliseconds. */
const NEXT_GAP_MS = 10_000;
/** How often it is noted for a next process when the queue was empty: no sooner than the first, no later than the second. */
const NOTE_AFTER_MS = 500;
const NOTE_EVERY_MS = 5_000;

/** A look, with how many messages had come before it. */
interface LookBefore {
  readonly askedAt: number;
  readonly answeredAt: number;
  readonly total: number;
}

/**
 * Works out when the broker's queue may have overflowed. It then drops messages and tells nobody.
 *
 * It needs no clock and no rate, only what has come. A queue that overflows is full; all of it is sent before it is empty
 * again. So as many messages as a queue holds come between an overflow and the next moment in which the queue is empty,
 * and where fewer have come between two such moments, nothing was dropped.
 *
 * An empty queue is seen by a look (PINGREQ): the broker answers it in order with everything else, so that its answer
 * tells how many messages were unacknowledged at that moment, however far away the broker is. As long as its queue holds
 * anything, a broker sends a message for each that is acknowledged, and they are always as many as its window. If they are
 * fewer than ever before on this connection, or none, the queue is empty.
 *
 * It errs on the side of a gap too many: a gap says that something may be missing.
 */
export class OverflowWatch {
  readonly #queue: number;
  readonly #rate: MessageRate = new MessageRate();
  /** All that have come. */
  #total = 0;
  /** The last moment in which the queue was empty, or up to which a gap is on record; what had come by then. */
  #emptyAt = Number.NEGATIVE_INFINITY;
  #totalThen = 0;
  /** Whether a gap is on record since the queue was last empty. */
  #isContinued = false;
  /** A gap that could not be told yet. */
  #owed: Gap | null = null;
  /** On this connection: the most that was seen unacknowledged, and the last look that has not shown an empty queue. */
  #mostInFlight = 1;
  #lookBefore: LookBefore | null = null;
  /** The last such moment of which everything that had come by then is stored, too. */
  #settledAt = Number.NEGATIVE_INFINITY;
  /** The next one, and how many messages have to be acknowledged until then. */
  #settling: { readonly at: number; left: number } | null = null;
  #noted = Number.NEGATIVE_INFINITY;
  #notedAt = Number.NEGATIVE_INFINITY;
  #totalNoted = 0;

  /** @param queue How many messages the broker keeps for a client. */
  constructor(queue: number) {
    this.#queue = queue;
  }

  /**
   * Until when all that the broker got is stored or on record as a gap. What a process has not come to after that, and
   * the broker has not either, is lost.
   */
  get settledAt(): number {
    return Math.min(this.#settledAt, this.#owed?.from ?? this.#settledAt);
  }

  /** A message has come. */
  arrived(): void {
    this.#total += 1;
  }

  /** Messages are about to be stored, at this epoch millisecond. */
  received(count: number, now: number): void {
    this.#rate.add(count, now);
  }

  /** How many seconds the queue lasts at the rate of this time; infinite when nothing comes. */
  secondsLeft(now: number): number {
    const rate = this.#rate.at(now);
    return rate > 0 ? this.#queue / rate : Number.POSITIVE_INFINITY;
  }

  /** So many messages were acknowledged. */
  acknowledged(count: number): void {
    if (this.#settling === null) return;
    this.#settling.left -= count;
    if (this.#settling.left > 0) return;
    this.#settledAt = this.#settling.at;
    this.#settling = null;
  }

  /** Whether it is time for a look. */
  isLookDue(now: number): boolean {
    const { answeredAt, total } = this.#lookBefore ?? { answeredAt: this.#emptyAt, total: this.#totalThen };
    return this.#total - total >= this.#queue / LOOK_SHARE || now - answeredAt >= LOOK_EVERY_MS;
  }

  /** A look was answered. `unacknowledged`: so many had come by then and were not stored. */
  looked({ askedAt, inFlight }: Look, unacknowledged: number, now: number): void {
    if (inFlight === null) return;
    const look = { askedAt, answeredAt: now, total: this.#total };
    if (inFlight === 0 || inFlight < this.#mostInFlight) {
      this.#empty(look);
      this.#settle(askedAt, unacknowledged);
      this.#lookBefore = null;
      return;
    }
    // The window is larger than the one before has seen: then that was not full.
    if (inFlight > this.#mostInFlight && this.#lookBefore !== null) this.#empty(this.#lookBefore);
    this.#mostInFlight = inFlight;
    this.#lookBefore = look;
  }

  /** A gap to be recorded now. `isLast`: nothing more comes over this connection. */
  takeGap(
    now: number,
    unacknowledged: number,
    { isLast = false }: { readonly isLast?: boolean } = {},
  ): Gap | null {
    const owed = this.#owed;
    this.#owed = null;
    if (owed !== null || this.#count < this.#queue) return owed;
    if (this.#isContinued && !isLast && now - this.#emptyAt < NEXT_GAP_MS) return null;
    const gap: Gap = { kind: "possible", from: this.#emptyAt, to: now };
    this.#begin(now);
    this.#isContinued = true;
    this.#settle(now, unacknowledged);
    return gap;
  }

  /** A gap could not be recorded: it is to be taken again. */
  putBack(gap: Gap): void {
    const { from, to } = this.#owed ?? gap;
    this.#owed = { ...gap, from: Math.min(from, gap.from), to: Math.max(to, gap.to) };
  }

  /** The {@link settledAt} to be noted for a next process, if it is time for that. Gaps are to be recorded before. */
  takeNote(now: number): number | null {
    const sinceMs = now - this.#notedAt;
    const isMuch = this.#total - this.#totalNoted >= this.#queue / LOOK_SHARE;
    if (sinceMs < (isMuch ? NOTE_AFTER_MS : NOTE_EVERY_MS)) return null;
    if (this.settledAt <= this.#noted) return null;
    this.#noted = this.settledAt;
    this.#notedAt = now;
    this.#totalNoted = this.#total;
    return this.#noted;
  }

  /** The first connection of all, with a session that is new. */
  began(now: number): void {
    this.#connected();
    this.#begin(now);
    this.#settledAt = now;
  }

  /**
   * The client was not connected since `lostAt`, but its session was kept. `null`: the queue has lasted, as far as can be
   * told by how many came before; what comes now tells the rest.
   *
   * @param earlier What is known of an earlier process, if it was that which lost the connection.
   */
  away(lostAt: number, to: number, earlier?: EarlierProcess): Gap | null {
    this.#connected();
    this.#resume(lostAt, earlier);
    const rate = SAFETY_FACTOR * Math.max(this.#rate.at(lostAt), earlier?.rate ?? 0);
    const isLong = ((to - lostAt) / 1_000) * rate > this.#queue;
    if (!isLong && this.#count < this.#queue) return null;
    const gap: Gap = { kind: "possible", from: this.#emptyAt, to };
    this.#begin(to);
    this.#isContinued = true;
    this.#settledAt = to;
    return gap;
  }

  /** The same, but its session is gone, with all that waited in it and all that was not stored. */
  forgotten(lostAt: number, to: number, earlier?: EarlierProcess): Gap {
    this.#connected();
    this.#resume(lostAt, earlier);
    const gap: Gap = { kind: "certain", from: Math.min(this.#settledAt, this.#emptyAt), to };
    this.#begin(to);
    this.#settledAt = to;
    return gap;
  }

  /** How many have come since the queue was last empty. */
  get #count(): number {
    return this.#total - this.#totalThen;
  }

  /** What one connection has shown says nothing of the next. */
  #connected(): void {
    this.#mostInFlight = 1;
    this.#lookBefore = null;
    this.#settling = null;
  }

  #resume(lostAt: number, earlier: EarlierProcess | undefined): void {
    if (earlier === undefined) return;
    this.#begin(Math.min(earlier.caughtUpAt ?? lostAt, lostAt));
    this.#totalThen -= earlier.count;
    this.#settledAt = this.#emptyAt;
  }

  #begin(at: number): void {
    this.#emptyAt = at;
    this.#totalThen = this.#total;
    this.#isContinued = false;
  }

  /** The queue was empty some time between the question and the answer. */
  #empty({ askedAt, answeredAt, total }: LookBefore): void {
    if (total - this.#totalThen >= this.#queue) {
      this.putBack({ kind: "possible", from: this.#emptyAt, to: answeredAt });
    }
    this.#emptyAt = Math.max(this.#emptyAt, askedAt);
    this.#totalThen = Math.max(this.#totalThen, total);
    this.#isContinued = false;
  }

  /** One at a time: were each replaced by the next, none might ever be reached. */
  #settle(at: number, unacknowledged: number): void {
    if (this.#settling !== null) return;
    this.#settling = { at, left: unacknowledged };
    this.acknowledged(0);
  }
}
