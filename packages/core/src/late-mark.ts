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
  let run: LogEntry[] = [];
  for (const entry of batch) {
    const last = run.at(-1);
    if (last !== undefined && !isNextTo(last.message.payload, entry.message.payload)) {
      addMarks(marks, run);
      run = [];
    }
    run.push(entry);
  }
  addMarks(marks, run);
  return marks;
}

function isNextTo(payload: Uint8Array, next: Uint8Array): boolean {
  const bytesBetween = next.byteOffset - payload.byteOffset - payload.byteLength;
  return (
    next.buffer === payload.buffer &&
    bytesBetween >= 0 &&
    bytesBetween <= MAX_BYTES_BETWEEN &&
    payload.byteLength <= MAX_COPIED_BYTES &&
    next.byteLength <= MAX_COPIED_BYTES
  );
}

/** The marks of messages that lie side by side in memory; a large one lies by itself. */
function addMarks(marks: (StoredMark | undefined)[], run: readonly LogEntry[]): void {
  const first = run[0]?.message.payload;
  const last = run.at(-1)?.message.payload;
  if (first === undefined || last === undefined) return;
  const isLarge = first.byteLength > MAX_COPIED_BYTES;
  const start = first.byteOffset;
  const copy = isLarge
    ? null
    : new Uint8Array(first.buffer, start, last.byteOffset + last.byteLength - start).slice();
  for (const { packetId, message } of run) {
    const { topic, payload } = message;
    if (packetId === undefined) marks.push(undefined);
    else if (copy === null) marks.push({ packetId, hash: contentHash(topic, payload) });
    else marks.push(new LateMark(packetId, topic, copy, payload.byteOffset - start, payload.byteLength));
  }
}

/** A mark that makes its hash when it is asked for. */
class LateMark implements StoredMark {
  readonly packetId: number;
  readonly #topic: string;
  readonly #copy: Uint8Array;
  readonly #start: number;
  readonly #length: number;
  #hash: string | undefined = undefined;

  constructor(packetId: number, topic: string, copy: Uint8Array, start: number, length: number) {
    this.packetId = packetId;
    this.#topic = topic;
    this.#copy = copy;
    this.#start = start;
    this.#length = length;
  }

  get hash(): string {
    this.#hash ??= contentHash(this.#topic, this.#copy.subarray(this.#start, this.#start + this.#length));
    return this.#hash;
  }
}
