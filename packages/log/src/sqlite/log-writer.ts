import type { LogEntry } from "@tesa/core";
import { TRIM_ROWS } from "../retention.ts";
import type { AppendResult } from "../telemetry-log.ts";
import type { Database } from "./database.ts";
import type { Extent } from "./extent.ts";
import type { LatestTable } from "./latest-table.ts";
import type { MessageTable } from "./message-table.ts";
import type { Meta } from "./meta.ts";
import type { RedeliveryCheck } from "./redelivery-check.ts";
import type { MarkTable } from "./redelivery-marks.ts";
import type { RejectedTable } from "./rejected-table.ts";
import { isRowFailure, messageOf } from "./sqlite-error.ts";
import type { Trimmer } from "./trimmer.ts";

/** What a {@link LogWriter} works with. */
export interface LogWriterOptions {
  readonly db: Database;
  readonly meta: Meta;
  /** Asked before each transaction whether the database is still there. */
  readonly file: { check(): void };
  readonly messages: MessageTable;
  readonly rejected: RejectedTable;
  readonly marks: MarkTable;
  readonly check: RedeliveryCheck;
  readonly latest: LatestTable;
  readonly trimmer: Trimmer;
  readonly extent: Extent;
  readonly now: () => number;
  readonly onWarning: (message: string) => void;
}

/** What a transaction has written, to be taken over when it has been committed. */
interface Staged {
  extent: Extent;
  /** The places in the batch of what was stored, in the order of `seq`. */
  readonly stored: number[];
  readonly rejected: number[];
  /** Where the marks of the batch lie. */
  readonly places: number[];
}

/** Everything that changes messages. What is kept in memory changes only after the transaction was committed. */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #extent: Extent;
  #sessionPresent = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#extent = options.extent;
  }

  get extent(): Extent {
    return this.#extent;
  }

  connected({ sessionPresent }: { readonly sessionPresent: boolean }): void {
    const { check, marks } = this.#options;
    if (!sessionPresent) this.#beginSession();
    this.#sessionPresent = sessionPresent;
    check.connected(sessionPresent ? marks.read() : null);
  }

  append(batch: readonly LogEntry[]): AppendResult {
    const { check, marks } = this.#options;
    const firstSeq = this.#extent.lastSeq + 1;
    const isLate = check.isLate(batch);
    const redelivered = check.find(batch);
    let rejected: readonly number[] = [];
    try {
      if (redelivered.length < batch.length) rejected = this.#store(batch, new Set(redelivered), isLate);
    } catch (error) {
      check.failed(batch, redelivered);
      throw error;
    }
    check.done(batch, redelivered);
    // What failed on the connection before this one is stored now: the broker will send it again.
    if (isLate && this.#sessionPresent) check.connected(marks.read());
    return { firstSeq, lastSeq: this.#extent.lastSeq, redelivered, rejected };
  }

  /** Another transaction on the same log. */
  write<T>(work: () => T): T {
    const { db, file } = this.#options;
    file.check();
    return db.write(work);
  }

  /** Removes one step's worth of what is too old. `false`: there was nothing to remove. */
  trimStep(): boolean {
    const { now, trimmer } = this.#options;
    const before = this.#extent;
    if (!trimmer.isDue(before, now())) return false;
    this.#extent = this.write(() => trimmer.step(before, { now: now() }));
    return this.#extent.firstSeq > before.firstSeq;
  }

  saveLatest(): void {
    const { latest } = this.#options;
    this.write(() => latest.save(this.#extent));
    latest.saved(this.#extent.firstSeq);
  }

  #beginSession(): void {
    const { marks } = this.#options;
    const seq = this.#extent.lastSeq + 1;
    if (marks.isSessionBegun(seq)) return;
    this.write(() => marks.beginSession(seq));
    marks.sessionBegun();
  }

  #store(batch: readonly LogEntry[], redelivered: ReadonlySet<number>, isLate: boolean): readonly number[] {
    const { latest, marks } = this.#options;
    const endsSession = isLate && !this.#sessionPresent;
    const savesLatest = latest.isDue;
    const before = this.#extent;
    const staged = this.write(() => {
      const staging: Staged = { extent: before, stored: [], rejected: [], places: [] };
      this.#insert(batch, redelivered, staging);
      staging.extent = this.#trimmed(staging, batch.length);
      if (endsSession) marks.beginSession(staging.extent.lastSeq + 1);
      if (savesLatest) latest.save({ firstSeq: staging.extent.firstSeq, lastSeq: before.lastSeq });
      return staging;
    });
    this.#extent = staged.extent;
    if (savesLatest) latest.saved(staged.extent.firstSeq);
    if (endsSession) marks.sessionBegun();
    else marks.stored(staged.places);
    let seq = before.lastSeq;
    for (const index of staged.stored) {
      seq += 1;
      const message = batch[index]?.message;
      if (message === undefined || message.deviceId === null) continue;
      latest.note(message.deviceId, seq, message.retained);
    }
    return staged.rejected;
  }

  #insert(batch: readonly LogEntry[], redelivered: ReadonlySet<number>, staged: Staged): void {
    const { meta } = this.#options;
    let { lastSeq, bytesTotal, firstReceivedAt, lastReceivedAt, maxReceivedAt, clockBackstep } =
      staged.extent;
    for (const [index, entry] of batch.entries()) {
      if (redelivered.has(index)) continue;
      const bytes = this.#insertOne(lastSeq, bytesTotal, entry, staged);
      if (bytes === null) {
        staged.rejected.push(index);
        continue;
      }
      const { receivedAt } = entry.message;
      lastSeq += 1;
      bytesTotal += bytes;
      firstReceivedAt ??= receivedAt;
      lastReceivedAt = receivedAt;
      if (receivedAt > maxReceivedAt) maxReceivedAt = receivedAt;
      else if (maxReceivedAt - receivedAt > clockBackstep) clockBackstep = maxReceivedAt - receivedAt;
      staged.stored.push(index);
      if (entry.packetId !== undefined) staged.places.push(lastSeq);
    }
    if (clockBackstep > staged.extent.clockBackstep) meta.set("clockBackstep", clockBackstep);
    staged.extent = {
      ...staged.extent,
      lastSeq,
      bytesTotal,
      firstReceivedAt,
      lastReceivedAt,
      maxReceivedAt,
      clockBackstep,
    };
  }

  /** Gives the bytes stored, or `null` for a row that failed alone, twice, and lies in `rejected` now. */
  #insertOne(lastSeq: number, bytesBefore: number, entry: LogEntry, staged: Staged): number | null {
    const { db, messages } = this.#options;
    for (let failures = 0; ; ) {
      try {
        return messages.insert(lastSeq + 1, bytesBefore, entry);
      } catch (error) {
        if (!isRowFailure(error) || !db.inTransaction) throw error;
        failures += 1;
        if (failures < 2) continue;
        this.#reject(lastSeq, entry, error, staged);
        return null;
      }
    }
  }

  #reject(afterSeq: number, entry: LogEntry, error: unknown, staged: Staged): void {
    const { marks, now, onWarning, rejected } = this.#options;
    rejected.insert(entry, { at: now(), afterSeq, error });
    if (entry.packetId !== undefined) staged.places.push(marks.keepRejected(afterSeq, entry, entry.packetId));
    onWarning(
      `A message of ${entry.message.topic} could not be stored (${messageOf(error)}). It is kept in the table "rejected".`,
    );
  }

  /** One step goes with the batch, at no cost of a commit; it removes at least as many as came. */
  #trimmed({ extent, places }: Staged, batchRows: number): Extent {
    const { now, trimmer } = this.#options;
    const at = now();
    if (!trimmer.isDue(extent, at)) return extent;
    return trimmer.step(extent, {
      now: at,
      maxRows: Math.max(TRIM_ROWS, batchRows),
      stagedPlaces: places,
    });
  }
}
