import { startPostgres } from "@tesa/postgres/testing";
import pg from "pg";
import type { StoredRow } from "./evidence.ts";
import type { Database } from "./faults.ts";
import { keyOf } from "./message.ts";

/** A PostgreSQL server of the run's own, with the mirrors of all runs. */
export interface MirrorServer extends Database, AsyncDisposable {
  readonly connectionString: string;
  /** How many rows a table has; 0 if there is no such table. */
  count(table: string): Promise<number>;
  /** The rows of a table, by the id of their log. */
  read(table: string): Promise<ReadonlyMap<string, readonly StoredRow[]>>;
}

/** PostgreSQL's code for a table that does not exist. */
const UNDEFINED_TABLE = "42P01";

/** Starts it on loopback. @throws Error if there is no PostgreSQL to start */
export async function startMirrorServer(): Promise<MirrorServer> {
  const server = await startPostgres();
  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new pg.Client(server.connectionString);
    // What ends the connection fails the query too.
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === UNDEFINED_TABLE) return [];
      throw error;
    } finally {
      await client.end();
    }
  };
  return {
    connectionString: server.connectionString,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    async count(table) {
      const [row] = await query<{ rows: string }>(`SELECT count(*) AS rows FROM ${table}`);
      return Number(row?.rows ?? 0);
    },
    async read(table) {
      const rows = await query<{ log_id: string; seq: string; payload: Buffer }>(
        `SELECT log_id, seq, payload FROM ${table} ORDER BY log_id, seq`,
      );
      return Map.groupBy(
        rows.map(({ log_id: logId, seq, payload }) => ({ logId, seq: Number(seq), key: keyOf(payload) })),
        ({ logId }) => logId,
      );
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
