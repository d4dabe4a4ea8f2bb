import type { Telemetry } from "@tesa/core";
import { messageBytes } from "./message-bytes.ts";
import type { Retention } from "./telemetry-log.ts";

interface Kept {
  readonly message: Telemetry;
  /** In bytes, as {@link messageBytes}. */
  readonly size: number;
}

/** The newest messages, as many as the retention keeps, each found by its `seq`. */
export class MessageRing {
  readonly #retention: Retention;
  /** `#kept[seq - #base]`; what lies before `firstSeq` is removed now and then. */
  #kept: (Kept | undefined)[] = [];
  #base = 1;
  #firstSeq = 1;
  #lastSeq = 0;
  #bytes = 0;
  #lastReceivedAt: number | null = null;

  constructor(retention: Retention) {
    this.#retention = retention;
  }

  /** `lastSeq + 1` when empty. */
  get firstSeq(): number {
    return this.#firstSeq;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get rows(): number {
    return this.#lastSeq - this.#firstSeq + 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the newest message there has been, whether or not it is still here. */
  get lastReceivedAt(): number | null {
    return this.#lastReceivedAt;
  }

  /** The message must be here: `firstSeq` to `lastSeq`. */
  at(seq: number): Kept {
    const kept = this.#kept[seq - this.#base];
    if (kept === undefined) throw new RangeError(`There is no message ${seq}.`);
    return kept;
  }

  push(message: Telemetry): void {
    const size = messageBytes(message);
    this.#kept.push({ message, size });
    this.#lastSeq = message.seq;
    this.#lastReceivedAt = message.receivedAt;
    this.#bytes += size;
  }

  /** Removes what is no longer kept; the newest message stays whatever its size. Says whether anything went. */
  trim(now: number): boolean {
    const before = this.#firstSeq;
    while (this.rows > 0 && this.#isTooOld(now)) {
      this.#bytes -= this.at(this.#firstSeq).size;
      this.#kept[this.#firstSeq - this.#base] = undefined;
      this.#firstSeq += 1;
    }
    const removed = this.#firstSeq - this.#base;
    // Moving what stays costs as much as has been removed since the last time.
    if (removed > 1_000 && removed >= this.#kept.length / 2) {
      this.#kept = this.#kept.slice(removed);
      this.#base = this.#firstSeq;
    }
    return this.#firstSeq > before;
  }

  #isTooOld(now: number): boolean {
    const { maxAgeMs, maxBytes, maxRows } = this.#retention;
    if (maxRows !== undefined && this.rows > maxRows) return true;
    if (maxBytes !== undefined && this.#bytes > maxBytes && this.rows > 1) return true;
    return maxAgeMs !== undefined && this.at(this.#firstSeq).message.receivedAt < now - maxAgeMs;
  }
}
