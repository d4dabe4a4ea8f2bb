import type { LiveEvent } from "./live-event.ts";

/** How much an {@link EventRing} keeps; the first limit that is reached counts. */
export interface RingLimits {
  readonly maxEvents: number;
  /** Bytes of memory, about. */
  readonly maxBytes: number;
}

/** The newest events, encoded or about to be, in the order of `seq` without holes. */
export class EventRing {
  readonly #limits: RingLimits;
  readonly #events = new Map<number, LiveEvent>();
  #first = 1;
  #last = 0;
  #bytes = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** `lastSeq + 1` when it is empty. */
  get firstSeq(): number {
    return this.#first;
  }

  get lastSeq(): number {
    return this.#last;
  }

  /** Empties it; the next event is the one behind `seq`. */
  restart(seq: number): void {
    this.#events.clear();
    this.#first = seq + 1;
    this.#last = seq;
    this.#bytes = 0;
  }

  push(event: LiveEvent): void {
    this.#events.set(event.seq, event);
    this.#last = event.seq;
    this.#bytes += event.size;
  }

  /** Drops what is too much, the oldest first, but nothing behind `seq`: live clients are still to get that. */
  trim(seq: number): void {
    const { maxEvents, maxBytes } = this.#limits;
    while (this.#first <= seq && (this.#events.size > maxEvents || this.#bytes > maxBytes)) {
      this.#bytes -= this.#events.get(this.#first)?.size ?? 0;
      this.#events.delete(this.#first);
      this.#first += 1;
    }
  }

  /** Those behind `after` up to `to`, in order. */
  *between(after: number, to: number): IterableIterator<LiveEvent> {
    for (let seq = after + 1; seq <= to; seq += 1) {
      const event = this.#events.get(seq);
      if (event !== undefined) yield event;
    }
  }
}
