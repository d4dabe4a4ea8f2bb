import type { TelemetryLog } from "@tesa/log";
import { openSqliteLog as openAttentiveLog, type SqliteLogOptions } from "@tesa/log/sqlite";

/**
 * In place of the one of `@tesa/log/sqlite`: it is told at each connection that the broker knows nothing of an earlier
 * one, so that it takes nothing for a redelivery.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<TelemetryLog> {
  const log = await openAttentiveLog(options);
  const connected = log.connected.bind(log);
  return Object.assign(log, { connected: () => connected({ sessionPresent: false }) });
}
