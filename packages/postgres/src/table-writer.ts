import { type Telemetry, TesaError } from "@tesa/core";
import type { Connection } from "./connection.ts";
import { encodeRows } from "./encode-rows.ts";
import { Failure } from "./failure.ts";
import type { PreparedTable } from "./prepare-table.ts";
import { foreignRowStatement, insertStatement } from "./table-definition.ts";

/** Messages on their way into the table. */
export interface Batch {
  readonly messages: readonly Telemetry[];
  /** `encodeRows(messages)`, where that has been done ahead. */
  readonly rows?: readonly Buffer[];
}

/** What became of a part of a batch. Called in the order of `seq`; the next part waits for the promise. */
export interface WriteObserver {
  onStored(messages: readonly Telemetry[]): Promise<void>;
  /** The database refuses this message for what is in it. */
  onRefused(message: Telemetry, error: TesaError): Promise<void>;
}

/** Writes batches of one log into the table over one connection. */
export interface TableWriter {
  /**
   * Fulfils when every message is stored or refused. A batch that is refused for the data of a row is halved until that
   * row is found.
   *
   * @throws Failure of any other kind
   */
  write(batch: Batch, observer: WriteObserver): Promise<void>;
}

/** Makes a writer. */
export function createTableWriter(connection: Connection, table: PreparedTable, logId: string): TableWriter {
  const insert = insertStatement(table.name, table.key);
  const findForeignRow = foreignRowStatement(table.name);

  const store = async ({ messages, rows = encodeRows(messages) }: Batch) => {
    const { rowCount } = await connection.query(insert, [logId, ...rows]);
    // Fewer when an earlier try was committed and its answer got lost.
    if (rowCount === messages.length) return;
    const [seqs, times] = rows;
    const found = await connection.query(findForeignRow, [logId, seqs, times]);
    const seq: string | null = found.rows[0].seq;
    if (seq !== null) throw foreignRow(table.name, logId, seq);
  };

  return {
    async write(batch, observer) {
      const { messages } = batch;
      try {
        await store(batch);
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== "row") throw error;
        const [first] = messages;
        if (messages.length === 1 && first !== undefined) return observer.onRefused(first, error.error);
        const half = Math.ceil(messages.length / 2);
        await this.write({ messages: messages.slice(0, half) }, observer);
        return this.write({ messages: messages.slice(half) }, observer);
      }
      return observer.onStored(messages);
    },
  };
}

/** The table holds another message in the place of one: to leave that out would be to lose it. */
function foreignRow(table: string, logId: string, seq: string): Failure {
  return new Failure(
    "lasting",
    new TesaError(
      "config",
      `The table ${table} in PostgreSQL holds another message as number ${seq} of the log ${logId}: that log was copied ` +
        "or restored from an older state. Begin a new log, or give another table.",
    ),
  );
}
