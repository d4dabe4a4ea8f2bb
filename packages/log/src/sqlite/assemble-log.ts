import { randomClientId } from "@tesa/core";
import { randomId } from "../random-id.ts";
import type { Retention } from "../telemetry-log.ts";
import { CursorTable } from "./cursor-table.ts";
import { type Database, one } from "./database.ts";
import { createExtentReader } from "./extent.ts";
import { LatestTable } from "./latest-table.ts";
import { LogWriter } from "./log-writer.ts";
import { MessageTable } from "./message-table.ts";
import { Meta } from "./meta.ts";
import { RedeliveryCheck } from "./redelivery-check.ts";
import { MarkTable } from "./redelivery-marks.ts";
import { RejectedTable } from "./rejected-table.ts";
import { DeadLetterTable, GapTable } from "./side-tables.ts";
import { SqliteLog } from "./sqlite-log.ts";
import { Trimmer } from "./trimmer.ts";

/** What a log is made of that is open for writing. */
export interface LogAssembly {
  /** For messages: a path, or what else the log is called. */
  readonly name: string;
  /** With the schema brought up to date. */
  readonly db: Database;
  readonly now: () => number;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
  readonly receiveMaximum: number;
  readonly retention: Retention;
  readonly onWarning: (message: string) => void;
  /** Asked before each transaction whether the database is still there. */
  readonly file: { check(): void };
  /** Fulfils when what was committed will outlast a crash; `null` where it does so at the commit. */
  readonly sync: (() => Promise<void>) | null;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  /** Whether another process has committed since this was asked last. */
  readonly othersWrote: () => boolean;
  /** Called once, after the database was closed. */
  readonly onClose: () => void;
}

/** Puts the parts of a log together, on whatever holds its database. */
export function assembleLog(assembly: LogAssembly): SqliteLog {
  const { db, name, now, onWarning, random, receiveMaximum, retention } = assembly;
  const meta = new Meta(db);
  const parts = tables(db);
  const readExtent = createExtentReader(db, meta);
  const marks = db.write(() => {
    begin({ name, db, meta, random, lastSeq: readExtent().lastSeq, onWarning });
    const table = new MarkTable({ db, meta, receiveMaximum });
    meta.set("receiveMaximum", receiveMaximum);
    return table;
  });
  const latest = new LatestTable(db, meta);
  const writer = new LogWriter({
    db,
    meta,
    file: assembly.file,
    messages: parts.messages,
    rejected: new RejectedTable(db),
    marks,
    check: new RedeliveryCheck(marks.size, () => marks.read()),
    latest,
    trimmer: new Trimmer({ db, meta, messages: parts.messages, marks, retention }),
    extent: readExtent(),
    now,
    onWarning,
  });
  return new SqliteLog({
    ...parts,
    name,
    db,
    meta,
    readExtent,
    readLatest: () => latest,
    writer,
    sync: assembly.sync,
    pause: assembly.pause,
    othersWrote: assembly.othersWrote,
    onClose: assembly.onClose,
    onWarning,
  });
}

interface Beginning {
  readonly name: string;
  readonly db: Database;
  readonly meta: Meta;
  readonly random: () => number;
  readonly lastSeq: number;
  readonly onWarning: (message: string) => void;
}

/** Gives a new log its ids, and new ids to a log that has lost its newest messages. Within a transaction. */
function begin({ name, db, meta, random, lastSeq, onWarning }: Beginning): void {
  if (meta.get("id") === undefined) {
    const session = {
      clientId: randomClientId(random),
      filters: [],
      acceptedToken: null,
      connectedUntil: null,
    };
    meta.set("session", session);
  } else {
    const expected = furthestKnown(db, meta);
    if (expected <= lastSeq) return;
    onWarning(
      `The log "${name}" ends at ${lastSeq}, but had reached ${expected}: somebody removed its newest messages. It goes on as a new log, with an id of its own.`,
    );
    new CursorTable(db).clamp(lastSeq);
    db.prepare("UPDATE gap SET after_seq = min(after_seq, ?)").run(lastSeq);
    meta.set("latestUpTo", 0);
    db.prepare("DELETE FROM latest").run();
    db.prepare("DELETE FROM mark").run();
  }
  meta.set("id", randomId(random));
  meta.set("epoch", randomId(random));
}

/** The furthest `seq` that anything but the messages themselves speaks of. */
function furthestKnown(db: Database, meta: Meta): number {
  const row = one<{ cursor: number | null; gap: number | null }>(
    db.prepare(
      "SELECT (SELECT max(position) FROM cursor) AS cursor, (SELECT max(after_seq) FROM gap) AS gap",
    ),
  );
  return Math.max(row?.cursor ?? 0, row?.gap ?? 0, meta.get("latestUpTo") ?? 0);
}

/** The tables that are read and written alike. */
export function tables(db: Database): {
  readonly messages: MessageTable;
  readonly cursors: CursorTable;
  readonly gaps: GapTable;
  readonly deadLetters: DeadLetterTable;
} {
  return {
    messages: new MessageTable(db),
    cursors: new CursorTable(db),
    gaps: new GapTable(db),
    deadLetters: new DeadLetterTable(db),
  };
}
