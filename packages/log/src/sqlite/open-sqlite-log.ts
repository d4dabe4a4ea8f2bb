import { randomInt } from "node:crypto";
import { type Clock, randomClientId, TesaError } from "@tesa/core";
import { randomId } from "../random-id.ts";
import { checkedRetention } from "../retention.ts";
import type { Retention, TelemetryLog } from "../telemetry-log.ts";
import { CursorTable } from "./cursor-table.ts";
import { Database, one } from "./database.ts";
import { createExtentReader } from "./extent.ts";
import { FileIdentity } from "./file-identity.ts";
import { checkOwner, checkVersion, inspectFile } from "./inspect-file.ts";
import { LatestTable, readLatest } from "./latest-table.ts";
import { lockLog } from "./lock.ts";
import { LogWriter } from "./log-writer.ts";
import { MessageTable } from "./message-table.ts";
import { Meta } from "./meta.ts";
import { RedeliveryCheck } from "./redelivery-check.ts";
import { MarkTable } from "./redelivery-marks.ts";
import { RejectedTable } from "./rejected-table.ts";
import { MIGRATIONS, type Migration, migrate } from "./schema.ts";
import { DeadLetterTable, GapTable } from "./side-tables.ts";
import { asLogError } from "./sqlite-error.ts";
import { SqliteLog } from "./sqlite-log.ts";
import { Trimmer } from "./trimmer.ts";

/** Fewer and larger pages cost less per message: 8 KiB took a fifth off SQLite's default of 4 KiB. */
const PAGE_BYTES = 8_192;
/** In pages, 32 MiB: how much is collected beside the database before it is moved there. */
const CHECKPOINT_PAGES = 4_096;

/** Options of {@link openSqliteLog}. */
export interface SqliteLogOptions {
  /** The file; it is made if there is none. Beside it appear files with `-wal`, `-shm` and `-lock` behind the name. */
  readonly path: string;
  /** Only to read, beside another process that may be writing. Nothing is changed, migrated or locked. @default false */
  readonly readOnly?: boolean;
  /** Only the time is asked for, for the age of messages. @default the system's time */
  readonly clock?: Pick<Clock, "now">;
  /** Gives numbers from 0 up to 1; the ids are made of it. @default the system's secure random numbers */
  readonly random?: () => number;
  /** What is not limited is kept for ever. @default no limit */
  readonly retention?: Retention;
  /** How many messages the broker may have unacknowledged; the stream's own setting. @default 1,000 */
  readonly receiveMaximum?: number;
  /** Told of what a user should know and nothing has to be done about at once. */
  readonly onWarning?: (message: string) => void;
}

/** What only tests set. */
export interface SqliteLogInternals {
  readonly migrations?: readonly Migration[];
  /** As if the disk were full at that size. */
  readonly maxPages?: number;
}

/**
 * Opens a log in an SQLite file, and makes it if there is none. A message is on the disk when `append()` has fulfilled.
 *
 * @throws TesaError `log` if the file cannot be used: open in another process, another program's, of a later release,
 * not allowed; `usage` if an option is wrong
 * @example
 * ```ts
 * await using log = await openSqliteLog({ path: "./telemetry.db", retention: { maxAgeMs: 7 * 86_400_000 } });
 * ```
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<TelemetryLog> {
  return openSqliteLogWith(options, {});
}

/** {@link openSqliteLog}, as tests need it. */
export function openSqliteLogWith(options: SqliteLogOptions, internals: SqliteLogInternals): TelemetryLog {
  checkedRetention(options.retention ?? {});
  return options.readOnly === true ? openToRead(options, internals) : openToWrite(options, internals);
}

function openToRead(
  options: SqliteLogOptions,
  { migrations = MIGRATIONS }: SqliteLogInternals,
): TelemetryLog {
  const { path } = inspectFile(options.path, { readOnly: true });
  return withDatabase(path, { readOnly: true }, (db) => {
    const version = checkOwner(path, db);
    checkVersion(path, version ?? 0, migrations.length);
    if (version !== migrations.length) throw notReadable(path, version);
    const meta = new Meta(db);
    return new SqliteLog({
      ...tables(db),
      path,
      db,
      meta,
      readExtent: createExtentReader(db, meta),
      readLatest: () => readLatest(db, meta),
      writer: null,
      onClose: () => {},
      onWarning: options.onWarning ?? (() => {}),
    });
  });
}

function openToWrite(options: SqliteLogOptions, internals: SqliteLogInternals): TelemetryLog {
  const { migrations = MIGRATIONS } = internals;
  const { path, version } = inspectFile(options.path, { readOnly: false });
  checkVersion(path, version ?? 0, migrations.length);
  const lock = lockLog(path);
  try {
    return withDatabase(path, { readOnly: false }, (db) => {
      // Once more with the lock: what a process that was killed had not yet moved into the file counts too.
      checkVersion(path, checkOwner(path, db) ?? 0, migrations.length);
      prepareDatabase(path, db, migrations);
      if (internals.maxPages !== undefined) db.pragma(`max_page_count = ${internals.maxPages}`);
      return assemble(path, db, options, lock);
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function prepareDatabase(path: string, db: Database, migrations: readonly Migration[]): void {
  // Takes effect only while there is no page.
  db.pragma(`page_size = ${PAGE_BYTES}`);
  migrate(db, migrations);
  if (db.pragma("journal_mode = WAL") !== "wal") {
    throw new TesaError(
      "log",
      `The log "${path}" cannot be kept there: the file system has no shared memory, as network file systems have none. Choose a path on a local disk.`,
    );
  }
  // An acknowledgement promises the disk. The second one does so on macOS.
  db.pragma("synchronous = FULL");
  db.pragma("fullfsync = ON");
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${2 * CHECKPOINT_PAGES * PAGE_BYTES}`);
}

function assemble(
  path: string,
  db: Database,
  options: SqliteLogOptions,
  lock: { release(): void },
): TelemetryLog {
  const { clock, onWarning = () => {}, receiveMaximum = 1_000, retention = {} } = options;
  const meta = new Meta(db);
  const parts = tables(db);
  const readExtent = createExtentReader(db, meta);
  const marks = db.write(() => {
    begin({
      path,
      db,
      meta,
      random: options.random ?? secureRandom,
      lastSeq: readExtent().lastSeq,
      onWarning,
    });
    const table = new MarkTable({ db, meta, receiveMaximum });
    meta.set("receiveMaximum", receiveMaximum);
    return table;
  });
  const latest = new LatestTable(db, meta);
  const writer = new LogWriter({
    db,
    meta,
    file: new FileIdentity(path),
    messages: parts.messages,
    rejected: new RejectedTable(db),
    marks,
    check: new RedeliveryCheck(marks.size, () => marks.read()),
    latest,
    trimmer: new Trimmer({ db, meta, messages: parts.messages, marks, retention }),
    extent: readExtent(),
    now: () => (clock === undefined ? Date.now() : clock.now()),
    onWarning,
  });
  return new SqliteLog({
    ...parts,
    path,
    db,
    meta,
    readExtent,
    readLatest: () => latest,
    writer,
    onClose: () => lock.release(),
    onWarning,
  });
}

interface Beginning {
  readonly path: string;
  readonly db: Database;
  readonly meta: Meta;
  readonly random: () => number;
  readonly lastSeq: number;
  readonly onWarning: (message: string) => void;
}

/** Gives a new log its ids, and new ids to a log that has lost its newest messages. Within a transaction. */
function begin({ path, db, meta, random, lastSeq, onWarning }: Beginning): void {
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
      `The log "${path}" ends at ${lastSeq}, but had reached ${expected}: somebody removed its newest messages. It goes on as a new log, with an id of its own.`,
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

function tables(db: Database): {
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

function withDatabase<T>(
  path: string,
  options: { readonly readOnly: boolean },
  work: (db: Database) => T,
): T {
  let db: Database | undefined;
  try {
    db = new Database(path, options);
    return work(db);
  } catch (error) {
    db?.close();
    throw asLogError(path, error);
  }
}

function notReadable(path: string, version: number | null): TesaError {
  const what =
    version === null
      ? "is empty"
      : `has schema version ${version}, which this release has to bring up to date`;
  return new TesaError("log", `The log "${path}" ${what}: open it once for writing, then it can be read.`);
}

function secureRandom(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
