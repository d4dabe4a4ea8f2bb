/** What SQLite in a Durable Object gives for a column. */
export type StoredValue = string | number | null | ArrayBuffer;

/** The rows of a query, as far as they have been read. */
export interface StorageCursor extends Iterable<Record<string, StoredValue>> {
  toArray(): Record<string, StoredValue>[];
  readonly rowsWritten: number;
}

/**
 * What the log needs of the storage of a Durable Object with SQLite: `ctx.storage`. It is spelt out here so that the
 * package needs no types of Workers
 * (https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/).
 */
export interface DurableStorage {
  readonly sql: {
    exec(query: string, ...bindings: (string | number | null | Uint8Array)[]): StorageCursor;
  };
  transactionSync<T>(work: () => T): T;
  /** Fulfils when everything written so far is safe. */
  sync(): Promise<void>;
}
