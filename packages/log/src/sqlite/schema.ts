import type { Database } from "./database.ts";
import type { FileDatabase } from "./file-database.ts";

/** "TESA" in ASCII: how a log is told from the databases of other programs (https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x54455341;

/** Brings a log from the schema version that is its place in the list to the next one. */
export type Migration = (db: Database) => void;

/**
 * Never edit one that was released: append another.
 *
 * There is no unique index besides the rowid, and no index on messages at all: each row would pay for it. `seq` has no
 * holes and time hardly ever goes back, so a time is found by bisection, and a device by a scan in steps.
 */
export const MIGRATIONS: readonly Migration[] = [
  (db) =>
    db.script(`
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
      CREATE TABLE message (
        seq INTEGER PRIMARY KEY,
        received_at INTEGER,
        bytes_before INTEGER,
        packet_id INTEGER,
        hash TEXT,
        qos INTEGER,
        retained INTEGER,
        device TEXT,
        sensor TEXT,
        timestamp INTEGER,
        format TEXT,
        topic TEXT,
        payload BLOB
      );
      CREATE TABLE rejected (
        id INTEGER PRIMARY KEY,
        at INTEGER,
        after_seq INTEGER,
        error TEXT,
        received_at INTEGER,
        packet_id INTEGER,
        qos INTEGER,
        retained INTEGER,
        topic TEXT,
        bytes INTEGER,
        payload BLOB
      );
      CREATE TABLE mark (id INTEGER PRIMARY KEY, place REAL, packet_id INTEGER, hash TEXT);
      CREATE TABLE latest (device TEXT PRIMARY KEY, live INTEGER, retained INTEGER) WITHOUT ROWID;
      CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER, state TEXT) WITHOUT ROWID;
      CREATE TABLE gap (
        id INTEGER PRIMARY KEY,
        kind TEXT,
        from_time INTEGER,
        to_time INTEGER,
        after_seq INTEGER
      );
      CREATE TABLE dead_letter (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        reader TEXT,
        at INTEGER,
        reason TEXT,
        seq INTEGER,
        received_at INTEGER,
        qos INTEGER,
        retained INTEGER,
        topic TEXT,
        payload BLOB
      );
    `),
];

/** Brings the schema of a file up to date, all steps or none. Gives the version that it had. */
export function migrate(db: FileDatabase, migrations: readonly Migration[]): number {
  return db.write(() => {
    const version = Number(db.pragma("user_version"));
    if (version === 0) db.pragma(`application_id = ${APPLICATION_ID}`);
    for (const up of migrations.slice(version)) up(db);
    if (version < migrations.length) db.pragma(`user_version = ${migrations.length}`);
    return version;
  });
}
