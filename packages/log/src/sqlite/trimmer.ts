import { TRIM_BYTES, TRIM_ROWS } from "../retention.ts";
import type { Retention } from "../telemetry-log.ts";
import { type Database, one, type Statement } from "./database.ts";
import type { Extent } from "./extent.ts";
import type { MessageTable } from "./message-table.ts";
import type { Meta } from "./meta.ts";
import type { MarkTable } from "./redelivery-marks.ts";

/** What a {@link Trimmer} works with. */
export interface TrimmerOptions {
  readonly db: Database;
  readonly meta: Meta;
  readonly messages: MessageTable;
  readonly marks: MarkTable;
  readonly retention: Retention;
}

/** A step of a {@link Trimmer}. */
export interface TrimStep {
  readonly now: number;
  /** @default {@link TRIM_ROWS} */
  readonly maxRows?: number;
  /** Where the marks lie that the same transaction has made. @default none */
  readonly stagedPlaces?: readonly number[];
}

/**
 * Removes the oldest messages, step by step: never one from the middle, so that `seq` has no holes. A message whose time
 * lies in the future, since the clock was wrong, holds back those behind it, until another limit is reached.
 */
export class Trimmer {
  readonly #options: TrimmerOptions;
  readonly #firstToKeep: Statement;
  readonly #delete: Statement;

  constructor(options: TrimmerOptions) {
    this.#options = options;
    this.#firstToKeep = options.db.prepare(
      `SELECT min(seq) AS seq FROM
         (SELECT seq, bytes_before, received_at FROM message WHERE seq >= ? ORDER BY seq LIMIT ?)
       WHERE (seq >= ? AND bytes_before >= ? AND received_at >= ?) OR bytes_before > ?`,
    );
    this.#delete = options.db.prepare("DELETE FROM message WHERE seq < ?");
  }

  /** Whether there is anything to remove. */
  isDue(extent: Extent, now: number): boolean {
    const { maxAgeMs, maxBytes, maxRows } = this.#options.retention;
    const { firstSeq, lastSeq, firstReceivedAt, bytesBefore, bytesTotal } = extent;
    if (firstReceivedAt === null) return false;
    if (maxRows !== undefined && lastSeq - firstSeq + 1 > maxRows) return true;
    if (maxBytes !== undefined && bytesTotal - bytesBefore > maxBytes && lastSeq > firstSeq) return true;
    return maxAgeMs !== undefined && firstReceivedAt < now - maxAgeMs;
  }

  /** Removes what is too old, but not more than a step's worth. Within a transaction; gives what is left. */
  step(extent: Extent, { now, maxRows = TRIM_ROWS, stagedPlaces = [] }: TrimStep): Extent {
    const { marks, messages, meta } = this.#options;
    const { firstSeq, lastSeq } = extent;
    const keepFrom = this.#findFirstToKeep(extent, now, maxRows) ?? Math.min(firstSeq + maxRows, lastSeq + 1);
    if (keepFrom <= firstSeq) return extent;
    marks.keepRemoved({ start: firstSeq, stop: keepFrom - 1 }, stagedPlaces);
    this.#delete.run(keepFrom);
    const bytesBefore = messages.bytesBefore(keepFrom) ?? extent.bytesTotal;
    meta.set("trimmed", {
      lastSeq: keepFrom - 1,
      bytes: bytesBefore,
      receivedAt: extent.lastReceivedAt,
    });
    return {
      ...extent,
      firstSeq: keepFrom,
      bytesBefore,
      firstReceivedAt: messages.receivedAt(keepFrom) ?? null,
    };
  }

  #findFirstToKeep(extent: Extent, now: number, stepRows: number): number | null {
    const { maxAgeMs, maxBytes, maxRows } = this.#options.retention;
    const { firstSeq, lastSeq, bytesBefore, bytesTotal } = extent;
    // The newest message stays, whatever its size.
    const newest = this.#options.messages.bytesBefore(lastSeq) ?? bytesTotal;
    const row = one<{ seq: number | null }>(
      this.#firstToKeep,
      firstSeq,
      stepRows,
      maxRows === undefined ? 0 : lastSeq - maxRows + 1,
      maxBytes === undefined ? 0 : Math.min(bytesTotal - maxBytes, newest),
      maxAgeMs === undefined ? Number.MIN_SAFE_INTEGER : now - maxAgeMs,
      // At least the oldest may go: its own bytes are not before it.
      bytesBefore + TRIM_BYTES,
    );
    return row?.seq ?? null;
  }
}
