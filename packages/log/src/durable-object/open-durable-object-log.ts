import { type Clock, TesaError } from "@tesa/core";
import { checkedRetention } from "../retention.ts";
import { assembleLog } from "../sqlite/assemble-log.ts";
import { type Database, one } from "../sqlite/database.ts";
import { MIGRATIONS } from "../sqlite/schema.ts";
import { asLogError } from "../sqlite/sqlite-error.ts";
import type { Retention, TelemetryLog } from "../telemetry-log.ts";
import type { DurableStorage } from "./durable-storage.ts";
import { PayloadParts } from "./payload-parts.ts";
import { StorageDatabase } from "./storage-database.ts";

/** Options of {@link openDurableObjectLog}. */
export interface DurableObjectLogOptions {
  /** `ctx.storage` of a Durable Object whose class is listed in `new_sqlite_classes`. */
  readonly storage: DurableStorage;
  /** What messages call the log. @default "of the Durable Object" */
  readonly name?: string;
  /** Only the time is asked for, for the age of messages. @default the system's time */
  readonly clock?: Pick<Clock, "now">;
  /** Gives numbers from 0 up to 1; the ids are made of it. @default the runtime's secure random numbers */
  readonly random?: () => number;
  /** What is not limited is kept for ever; a Durable Object holds 10 GB. @default no limit */
  readonly retention?: Retention;
  /** How many messages the broker may have unacknowledged; the stream's own setting. @default 1,000 */
  readonly receiveMaximum?: number;
  /** Told of what a user should know and nothing has to be done about at once. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens a log in the storage of a Durable Object, and makes it if there is none. A message outlasts the Durable Object
 * when `append()` has fulfilled. Open it once, such as within `blockConcurrencyWhile()`.
 *
 * @throws TesaError `log` if the storage cannot be used or is of a later release; `usage` if an option is wrong
 * @example
 * ```ts
 * const log = await openDurableObjectLog({ storage: this.ctx.storage, retention: { maxBytes: 1e9 } });
 * ```
 */
export async function openDurableObjectLog(options: DurableObjectLogOptions): Promise<TelemetryLog> {
  const { clock, name = "of the Durable Object", onWarning = () => {}, storage } = options;
  const retention = checkedRetention(options.retention ?? {});
  const db = new StorageDatabase(storage);
  try {
    db.write(() => migrate(name, db));
    return assembleLog({
      name,
      db,
      now: () => (clock === undefined ? Date.now() : clock.now()),
      random: options.random ?? secureRandom,
      receiveMaximum: options.receiveMaximum ?? 1_000,
      retention,
      onWarning,
      // The storage cannot be taken away from under the object that has it.
      file: { check: () => {} },
      sync: () => storage.sync(),
      pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
      othersWrote: () => false,
      onClose: () => {},
    });
  } catch (error) {
    throw asLogError(name, error);
  }
}

/** The version stands in a table: Durable Objects allow no `PRAGMA user_version`. */
function migrate(name: string, db: Database): void {
  db.script("CREATE TABLE IF NOT EXISTS log_schema (version INTEGER)");
  const version = one<{ version: number }>(db.prepare("SELECT version FROM log_schema"))?.version ?? 0;
  if (version > MIGRATIONS.length) {
    throw new TesaError(
      "log",
      `The log "${name}" has schema version ${version}; this release knows ${MIGRATIONS.length}. It was not touched: deploy the newer release that made it.`,
    );
  }
  for (const up of MIGRATIONS.slice(version)) up(db);
  db.script(PayloadParts.schema);
  if (version === MIGRATIONS.length) return;
  db.prepare("DELETE FROM log_schema").run();
  db.prepare("INSERT INTO log_schema VALUES (?)").run(MIGRATIONS.length);
}

function secureRandom(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  // 53 bits, as many as a number holds.
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
