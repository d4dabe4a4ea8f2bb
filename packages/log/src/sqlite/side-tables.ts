import { Decoder, type Gap } from "@tesa/core";
import type { DeadLetter, GapRecord } from "../telemetry-log.ts";
import { all, type Database, one, type SqlValue, type Statement } from "./database.ts";
import { MESSAGE_COLUMNS, type MessageRow, toTelemetry } from "./message-table.ts";
import { encodeText } from "./text.ts";

/** The table `gap`. */
export class GapTable {
  readonly #insert: Statement;
  readonly #select: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare("INSERT INTO gap (kind, from_time, to_time, after_seq) VALUES (?, ?, ?, ?)");
    this.#select = db.prepare(
      `SELECT id, kind, from_time AS "from", to_time AS "to", after_seq AS "afterSeq" FROM gap
       WHERE to_time >= ? AND from_time < ? ORDER BY id`,
    );
  }

  insert({ kind, from, to }: Gap, afterSeq: number): void {
    this.#insert.run(kind, from, to, afterSeq);
  }

  /** Those that touch the time from `from` until before `to`. */
  read({ from, to }: { readonly from?: number; readonly to?: number }): GapRecord[] {
    const values = [from ?? Number.MIN_SAFE_INTEGER, to ?? Number.MAX_SAFE_INTEGER];
    return all<GapRecord>(this.#select, ...values).map((row) => ({ ...row }));
  }
}

interface DeadLetterRow extends MessageRow {
  readonly id: number;
  readonly reader: string;
  readonly at: number;
  readonly reason: string;
}

/** The table `dead_letter`. */
export class DeadLetterTable {
  readonly #decoder: Decoder = new Decoder();
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #delete: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare(
      `INSERT INTO dead_letter (reader, at, reason, ${MESSAGE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#select = db.prepare(
      `SELECT id, reader, at, reason, ${MESSAGE_COLUMNS} FROM dead_letter
       WHERE id > ? AND (? IS NULL OR reader = ?) ORDER BY id LIMIT ?`,
    );
    this.#delete = db.prepare("DELETE FROM dead_letter WHERE id = ?");
  }

  insert({ reader, at, reason, message }: Omit<DeadLetter, "id">): void {
    const { seq, topic, payload, qos, retained, receivedAt } = message;
    const values: SqlValue[] = [seq, receivedAt, qos, retained ? 1 : 0, encodeText(topic), payload];
    this.#insert.run(reader, at, reason, ...values);
  }

  read({
    reader = null,
    after,
    limit,
  }: {
    readonly reader?: string | null;
    readonly after: number;
    readonly limit: number;
  }): DeadLetter[] {
    return all<DeadLetterRow>(this.#select, after, reader, reader, limit).map((row) => ({
      id: row.id,
      reader: row.reader,
      at: row.at,
      reason: row.reason,
      message: toTelemetry(row, this.#decoder),
    }));
  }

  /** Whether it was there. */
  remove(id: number): boolean {
    return Number(this.#delete.run(id).changes) > 0;
  }
}

/** How many rows the side tables hold. */
export interface SideCounts {
  readonly rejected: number;
  readonly gaps: number;
  readonly deadLetters: number;
}

export function countSideTables(db: Database): SideCounts {
  const counts = one<SideCounts>(
    db.prepare(
      `SELECT (SELECT count(*) FROM rejected) AS "rejected", (SELECT count(*) FROM gap) AS "gaps",
       (SELECT count(*) FROM dead_letter) AS "deadLetters"`,
    ),
  );
  return { rejected: 0, gaps: 0, deadLetters: 0, ...counts };
}
