import type { GapRecord, TelemetryLog } from "@tesa/log";

/** A stretch of which a client misses something, or may; what the event `gap` says. */
export interface GapNotice {
  /** `removed`: the log has no longer, or never had, what was asked for. */
  readonly kind: "certain" | "possible" | "removed";
  /** Epoch milliseconds; `null` where nobody knows. */
  readonly from: number | null;
  readonly to: number | null;
  /** Behind which message it lies. */
  readonly afterSeq: number | null;
}

/** A gap at its place between messages. */
export interface PlacedGap extends GapNotice {
  readonly afterSeq: number;
}

/** A gap is written down when it ends: one that ended longer ago than this is known already. */
const LOOK_BACK_MS = 24 * 3_600_000;

/** The gaps of a log in the order of messages. A place in it is how many of them a client has been told of. */
export class GapList {
  readonly #log: Pick<TelemetryLog, "gaps">;
  #gaps: PlacedGap[] = [];
  #lastId = 0;
  #polledAt: number | undefined;

  constructor(log: Pick<TelemetryLog, "gaps">) {
    this.#log = log;
  }

  get length(): number {
    return this.#gaps.length;
  }

  at(index: number): PlacedGap | undefined {
    return this.#gaps[index];
  }

  /** How many lie before the message behind `seq`: the place of a client that has everything up to `seq`, but no gap there. */
  placeOf(seq: number): number {
    let index = this.#gaps.length;
    while (index > 0 && (this.#gaps[index - 1]?.afterSeq ?? 0) >= seq) index -= 1;
    return index;
  }

  /** Looks what the log has written down meanwhile. @throws TesaError `log` */
  async poll(now: number): Promise<void> {
    // A clock that was set back in between must not hide what is new.
    const from = this.#polledAt === undefined ? undefined : Math.min(this.#polledAt, now) - LOOK_BACK_MS;
    const found = await this.#log.gaps(from === undefined ? {} : { from });
    for (const gap of found) this.#note(gap);
    this.#polledAt = now;
  }

  /** Adds a gap that is not in the log: messages that were removed before anyone could read them. */
  add(gap: PlacedGap): void {
    this.#gaps.push(gap);
  }

  #note({ id, kind, from, to, afterSeq }: GapRecord): void {
    if (id <= this.#lastId) return;
    this.#lastId = id;
    this.#gaps.push({ kind, from, to, afterSeq });
  }
}
