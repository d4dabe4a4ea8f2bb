import { contentHash, type LogEntry, RedeliveryWindow, type StoredMark } from "@tesa/core";

/** The resends that are awaited on a connection. */
interface Expected {
  readonly marks: readonly StoredMark[];
  /** Those that came, and are acknowledged. */
  readonly came: StoredMark[];
  window: RedeliveryWindow;
}

/**
 * Finds what the broker sends again, such that an append which fails leaves no trace: the same batch may be appended
 * again, on the same connection or after the next one has begun.
 *
 * After the first new message of a connection no redelivery can follow, and a message costs nothing here.
 */
export class RedeliveryCheck {
  readonly #size: number;
  #expected: Expected | null = null;
  /** A batch that could not be appended, and what of it had been sent before. */
  #failed: {
    readonly batch: readonly LogEntry[];
    readonly redelivered: readonly number[];
    late: boolean;
  } | null = null;

  /** @param size The receive maximum. */
  constructor(size: number) {
    this.#size = size;
  }

  /** A connection was accepted; `marks` are those of the session, if the broker has kept it. */
  connected(marks: readonly StoredMark[] | null): void {
    this.#expected = marks === null ? null : { marks, came: [], window: this.#createWindow(marks, []) };
    if (this.#failed !== null) this.#failed.late = true;
  }

  /** Whether the batch came over an earlier connection, and failed there. */
  isLate(batch: readonly LogEntry[]): boolean {
    return this.#failed?.late === true && this.#failed.batch === batch;
  }

  /** The places in the batch of what the broker had sent before. {@link done} or {@link failed} must follow. */
  find(batch: readonly LogEntry[]): readonly number[] {
    if (this.isLate(batch)) return this.#failed?.redelivered ?? [];
    const redelivered: number[] = [];
    if (this.#expected === null) return redelivered;
    for (const [index, entry] of batch.entries()) {
      if (entry.packetId === undefined) continue;
      if (this.#expected.window.isRedelivery(markOf(entry, entry.packetId))) redelivered.push(index);
    }
    return redelivered;
  }

  done(batch: readonly LogEntry[], redelivered: readonly number[]): void {
    const wasLate = this.isLate(batch);
    this.#failed = null;
    if (wasLate || this.#expected === null) return;
    const again = new Set(redelivered);
    for (const [index, entry] of batch.entries()) {
      if (entry.packetId === undefined) continue;
      if (again.has(index)) this.#expected.came.push(markOf(entry, entry.packetId));
      else {
        this.#expected = null;
        return;
      }
    }
  }

  failed(batch: readonly LogEntry[], redelivered: readonly number[]): void {
    const late = this.isLate(batch);
    this.#failed = { batch, redelivered, late };
    if (late || this.#expected === null) return;
    this.#expected.window = this.#createWindow(this.#expected.marks, this.#expected.came);
  }

  #createWindow(marks: readonly StoredMark[], came: readonly StoredMark[]): RedeliveryWindow {
    const window = new RedeliveryWindow(this.#size, marks);
    window.connected({ sessionPresent: true });
    for (const mark of came) window.isRedelivery(mark);
    return window;
  }
}

function markOf({ message }: LogEntry, packetId: number): StoredMark {
  return { packetId, hash: contentHash(message.topic, message.payload) };
}
