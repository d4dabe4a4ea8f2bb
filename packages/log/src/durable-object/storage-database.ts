import type { Database, SqlValue, Statement } from "../sqlite/database.ts";
import type { DurableStorage, StorageCursor, StoredValue } from "./durable-storage.ts";
import { PayloadParts } from "./payload-parts.ts";

/** The database of a Durable Object, with its limits hidden: no row is larger than it allows. */
export class StorageDatabase implements Database {
  readonly payloadLength: string = PayloadParts.length;
  readonly #storage: DurableStorage;
  readonly #parts: PayloadParts;
  #inTransaction = false;

  constructor(storage: DurableStorage) {
    this.#storage = storage;
    this.#parts = new PayloadParts(storage);
  }

  prepare(sql: string): Statement {
    const { sql: database } = this.#storage;
    const read = (values: readonly SqlValue[]): StorageCursor => database.exec(sql, ...values.map(asBinding));
    return {
      run: (...values) => {
        const { bindings, undo } = this.#parts.store(values.map(asBinding));
        try {
          return { changes: database.exec(sql, ...bindings).rowsWritten };
        } catch (error) {
          undo();
          throw error;
        }
      },
      get: (...values) => {
        const [row] = read(values).toArray();
        return row === undefined ? undefined : this.#load(row);
      },
      all: (...values) =>
        read(values)
          .toArray()
          .map((row) => this.#load(row)),
      iterate: (...values) => this.#loadEach(read(values)),
    };
  }

  script(sql: string): void {
    this.#storage.sql.exec(sql);
  }

  write<T>(work: () => T): T {
    this.#inTransaction = true;
    try {
      return this.#storage.transactionSync(work);
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Nobody else has this database. */
  read<T>(work: () => T): T {
    return work();
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  close(): void {
    // The storage belongs to the Durable Object.
  }

  *#loadEach(cursor: StorageCursor): Iterable<unknown> {
    for (const row of cursor) yield this.#load(row);
  }

  #load(row: Record<string, StoredValue>): Record<string, unknown> {
    const loaded: Record<string, unknown> = row;
    for (const [column, value] of Object.entries(row)) {
      if (value instanceof ArrayBuffer) loaded[column] = new Uint8Array(value);
    }
    if (typeof row.payload === "number") loaded.payload = this.#parts.load(row.payload);
    return loaded;
  }
}

/** Workers bind no bigint; nothing here is one. */
function asBinding(value: SqlValue): string | number | null | Uint8Array {
  return typeof value === "bigint" ? Number(value) : value;
}
