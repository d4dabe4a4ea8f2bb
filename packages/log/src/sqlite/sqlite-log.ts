import { type Gap, type LogEntry, type SessionRecord, type Telemetry, TesaError } from "@tesa/core";
import { AppendListeners } from "../append-listeners.ts";
import { checkPosition, refuseClosedCursor } from "../cursor-check.ts";
import type { LatestSeqs } from "../latest-seqs.ts";
import { checkedLimit, checkedQuery, matchesQuery } from "../query.ts";
import type {
  AppendResult,
  Cursor,
  DeadLetter,
  GapRecord,
  LogBounds,
  LogStats,
  ReadPage,
  ReadQuery,
  TelemetryLog,
} from "../telemetry-log.ts";
import { type CursorTable, nextCursor } from "./cursor-table.ts";
import type { Database } from "./database.ts";
import type { Extent } from "./extent.ts";
import { countSince, findRange } from "./find-range.ts";
import type { LogWriter } from "./log-writer.ts";
import type { MessageTable } from "./message-table.ts";
import type { Meta } from "./meta.ts";
import { countSideTables, type DeadLetterTable, type GapTable, type SideCounts } from "./side-tables.ts";
import { asLogError } from "./sqlite-error.ts";

/** What a {@link SqliteLog} is made of. */
export interface SqliteLogParts {
  /** For messages: its path, or what else it is called. */
  readonly name: string;
  readonly db: Database;
  readonly meta: Meta;
  readonly messages: MessageTable;
  readonly cursors: CursorTable;
  readonly gaps: GapTable;
  readonly deadLetters: DeadLetterTable;
  readonly readExtent: () => Extent;
  readonly readLatest: () => Pick<LatestSeqs, "newest">;
  /** `null`: opened to be read only, while another process may write. */
  readonly writer: LogWriter | null;
  /** Fulfils when what was committed will outlast a crash; `null` where it does so at the commit. */
  readonly sync: (() => Promise<void>) | null;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  /** Whether another process has committed since this was asked last: one that removes dead letters. */
  readonly othersWrote: () => boolean;
  /** Called once, after the database was closed. */
  readonly onClose: () => void;
  readonly onWarning: (message: string) => void;
}

/** Over how many of the newest messages the rate is looked at. */
const RATE_ROWS = [100, 1_000] as const;

/** A log in an SQLite database. */
export class SqliteLog implements TelemetryLog {
  readonly durable = true;
  readonly id: string;
  readonly epoch: string;
  readonly #parts: SqliteLogParts;
  readonly #listeners = new AppendListeners();
  /** Counted anew only after another process has written. */
  #counts: SideCounts;
  #closed = false;

  constructor(parts: SqliteLogParts) {
    this.#parts = parts;
    this.id = parts.meta.get("id") ?? "";
    this.epoch = parts.meta.get("epoch") ?? "";
    this.#counts = countSideTables(parts.db);
  }

  async session(): Promise<SessionRecord> {
    return this.#read(() => {
      // Made when the log was; only saveSession() changes it.
      const session = this.#parts.meta.get("session") as SessionRecord;
      const { lastReceivedAt } = this.#extent;
      if (lastReceivedAt === null) return session;
      return {
        ...session,
        connectedUntil: Math.max(lastReceivedAt, session.connectedUntil ?? lastReceivedAt),
        recentRate: this.#recentRate(),
      };
    });
  }

  /** Messages per second at the end of the log: the higher of a short and a longer stretch. */
  #recentRate(): number {
    const { firstSeq, lastSeq } = this.#extent;
    const newest = this.#parts.messages.receivedAt(lastSeq) ?? 0;
    const rates = RATE_ROWS.map((rows) => {
      const count = Math.min(rows, lastSeq - firstSeq);
      const spanMs = newest - (this.#parts.messages.receivedAt(lastSeq - count) ?? newest);
      // A clock that was put back says nothing; within a millisecond, at least that one has passed.
      return spanMs < 0 ? 0 : (1_000 * count) / Math.max(1, spanMs);
    });
    return Math.max(...rates);
  }

  async countSince(at: number, atMost: number): Promise<number> {
    return this.#read(() => countSince(this.#parts.messages, this.#extent, at, atMost));
  }

  async saveSession(session: SessionRecord): Promise<void> {
    await this.#save((writer) => writer.write(() => this.#parts.meta.set("session", session)));
  }

  async connected(options: { readonly sessionPresent: boolean }): Promise<void> {
    await this.#save((writer) => writer.connected(options));
  }

  async append(batch: readonly LogEntry[]): Promise<AppendResult> {
    const result = await this.#save((writer) => writer.append(batch));
    const rejected = this.#counts.rejected + result.rejected.length;
    this.#counts = { ...this.#counts, rejected };
    if (result.lastSeq >= result.firstSeq) this.#listeners.tell(result.lastSeq);
    return result;
  }

  async recordGap(gap: Gap): Promise<void> {
    const { gaps } = this.#parts;
    await this.#save((writer) => writer.write(() => gaps.insert(gap, writer.extent.lastSeq)));
    this.#counts = { ...this.#counts, gaps: this.#counts.gaps + 1 };
  }

  async read(query: ReadQuery = {}): Promise<ReadPage> {
    const checked = checkedQuery(query);
    return this.#read(() => {
      const extent = this.#extent;
      const { messages: table } = this.#parts;
      const range = findRange(table, extent, checked);
      const found = table.read(range, checked);
      // A sensor is only known for certain when the readings are there.
      const messages =
        checked.sensor === undefined
          ? found
          : found.filter((message) => matchesQuery(message, checked)).slice(0, checked.limit);
      const last = messages.at(-1);
      const isFull = messages.length === checked.limit && last !== undefined;
      const reached = isFull ? last.seq : range.stop;
      if (reached < range.end) return { messages, lastSeq: reached, more: true };
      return { messages, lastSeq: Math.max(extent.lastSeq, checked.after), more: false };
    });
  }

  async latest(limit = 10_000): Promise<readonly Telemetry[]> {
    const most = checkedLimit(limit, Number.MAX_SAFE_INTEGER);
    return this.#read(() => {
      const seqs = this.#parts.readLatest().newest(this.#extent.firstSeq, most);
      return seqs.flatMap((seq) => this.#parts.messages.bySeq(seq) ?? []);
    });
  }

  async bounds(): Promise<LogBounds> {
    return this.#read(() => {
      const { firstSeq, lastSeq } = this.#extent;
      return { firstSeq: lastSeq === 0 ? 0 : firstSeq, lastSeq };
    });
  }

  async cursor<State = unknown>(name: string): Promise<Cursor<State>> {
    const { cursors } = this.#parts;
    let saved = this.#write((writer) => {
      cursors.open(name);
      const first = { position: 0, state: "null" };
      const found = cursors.get(name);
      if (found === undefined) writer.write(() => cursors.save(name, first));
      return found ?? first;
    });
    let isOpen = true;
    return {
      name,
      get position() {
        return saved.position;
      },
      get state() {
        // As whoever uses this name saved it.
        return JSON.parse(saved.state) as State | null;
      },
      save: (next) =>
        this.#save((writer) => {
          if (!isOpen) refuseClosedCursor(name);
          checkPosition(name, next.position, writer.extent.lastSeq);
          const row = nextCursor(name, saved, next);
          writer.write(() => cursors.save(name, row));
          // At once: the next save may come before this one is safe.
          saved = row;
        }),
      close: () => {
        // Another one may be open meanwhile.
        if (isOpen) cursors.release(name);
        isOpen = false;
      },
    };
  }

  async cursors(): Promise<readonly { readonly name: string; readonly position: number }[]> {
    return this.#read(() => this.#parts.cursors.list());
  }

  onAppend(listener: (lastSeq: number) => void): () => void {
    return this.#listeners.add(listener);
  }

  async gaps(query: { readonly from?: number; readonly to?: number } = {}): Promise<readonly GapRecord[]> {
    return this.#read(() => this.#parts.gaps.read(query));
  }

  async addDeadLetter(letter: Omit<DeadLetter, "id">): Promise<void> {
    await this.#save((writer) => writer.write(() => this.#parts.deadLetters.insert(letter)));
    this.#counts = { ...this.#counts, deadLetters: this.#counts.deadLetters + 1 };
  }

  async deadLetters({
    reader,
    after = 0,
    limit = 1_000,
  }: Parameters<TelemetryLog["deadLetters"]>[0] = {}): Promise<readonly DeadLetter[]> {
    const most = checkedLimit(limit, Number.MAX_SAFE_INTEGER);
    return this.#read(() =>
      this.#parts.deadLetters.read({ after, limit: most, ...(reader === undefined ? {} : { reader }) }),
    );
  }

  async removeDeadLetters(ids: readonly number[]): Promise<number> {
    const { deadLetters } = this.#parts;
    const removed = await this.#save((writer) =>
      writer.write(() => ids.filter((id) => deadLetters.remove(id)).length),
    );
    this.#counts = { ...this.#counts, deadLetters: this.#counts.deadLetters - removed };
    return removed;
  }

  async stats(): Promise<LogStats> {
    return this.#read(() => {
      const { firstSeq, lastSeq, bytesBefore, bytesTotal } = this.#extent;
      if (this.#parts.othersWrote()) this.#counts = countSideTables(this.#parts.db);
      return { ...this.#counts, rows: lastSeq - firstSeq + 1, bytes: bytesTotal - bytesBefore };
    });
  }

  async trim(): Promise<void> {
    while (this.#write((writer) => writer.trimStep())) {
      // Others get their turn between the steps; one of them may close the log.
      await this.#parts.pause();
      if (this.#closed) return;
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      // It only saves a look through the newest rows at the next open.
      this.#parts.writer?.saveLatest();
    } catch (error) {
      this.#parts.onWarning(asLogError(this.#parts.name, error).message);
    } finally {
      this.#closed = true;
      this.#parts.db.close();
      this.#parts.onClose();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #extent(): Extent {
    return this.#parts.writer?.extent ?? this.#parts.readExtent();
  }

  /** Fulfils when what `work` has committed will outlast a crash. */
  async #save<T>(work: (writer: LogWriter) => T): Promise<T> {
    const result = this.#write(work);
    try {
      await this.#parts.sync?.();
    } catch (error) {
      throw asLogError(this.#parts.name, error);
    }
    return result;
  }

  #write<T>(work: (writer: LogWriter) => T): T {
    const { name, writer } = this.#parts;
    this.#checkOpen();
    if (writer === null) {
      throw new TesaError("usage", `The log "${name}" was opened read-only: it cannot be written.`);
    }
    try {
      return work(writer);
    } catch (error) {
      throw asLogError(name, error);
    }
  }

  #read<T>(work: () => T): T {
    const { db, name, writer } = this.#parts;
    this.#checkOpen();
    try {
      // Beside another process that writes, everything has to be read from one state of the log.
      return writer === null ? db.read(work) : work();
    } catch (error) {
      throw asLogError(name, error);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new TesaError("usage", `The log "${this.#parts.name}" is closed.`);
  }
}
