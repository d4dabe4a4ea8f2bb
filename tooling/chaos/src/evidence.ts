import type { Gap } from "@tesa/core";
import { openSqliteLog } from "@tesa/log/sqlite";
import { keyOf, type MessageKey } from "./message.ts";

/** A row, in a log or in its mirror. */
export interface StoredRow {
  readonly seq: number;
  readonly key: MessageKey;
}

/** What one worker's log holds at the end. */
export interface LogEvidence {
  readonly logId: string;
  readonly clientId: string;
  readonly rows: readonly StoredRow[];
  readonly gaps: readonly Gap[];
  /** Rows that could not be stored, and messages that a reader gave up: none is expected. */
  readonly rejected: number;
  readonly deadLetters: number;
}

/** The largest page of a log. */
const PAGE = 10_000;

/** Reads a log that nobody writes any more. @throws Error if it holds what nobody published, or not as many rows as it says */
export async function readLog(path: string): Promise<LogEvidence> {
  await using log = await openSqliteLog({ path, readOnly: true });
  const rows: StoredRow[] = [];
  for (let after = 0, more = true; more; ) {
    const page = await log.read({ after, limit: PAGE });
    for (const { seq, payload } of page.messages) rows.push({ seq, key: keyOf(payload) });
    after = page.lastSeq;
    more = page.more;
  }
  const stats = await log.stats();
  if (stats.rows !== rows.length) {
    throw new Error(`The log ${path} says that it has ${stats.rows} rows, but gives ${rows.length}.`);
  }
  return {
    logId: log.id,
    clientId: (await log.session()).clientId,
    rows,
    gaps: await log.gaps(),
    rejected: stats.rejected,
    deadLetters: stats.deadLetters,
  };
}
