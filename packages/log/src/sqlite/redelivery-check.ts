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
 * After the first new message of a connection only what the broker marks (DUP) can be a redelivery, and any other
 * message costs nothing here.
 */
export class RedeliveryCheck {
  readonly #size: number;
  readonly #readMarks: () => readonly StoredMark[];
  #isResumed = false;
  #expected: Expected | null = null;
  /** A batch that could not be appended, and what of it had been sent before. */
  #failed: {
    readonly batch: readonly LogEntry[];
    readonly redelivered: readonly number[];
    late: boolean;
  } | null = null;

  /**
   * @param size The receive maximum.
   * @param readMarks Reads the marks of what is stored in this session, oldest first.
   */
  constructor(size: number, readMarks: () => readonly StoredMark[]) {
    this.#size = size;
    this.#readMarks = readMarks;
  }

  /** A connection was accepted; `marks` are those of the session, if the broker has kept it. */
  connected(marks: readonly StoredMark[] | null): void {
    this.#isResumed = marks !== null;
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
    if (!this.#isResumed) return [];
    const marked = batch.some(({ duplicate }) => duplicate) ? this.#known() : null;
    if (this.#expected === null && marked === null) return [];
    const redelivered: number[] = [];
    for (const [index, entry] of batch.entries()) {
      if (entry.packetId === undefined) continue;
      const mark = markOf(entry, entry.packetId);
      const isKnown = entry.duplicate === true && marked?.get(mark.packetId) === mark.hash;
      // Asked in any case, since its first new message ends what is expected.
      const isExpected = this.#expected?.window.isRedelivery(mark) === true;
      if (isKnown || isExpected) redelivered.push(index);
      else marked?.set(mark.packetId, mark.hash);
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

  /** The last content stored under each packet id; EMQX sends marked messages again even of this very connection. */
  #known(): Map<number, string> {
    return new Map(this.#readMarks().map(({ packetId, hash }) => [packetId, hash]));
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
