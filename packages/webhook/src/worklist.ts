/** A batch by the first and the last `seq` in it. */
export type BatchRange = readonly [first: number, last: number];

/** What a worklist needs to know of a message. */
interface Numbered {
  readonly seq: number;
}

/**
 * The messages that a lane holds, in order, and how those at the front are cut into batches. It does nothing by itself:
 * the lane says what became of the batch in front.
 *
 * A refused batch is halved until a message stands alone, so that one bad message among n costs about 2 log2(n) requests,
 * and whatever is good goes through in its order.
 */
export class Worklist<M extends Numbered> {
  #messages: M[] = [];
  /** The sizes of the batches in front, in order. Never 0; together at the most `#messages.length`. */
  #sizes: number[] = [];

  /** How many messages are held. */
  get length(): number {
    return this.#messages.length;
  }

  /** The `seq` of the first message; `undefined` where there is none. */
  get firstSeq(): number | undefined {
    return this.#messages[0]?.seq;
  }

  /** The batch to deal with now; empty until one is cut. */
  get current(): readonly M[] {
    return this.#messages.slice(0, this.#sizes[0] ?? 0);
  }

  /** The batches in front: what has to be found again after a crash. */
  get ranges(): readonly BatchRange[] {
    let at = 0;
    return this.#sizes.flatMap((size): BatchRange[] => {
      const first = this.#messages[at];
      at += size;
      const last = this.#messages[at - 1];
      return first === undefined || last === undefined ? [] : [[first.seq, last.seq]];
    });
  }

  /** The first messages, at the most so many. */
  peek(count: number): readonly M[] {
    return this.#messages.slice(0, count);
  }

  add(messages: readonly M[]): void {
    for (const message of messages) this.#messages.push(message);
  }

  /** Makes the first `size` messages the next batch. Only when no batch is cut. */
  cut(size: number): void {
    if (this.#sizes.length > 0) throw new Error("A batch is cut already.");
    if (size > 0 && size <= this.#messages.length) this.#sizes.push(size);
  }

  /** Cuts as it was cut before a crash. Of a range of which nothing is left, nothing becomes a batch. */
  restore(ranges: readonly BatchRange[]): void {
    this.#sizes = ranges
      .map(([first, last]) => this.#messages.filter(({ seq }) => seq >= first && seq <= last).length)
      .filter((size) => size > 0);
  }

  /** The batch in front was refused and has several messages: its two halves take its place. */
  split(): void {
    const size = this.#sizes.shift() ?? 0;
    if (size < 2) throw new Error("A batch of one message cannot be split.");
    const half = Math.ceil(size / 2);
    this.#sizes.unshift(half, size - half);
  }

  /** The batch in front is dealt with. */
  drop(): void {
    this.#messages.splice(0, this.#sizes.shift() ?? 0);
  }

  /** Only the first messages of the batch in front were dealt with. */
  dropFirst(count: number): void {
    const size = this.#sizes[0] ?? 0;
    if (count >= size) {
      this.drop();
      return;
    }
    this.#messages.splice(0, count);
    this.#sizes[0] = size - count;
  }
}
