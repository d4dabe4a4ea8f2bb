import { randomInt } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { type Clock, TesaError } from "@tesa/core";
import { checkedRetention } from "../retention.ts";
import type { Retention, TelemetryLog } from "../telemetry-log.ts";
import { assembleLog, tables } from "./assemble-log.ts";
import { createExtentReader } from "./extent.ts";
import { FileDatabase } from "./file-database.ts";
import { FileIdentity } from "./file-identity.ts";
import { checkOwner, checkVersion, inspectFile } from "./inspect-file.ts";
import { readLatest } from "./latest-table.ts";
import { lockLog } from "./lock.ts";
import { Meta } from "./meta.ts";
import { MIGRATIONS, type Migration, migrate } from "./schema.ts";
import { asLogError, asReadError } from "./sqlite-error.ts";
import { SqliteLog } from "./sqlite-log.ts";

/** Fewer and larger pages cost less per message: 16 KiB take a quarter off SQLite's default of 4 KiB. */
const PAGE_BYTES = 16_384;
/** In pages, 32 MiB: how much is collected beside the database before it is moved there. */
const CHECKPOINT_PAGES = 2_048;

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
      name: path,
      db,
      meta,
      readExtent: createExtentReader(db, meta),
      readLatest: () => readLatest(db, meta),
      writer: null,
      sync: null,
      pause: setImmediate,
      othersWrote: db.watchOthers(),
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

function prepareDatabase(path: string, db: FileDatabase, migrations: readonly Migration[]): void {
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
  db: FileDatabase,
  options: SqliteLogOptions,
  lock: { release(): void },
): TelemetryLog {
  const { clock, onWarning = () => {}, receiveMaximum = 1_000, retention = {} } = options;
  const now = (): number => (clock === undefined ? Date.now() : clock.now());
  return assembleLog({
    name: path,
    db,
    now,
    random: options.random ?? secureRandom,
    receiveMaximum,
    retention,
    onWarning,
    file: new FileIdentity(path, now),
    // With `synchronous = FULL` a commit is on the disk.
    sync: null,
    pause: setImmediate,
    othersWrote: db.watchOthers(),
    onClose: () => lock.release(),
  });
}

function withDatabase<T>(
  path: string,
  options: { readonly readOnly: boolean },
  work: (db: FileDatabase) => T,
): T {
  let db: FileDatabase | undefined;
  try {
    db = new FileDatabase(path, options);
    return work(db);
  } catch (error) {
    db?.close();
    throw options.readOnly ? asReadError(path, error) : asLogError(path, error);
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
