import { type BackoffPolicy, type Clock, DEFAULT_BACKOFF, TesaError } from "@tesa/core";
import type { Reader, TelemetryLog } from "@tesa/log";
import { connect } from "./connection.ts";
import { describeTarget, parseConnectionString } from "./connection-string.ts";
import { type Failure, understand } from "./failure.ts";
import { Mirror, type Session } from "./mirror.ts";
import { prepareTable } from "./prepare-table.ts";
import { parseTableName } from "./table-name.ts";
import { createTableWriter } from "./table-writer.ts";

/** Options of {@link openPostgresMirror}. */
export interface PostgresMirrorOptions {
  /** `postgres://user:password@host:5432/database?sslmode=...` */
  readonly connectionString: string;
  readonly log: TelemetryLog;
  readonly clock: Clock;
  /** Gives numbers from 0 up to 1; the waits are spread by it. */
  readonly random: () => number;
  /** `table` or `schema.table`; made when it is missing. @default "telemetry" */
  readonly table?: string;
  /** Rows of one statement, 1 to 10,000. @default 1,000 */
  readonly batchSize?: number;
  /** PEM; the authorities that may sign the server's certificate, instead of those that the runtime trusts. */
  readonly caCertificates?: string;
  /** The name of its cursor in the log. @default made of host, port, database and table: another target begins anew */
  readonly name?: string;
  /** @default {@link DEFAULT_BACKOFF} */
  readonly backoff?: BackoffPolicy;
}

const DEFAULT_BATCH_SIZE = 1_000;
/** What `read()` of a log gives at the most. */
const MAX_BATCH_SIZE = 10_000;

/**
 * Opens a reader that mirrors the log into a table of PostgreSQL: each message is one row there, once, by the id of the
 * log and its `seq`. A server that is away is waited for; the log keeps the place.
 *
 * Fulfils when the table is ready, or when the server could not be reached for now.
 *
 * @throws TesaError `config` or `tls-...` where it would only fail again: wrong connection string, password or database,
 *   a missing privilege, a table of another shape, a certificate that is not trusted
 * @example
 * ```ts
 * await using mirror = await openPostgresMirror({
 *   connectionString: "postgres://tesa@db.example.com/telemetry",
 *   log,
 *   clock: systemClock,
 *   random: Math.random,
 * });
 * mirror.onState((state) => console.error(state));
 * ```
 */
export async function openPostgresMirror(options: PostgresMirrorOptions): Promise<Reader> {
  const { log, clock, random, backoff = DEFAULT_BACKOFF, batchSize = DEFAULT_BATCH_SIZE } = options;
  const target = parseConnectionString(options.connectionString, options.caCertificates);
  const table = parseTableName(options.table ?? "telemetry");
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > MAX_BATCH_SIZE) {
    throw new TesaError(
      "usage",
      `The batch size is ${batchSize}: give a number from 1 to ${MAX_BATCH_SIZE}.`,
    );
  }
  const place = describeTarget(target);
  const abort = new AbortController();

  const openSession = async (): Promise<Session> => {
    const connection = await connect(target, { clock, signal: abort.signal });
    try {
      const prepared = await prepareTable(connection, table);
      return { connection, writer: createTableWriter(connection, prepared, log.id) };
    } catch (error) {
      await connection.end();
      throw error;
    }
  };
  const first = await openSession().catch((error: unknown): Failure => understand(error, place));
  if ("kind" in first && first.kind === "lasting") throw first.error;
  try {
    const cursor = await log.cursor(options.name ?? `postgres:${place}.${options.table ?? "telemetry"}`);
    const { lastSeq } = await log.bounds().catch((error: unknown) => {
      cursor.close();
      throw error;
    });
    return new Mirror({
      log,
      cursor,
      lastSeq,
      clock,
      random,
      backoff,
      batchSize,
      place,
      abort,
      openSession,
      first,
    });
  } catch (error) {
    if ("connection" in first) await first.connection.end();
    throw error;
  }
}
