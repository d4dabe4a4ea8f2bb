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
  readonly #slots: (LiveEvent | undefined)[];
  #first = 1;
  #last = 0;
  #bytes = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    this.#slots = new Array(limits.maxEvents);
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
    this.#slots.fill(undefined);
    this.#first = seq + 1;
    this.#last = seq;
    this.#bytes = 0;
  }

  push(event: LiveEvent): void {
    this.#last = event.seq;
    this.#bytes += event.size;
    while (this.#last - this.#first >= this.#limits.maxEvents) this.#dropFirst();
    this.#slots[this.#last % this.#slots.length] = event;
    while (this.#bytes > this.#limits.maxBytes && this.#first < this.#last) this.#dropFirst();
  }

  /** @throws RangeError if it is not there */
  at(seq: number): LiveEvent {
    const event = seq < this.#first || seq > this.#last ? undefined : this.#slots[seq % this.#slots.length];
    if (event === undefined) throw new RangeError(`The ring does not hold ${seq}.`);
    return event;
  }

  #dropFirst(): void {
    const slot = this.#first % this.#slots.length;
    this.#bytes -= this.#slots[slot]?.size ?? 0;
    this.#slots[slot] = undefined;
    this.#first += 1;
  }
}
