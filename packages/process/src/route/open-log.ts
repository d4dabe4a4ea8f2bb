import { createMemoryTelemetryLog, type Retention, type TelemetryLog } from "@tesa/log";
import type { LogLocation } from "../storage/log-location.ts";

/** What a log is opened with. */
export interface OpenLogOptions {
  readonly location: LogLocation;
  readonly retention: Retention;
  readonly receiveMaximum: number;
  readonly onWarning: (text: string) => void;
}

/**
 * Opens the log that the settings name. The one in memory keeps the newest messages of this process, for those who
 * want to read back; SQLite is imported only where it is used.
 * @throws TesaError `log`
 */
export async function openLog({ location, ...options }: OpenLogOptions): Promise<TelemetryLog> {
  if (location.type === "memory") {
    const { retention, receiveMaximum } = options;
    return createMemoryTelemetryLog({
      random: Math.random,
      clock: { now: Date.now },
      receiveMaximum,
      retention,
    });
  }
  const { openSqliteLog } = await import("@tesa/log/sqlite");
  return await openSqliteLog({ path: location.path, ...options });
}
