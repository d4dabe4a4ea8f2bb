import {
  type Clock,
  contentHash,
  type LogEntry,
  RedeliveryWindow,
  randomClientId,
  type SessionRecord,
  type Telemetry,
  TesaError,
} from "@tesa/core";
import { AppendListeners } from "./append-listeners.ts";
import { checkPosition, refuseClosedCursor, refuseSecondCursor, stateToJson } from "./cursor-check.ts";
import { LatestSeqs } from "./latest-seqs.ts";
import { MessageRing } from "./message-ring.ts";
import { checkedLimit, checkedQuery, matchesQuery, PAGE_BYTES, scanRows } from "./query.ts";
import { randomId } from "./random-id.ts";
import { checkedRetention } from "./retention.ts";
import type {
  AppendResult,
  Cursor,
  DeadLetter,
  GapRecord,
  LogBounds,
  LogStats,
  ReadPage,
  ReadQuery,
  Retention,
  TelemetryLog,
} from "./telemetry-log.ts";

/** What a log in memory keeps unless told otherwise: 100,000 messages, or 64 MB of payload and topic. */
export const DEFAULT_MEMORY_RETENTION: Retention = { maxRows: 100_000, maxBytes: 64 * 1024 * 1024 };

/** Options of {@link createMemoryTelemetryLog}. */
export interface MemoryTelemetryLogOptions {
  /** Gives numbers from 0 up to 1; the ids are made of it. */
  readonly random: () => number;
  /** Only the time is asked for, for the age of messages. */
  readonly clock: Pick<Clock, "now">;
  /** How many messages the broker may have unacknowledged. @default 1,000 */
  readonly receiveMaximum?: number;
  /** What is given replaces the defaults one by one. @default {@link DEFAULT_MEMORY_RETENTION} */
  readonly retention?: Retention;
}

/**
 * A log that lasts as long as the process, with as much history as its retention keeps: for a live relay with replay
 * and for tests of readers. It is not durable, so a message is acknowledged when its reader is done with it. A stream
 * that needs no history takes `createMemoryLog` of `@tesa/core`, which keeps no message.
 *
 * @throws TesaError `usage` if the retention cannot be used
 * @example
 * ```ts
 * const log = createMemoryTelemetryLog({ random: Math.random, clock: systemClock });
 * const { messages } = await log.read({ device: "gateway-1" });
 * ```
 */
export function createMemoryTelemetryLog(options: MemoryTelemetryLogOptions): TelemetryLog {
  return new MemoryTelemetryLog(options);
}

interface SavedCursor {
  position: number;
  state: string;
  open: boolean;
}

class MemoryTelemetryLog implements TelemetryLog {
  readonly durable = false;
  readonly id: string;
  readonly epoch: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #window: RedeliveryWindow;
  readonly #ring: MessageRing;
  readonly #latest = new LatestSeqs();
  readonly #listeners = new AppendListeners();
  readonly #cursors = new Map<string, SavedCursor>();
  readonly #gaps: GapRecord[] = [];
  readonly #deadLetters = new Map<number, DeadLetter>();
  #lastDeadLetter = 0;
  #session: SessionRecord;
  #closed = false;

  constructor({ random, clock, receiveMaximum = 1_000, retention = {} }: MemoryTelemetryLogOptions) {
    this.id = randomId(random);
    this.epoch = randomId(random);
    this.#clock = clock;
    this.#window = new RedeliveryWindow(receiveMaximum);
    this.#ring = new MessageRing(checkedRetention({ ...DEFAULT_MEMORY_RETENTION, ...retention }));
    this.#session = {
      clientId: randomClientId(random),
      filters: [],
      acceptedToken: null,
      connectedUntil: null,
    };
  }

  async session(): Promise<SessionRecord> {
    this.#checkOpen();
    const newest = this.#ring.lastReceivedAt;
    if (newest === null) return this.#session;
    return { ...this.#session, connectedUntil: Math.max(newest, this.#session.connectedUntil ?? newest) };
  }

  async saveSession(session: SessionRecord): Promise<void> {
    this.#checkOpen();
    this.#session = session;
  }

  async connected(options: { readonly sessionPresent: boolean }): Promise<void> {
    this.#checkOpen();
    this.#window.connected(options);
  }

  async append(batch: readonly LogEntry[]): Promise<AppendResult> {
    this.#checkOpen();
    const firstSeq = this.#ring.lastSeq + 1;
    const redelivered: number[] = [];
    for (const [index, entry] of batch.entries()) {
      if (this.#isRedelivery(entry)) redelivered.push(index);
      else this.#store({ ...entry.message, seq: this.#ring.lastSeq + 1 });
    }
    this.#dropOld();
    const { lastSeq } = this.#ring;
    if (lastSeq >= firstSeq) this.#listeners.tell(lastSeq);
    return { firstSeq, lastSeq, redelivered, rejected: [] };
  }

  async recordGap(gap: Omit<GapRecord, "id" | "afterSeq">): Promise<void> {
    this.#checkOpen();
    this.#gaps.push({ ...gap, id: this.#gaps.length + 1, afterSeq: this.#ring.lastSeq });
  }

  async read(query: ReadQuery = {}): Promise<ReadPage> {
    this.#checkOpen();
    const checked = checkedQuery(query);
    const { lastSeq } = this.#ring;
    const start = Math.max(checked.after + 1, this.#ring.firstSeq);
    const stop = Math.min(start + scanRows(checked) - 1, lastSeq);
    const messages: Telemetry[] = [];
    let bytes = 0;
    let seq = start;
    for (; seq <= stop && messages.length < checked.limit; seq += 1) {
      const { message, size } = this.#ring.at(seq);
      if (bytes > 0 && bytes + size > PAGE_BYTES) break;
      bytes += size;
      if (matchesQuery(message, checked)) messages.push(message);
    }
    return { messages, lastSeq: Math.max(seq - 1, checked.after), more: seq <= lastSeq };
  }

  async latest(limit = 10_000): Promise<readonly Telemetry[]> {
    this.#checkOpen();
    const seqs = this.#latest.newest(this.#ring.firstSeq, checkedLimit(limit, Number.MAX_SAFE_INTEGER));
    return seqs.map((seq) => this.#ring.at(seq).message);
  }

  async bounds(): Promise<LogBounds> {
    this.#checkOpen();
    const { firstSeq, lastSeq } = this.#ring;
    return { firstSeq: lastSeq === 0 ? 0 : firstSeq, lastSeq };
  }

  async cursor<State = unknown>(name: string): Promise<Cursor<State>> {
    this.#checkOpen();
    const saved = this.#cursors.get(name) ?? { position: 0, state: "null", open: false };
    if (saved.open) refuseSecondCursor(name);
    saved.open = true;
    this.#cursors.set(name, saved);
    let isOpen = true;
    return {
      name,
      get position() {
        return saved.position;
      },
      get state() {
        return JSON.parse(saved.state) as State | null;
      },
      save: async ({ position, state }) => {
        this.#checkOpen();
        if (!isOpen) refuseClosedCursor(name);
        checkPosition(name, position, this.#ring.lastSeq);
        if (state !== undefined) saved.state = stateToJson(name, state);
        saved.position = position;
      },
      close: () => {
        // Another one may be open meanwhile.
        if (isOpen) saved.open = false;
        isOpen = false;
      },
    };
  }

  async cursors(): Promise<readonly { readonly name: string; readonly position: number }[]> {
    this.#checkOpen();
    return [...this.#cursors].map(([name, { position }]) => ({ name, position }));
  }

  onAppend(listener: (lastSeq: number) => void): () => void {
    return this.#listeners.add(listener);
  }

  async gaps({
    from = Number.NEGATIVE_INFINITY,
    to = Number.POSITIVE_INFINITY,
  } = {}): Promise<readonly GapRecord[]> {
    this.#checkOpen();
    return this.#gaps.filter((gap) => gap.to >= from && gap.from < to);
  }

  async addDeadLetter(letter: Omit<DeadLetter, "id">): Promise<void> {
    this.#checkOpen();
    this.#lastDeadLetter += 1;
    this.#deadLetters.set(this.#lastDeadLetter, { ...letter, id: this.#lastDeadLetter });
  }

  async deadLetters({
    reader,
    after = 0,
    limit = 1_000,
  }: Parameters<TelemetryLog["deadLetters"]>[0] = {}): Promise<readonly DeadLetter[]> {
    this.#checkOpen();
    return [...this.#deadLetters.values()]
      .filter((letter) => letter.id > after && (reader === undefined || letter.reader === reader))
      .slice(0, checkedLimit(limit, Number.MAX_SAFE_INTEGER));
  }

  async removeDeadLetters(ids: readonly number[]): Promise<number> {
    this.#checkOpen();
    return ids.filter((id) => this.#deadLetters.delete(id)).length;
  }

  async stats(): Promise<LogStats> {
    this.#checkOpen();
    const { rows, bytes } = this.#ring;
    return { rows, bytes, rejected: 0, gaps: this.#gaps.length, deadLetters: this.#deadLetters.size };
  }

  async trim(): Promise<void> {
    this.#checkOpen();
    this.#dropOld();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isRedelivery({ message, packetId, duplicate }: LogEntry): boolean {
    if (packetId === undefined) return false;
    const mark = { packetId, hash: contentHash(message.topic, message.payload) };
    if (this.#window.isRedelivery(mark, duplicate)) return true;
    this.#window.stored(mark);
    return false;
  }

  #store(message: Telemetry): void {
    this.#ring.push(message);
    if (message.deviceId !== null) this.#latest.note(message.deviceId, message.seq, message.retained);
  }

  #dropOld(): void {
    if (this.#ring.trim(this.#clock.now())) this.#latest.forget(this.#ring.firstSeq);
  }

  #checkOpen(): void {
    if (this.#closed) throw new TesaError("usage", "The log is closed.");
  }
}
