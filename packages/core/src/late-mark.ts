import type { LogEntry } from "./log.ts";
import { contentHash, type StoredMark } from "./redelivery.ts";

/** Up to this size a payload is copied, and hashed only when a session was resumed: the copy costs a tenth of the hash. */
const MAX_COPIED_BYTES = 1_024;

/**
 * The marks of a batch, in its order; `undefined` for messages at QoS 0, which are never sent again. The payloads may be
 * changed afterwards, and the memory that they lie in is not held.
 */
export function marksOf(batch: readonly LogEntry[]): (StoredMark | undefined)[] {
  let bytes = 0;
  for (const entry of batch) if (isCopied(entry)) bytes += entry.message.payload.byteLength;
  // One piece of memory for all: to ask for memory costs more than to fill it.
  const copies = new Uint8Array(bytes);
  let end = 0;
  return batch.map((entry) => {
    const { packetId, message } = entry;
    if (packetId === undefined) return undefined;
    const { topic, payload } = message;
    if (!isCopied(entry)) return { packetId, hash: contentHash(topic, payload) };
    const start = end;
    copies.set(payload, start);
    end = start + payload.byteLength;
    return new LateMark({ packetId, topic, copies, start, end });
  });
}

function isCopied({ packetId, message }: LogEntry): boolean {
  return packetId !== undefined && message.payload.byteLength <= MAX_COPIED_BYTES;
}

interface Copy {
  readonly packetId: number;
  readonly topic: string;
  readonly copies: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A mark that makes its hash when it is asked for. */
class LateMark implements StoredMark {
  readonly packetId: number;
  readonly #copy: Copy;
  #hash: string | undefined;

  constructor(copy: Copy) {
    this.packetId = copy.packetId;
    this.#copy = copy;
  }

  get hash(): string {
    const { topic, copies, start, end } = this.#copy;
    this.#hash ??= contentHash(topic, copies.subarray(start, end));
    return this.#hash;
  }
}
