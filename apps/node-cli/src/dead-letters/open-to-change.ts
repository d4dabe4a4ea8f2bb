import type { TelemetryLog } from "@tesa/log";
import type { Environment } from "@tesa/process";

/**
 * Opens a log that is there already, to change it; a stream must not have it open.
 * @throws TesaError `log`
 */
export async function openToChange(path: string, { record }: Environment): Promise<TelemetryLog> {
  const { openSqliteLog } = await import("@tesa/log/sqlite");
  // Reading makes no file, so that a mistyped path does not.
  await (await openSqliteLog({ path, readOnly: true })).close();
  const receiveMaximum = Number(record.TESA_RECEIVE_MAXIMUM);
  const isSet = Number.isInteger(receiveMaximum) && receiveMaximum > 0;
  return await openSqliteLog({ path, ...(isSet ? { receiveMaximum } : {}) });
}
