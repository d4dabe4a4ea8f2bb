import type { LogEntry } from "./log.ts";
import { contentHash, type StoredMark } from "./redelivery.ts";

/** Up to this size a payload is copied, and hashed only when a session was resumed: the copy costs a tenth of the hash. */
const MAX_COPIED_BYTES = 1_024;
/** Payloads of one frame lie this near to each other: the next one's header and topic are between them. They are copied as one. */
const MAX_BYTES_BETWEEN = 256;

/**
 * The marks of a batch, in its order; `undefined` for messages at QoS 0, which are never sent again. The payloads may be
 * changed afterwards, and the memory that they lie in is not held.
 */
export function marksOf(batch: readonly LogEntry[]): (StoredMark | undefined)[] {
  const marks: (StoredMark | undefined)[] = [];
  for (let from = 0; from < batch.length; ) {
    let to = from + 1;
    while (to < batch.length && isNextTo(payloadOf(batch, to - 1), payloadOf(batch, to))) to += 1;
    addMarks(marks, batch, from, to);
    from = to;
  }
  return marks;
}

const NO_PAYLOAD = new Uint8Array(0);

function payloadOf(batch: readonly LogEntry[], index: number): Uint8Array {
  return batch[index]?.message.payload ?? NO_PAYLOAD;
}

function isNextTo(payload: Uint8Array, next: Uint8Array): boolean {
  const bytesBetween = next.byteOffset - payload.byteOffset - payload.byteLength;
  return (
    bytesBetween >= 0 &&
    bytesBetween <= MAX_BYTES_BETWEEN &&
    payload.byteLength <= MAX_COPIED_BYTES &&
    next.byteLength <= MAX_COPIED_BYTES &&
    next.buffer === payload.buffer
  );
}

/** The marks of messages that lie side by side in memory; a large one lies by itself. */
function addMarks(
  marks: (StoredMark | undefined)[],
  batch: readonly LogEntry[],
  from: number,
  to: number,
): void {
  const first = payloadOf(batch, from);
  const last = payloadOf(batch, to - 1);
  const start = first.byteOffset;
  const copy =
    first.byteLength > MAX_COPIED_BYTES
      ? null
      : new Uint8Array(first.buffer, start, last.byteOffset + last.byteLength - start).slice();
  for (let index = from; index < to; index += 1) {
    const packetId = batch[index]?.packetId;
    const topic = batch[index]?.message.topic ?? "";
    const payload = payloadOf(batch, index);
    if (packetId === undefined) marks.push(undefined);
    else if (copy === null) marks.push({ packetId, hash: contentHash(topic, payload) });
    else marks.push(new LateMark(packetId, topic, copy, payload.byteOffset - start, payload.byteLength));
  }
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
