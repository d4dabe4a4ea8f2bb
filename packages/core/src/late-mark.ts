import type { LogEntry } from "./log.ts";
import { contentHash, type StoredMark } from "./redelivery.ts";

/** Up to this size a payload is copied, and hashed only when a session was resumed: the copy costs a tenth of the hash. */
const MAX_COPIED_BYTES = 1_024;
/** Payloads of one frame lie this near to each other: the next one's header and topic are between them. They are copied as one. */
const MAX_BYTES_BETWEEN = 256;
/** Copies lie side by side in pieces of memory of this size. */
const SLAB_BYTES = 64 * 1024;

const NO_PAYLOAD = new Uint8Array(0);

/** A piece of memory with copies in it. */
interface Slab {
  readonly bytes: Uint8Array;
  used: number;
  /** Its last mark is out of use when so many have been stored. */
  neededUntil: number;
}

/**
 * Makes the marks of messages. Their payloads may be changed afterwards, and the memory that they lie in is not held.
 *
 * The memory of marks that are out of use is used again: at full speed, a new piece for each batch makes Node's garbage
 * collector look at the whole heap many times a second.
 */
export class LateMarks {
  readonly #lifetime: number;
  readonly #maxSlabs: number;
  /** In the order in which they were filled; the last one is being filled. */
  readonly #slabs: Slab[] = [];
  #stored = 0;

  /** @param lifetime A mark is out of use when so many more have been stored after it. */
  constructor(lifetime: number) {
    this.#lifetime = lifetime;
    this.#maxSlabs = 2 + Math.ceil((lifetime * MAX_COPIED_BYTES) / SLAB_BYTES);
  }

  /** The marks of a batch, in its order; `undefined` for messages at QoS 0, which are never sent again. */
  of(batch: readonly LogEntry[]): (StoredMark | undefined)[] {
    const marks: (StoredMark | undefined)[] = [];
    for (let from = 0; from < batch.length; ) {
      let to = from + 1;
      if (batch[from]?.packetId === undefined) marks.push(undefined);
      else {
        const start = payloadOf(batch, from).byteOffset;
        while (to < batch.length && isNextTo(payloadOf(batch, to - 1), payloadOf(batch, to), start)) to += 1;
        this.#addMarks(marks, batch, from, to);
      }
      from = to;
    }
    return marks;
  }

  /** So many of the marks, in the order in which they were made, have been put to use. */
  stored(count: number): void {
    this.#stored += count;
  }

  /** The marks of messages that lie side by side in memory; a large one lies by itself. */
  #addMarks(marks: (StoredMark | undefined)[], batch: readonly LogEntry[], from: number, to: number): void {
    const first = payloadOf(batch, from);
    const last = payloadOf(batch, to - 1);
    const length = last.byteOffset + last.byteLength - first.byteOffset;
    const slab = first.byteLength <= MAX_COPIED_BYTES ? this.#slabFor(length) : null;
    const shift = (slab?.used ?? 0) - first.byteOffset;
    if (slab !== null) {
      slab.bytes.set(new Uint8Array(first.buffer, first.byteOffset, length), slab.used);
      slab.used += length;
      slab.neededUntil = this.#stored + batch.length + this.#lifetime;
    }
    for (let index = from; index < to; index += 1) {
      const packetId = batch[index]?.packetId;
      const topic = batch[index]?.message.topic ?? "";
      const payload = payloadOf(batch, index);
      if (packetId === undefined) marks.push(undefined);
      else if (slab === null) marks.push({ packetId, hash: contentHash(topic, payload) });
      else
        marks.push(new LateMark(packetId, topic, slab.bytes, payload.byteOffset + shift, payload.byteLength));
    }
  }

  /** `null`: there are as many as all marks in use can need, of those that were put to no use; a hash needs none. */
  #slabFor(length: number): Slab | null {
    const current = this.#slabs.at(-1);
    if (current !== undefined && current.used + length <= SLAB_BYTES) return current;
    const oldest = this.#slabs[0];
    if (oldest !== undefined && oldest.neededUntil < this.#stored) {
      oldest.used = 0;
      this.#slabs.push(oldest);
      this.#slabs.shift();
      return oldest;
    }
    if (this.#slabs.length >= this.#maxSlabs) return null;
    const next = { bytes: new Uint8Array(SLAB_BYTES), used: 0, neededUntil: 0 };
    this.#slabs.push(next);
    return next;
  }
}

function payloadOf(batch: readonly LogEntry[], index: number): Uint8Array {
  return batch[index]?.message.payload ?? NO_PAYLOAD;
}

/** Whether a payload lies so near behind another that both can be copied as one, from `start` on. */
function isNextTo(payload: Uint8Array, next: Uint8Array, start: number): boolean {
  const bytesBetween = next.byteOffset - payload.byteOffset - payload.byteLength;
  return (
    bytesBetween >= 0 &&
    bytesBetween <= MAX_BYTES_BETWEEN &&
    payload.byteLength <= MAX_COPIED_BYTES &&
    next.byteLength <= MAX_COPIED_BYTES &&
    next.byteOffset + next.byteLength - start <= SLAB_BYTES &&
    next.buffer === payload.buffer
  );
}

/** A mark that makes its hash when it is asked for. Its fields are plain ones, since each message makes one. */
class LateMark implements StoredMark {
  readonly packetId: number;
  readonly topic: string;
  readonly copy: Uint8Array;
  readonly start: number;
  readonly length: number;
  made: string | undefined;

  constructor(packetId: number, topic: string, copy: Uint8Array, start: number, length: number) {
    this.packetId = packetId;
    this.topic = topic;
    this.copy = copy;
    this.start = start;
    this.length = length;
    this.made = undefined;
  }

  get hash(): string {
    this.made ??= contentHash(this.topic, this.copy.subarray(this.start, this.start + this.length));
    return this.made;
  }
}
