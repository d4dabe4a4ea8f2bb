/** A stretch of time in which nothing was received, in epoch milliseconds. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Older ones are past judging by. */
const MAX_OUTAGES = 64;
/** A broker sends what it has kept before it is known that the page is live; and clocks agree no better than that. */
const EARLY_MS = 2_500;

/**
 * When the page was receiving, by the clock of the messages. Only that time says something about a device: nobody knows
 * whether it spoke while nobody listened.
 */
export class Reception {
  #outages: readonly Outage[] = [];
  #lostAt: number | null = null;
  #startedAt: number | null = null;
  /** When the newest outage was over, `Infinity` while there is one; a field, since messages are held against it. */
  resumedAt = Number.NEGATIVE_INFINITY;

  get isUp(): boolean {
    return this.#startedAt !== null && this.#lostAt === null;
  }

  /** When the page began to receive; `null` before. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /** Those that are over, in the order of time; another array when one is added. */
  get outages(): readonly Outage[] {
    return this.#outages;
  }

  /** From then on nothing came, as far as is known now. */
  lost(at: number): void {
    if (this.#startedAt === null) return;
    this.#lostAt ??= at;
    this.resumedAt = Number.POSITIVE_INFINITY;
  }

  /** From now on something may come. */
  resumed(at: number): void {
    if (this.#lostAt !== null) {
      this.missed(this.#lostAt, at);
      this.#lostAt = null;
      this.resumedAt = at;
    }
    this.#startedAt ??= at;
  }

  /** Notes a stretch that turned out to be one of which messages may not have come: a sleep, a gap of the relay. */
  missed(from: number, to: number): void {
    if (!(from < to)) return;
    let joined: Outage = { from, to };
    const others = this.#outages.filter((known) => {
      if (known.to < joined.from || known.from > joined.to) return true;
      joined = { from: Math.min(known.from, joined.from), to: Math.max(known.to, joined.to) };
      return false;
    });
    this.#outages = [...others, joined].sort((one, other) => one.from - other.from).slice(-MAX_OUTAGES);
    this.resumedAt = Math.max(this.resumedAt, to);
  }

  /** Whether an outage held up what was due at a time: it came at the end of one, or during one that is not over. */
  heldUp(dueAt: number, cameAt: number): boolean {
    if (dueAt >= this.resumedAt) return false;
    if (this.#lostAt !== null && cameAt >= this.#lostAt) return true;
    return this.#outages.some(({ to }) => dueAt < to && cameAt >= to - EARLY_MS);
  }

  /** The newest outage, if it ended after a time. */
  lastSince(time: number): Outage | undefined {
    const last = this.#outages.at(-1);
    return last !== undefined && last.to > time ? last : undefined;
  }

  /** How much of a stretch the page was receiving, in milliseconds. */
  receivedMs(from: number, to: number): number {
    let ms = Math.max(0, to - from);
    for (const outage of this.#outages) {
      ms -= Math.max(0, Math.min(outage.to, to) - Math.max(outage.from, from));
    }
    return ms;
  }
}
