import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** How long to wait for a lock that another program holds on the file, in ms: the event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 100;

/** An SQLite file with its transactions. Only what Node, Bun and Deno all have is used. */
export class FileDatabase implements Database {
  readonly payloadLength = "length(payload)";
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #beginRead: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  /** @param path A file's path, or a `file:` URL. */
  constructor(path: string | URL, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#db = new DatabaseSync(path, { readOnly });
    this.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#begin = this.#db.prepare("BEGIN IMMEDIATE");
    this.#beginRead = this.#db.prepare("BEGIN");
    this.#commit = this.#db.prepare("COMMIT");
    this.#rollback = this.#db.prepare("ROLLBACK");
  }

  prepare(sql: string): StatementSync {
    return this.#db.prepare(sql);
  }

  /** Several statements without parameters. On Deno its errors have no code; elsewhere `prepare` is better. */
  script(sql: string): void {
    this.#db.exec(sql);
  }

  /** Reads or sets a pragma; gives the first value of the answer. */
  pragma(text: string): unknown {
    const row = this.#db.prepare(`PRAGMA ${text}`).get();
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /** Gives what tells whether another connection has committed since it was asked last. */
  watchOthers(): () => boolean {
    const version = this.#db.prepare("PRAGMA data_version");
    let last = version.get()?.data_version;
    return () => {
      const before = last;
      last = version.get()?.data_version;
      return last !== before;
    };
  }

  /** All of `work` becomes final at once, or nothing of it. */
  write<T>(work: () => T): T {
    return this.#within(this.#begin, work);
  }

  /** `work` sees one state of the log, whatever others write meanwhile. */
  read<T>(work: () => T): T {
    return this.#within(this.#beginRead, work);
  }

  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  close(): void {
    this.#db.close();
  }

  #within<T>(begin: StatementSync, work: () => T): T {
    begin.run();
    try {
      const result = work();
      this.#commit.run();
      return result;
    } catch (error) {
      // SQLite may have ended the transaction itself, as it does when the disk is full.
      if (this.#db.isTransaction) this.#rollback.run();
      throw error;
    }
  }
}
