import { setTimeout } from "node:timers/promises";
import type { DeadLetters } from "../telemetry-log.ts";
import { FileDatabase } from "./file-database.ts";
import { inspectFile } from "./inspect-file.ts";
import { openSqliteLog } from "./open-sqlite-log.ts";
import { DeadLetterTable } from "./side-tables.ts";
import { asLogError } from "./sqlite-error.ts";

/** How often a change is tried while the stream commits one batch after the other, and how long to wait between, in ms. */
const TRIES = 50;
const RETRY_MS = 50;

/**
 * Opens the dead letters of a log, to read and remove them, while a stream may have the log open for writing: they are in
 * a table of their own, and no place of a message moves.
 *
 * @throws TesaError `log` if there is no log, or it cannot be used
 * @example
 * ```ts
 * await using letters = await openDeadLetters({ path: "./telemetry.db" });
 * for (const { id, reason } of await letters.deadLetters()) console.log(id, reason);
 * ```
 */
export async function openDeadLetters({ path }: { readonly path: string }): Promise<DeadLetters> {
  const log = await openSqliteLog({ path, readOnly: true });
  let db: FileDatabase | undefined;
  let table: DeadLetterTable;
  try {
    db = new FileDatabase(inspectFile(path, { readOnly: true }).path);
    table = new DeadLetterTable(db);
  } catch (error) {
    db?.close();
    await log.close();
    throw asLogError(path, error);
  }
  const letters = db;
  const close = async () => {
    await log.close();
    letters.close();
  };
  return {
    id: log.id,
    epoch: log.epoch,
    deadLetters: (query) => log.deadLetters(query),
    removeDeadLetters: (ids) =>
      untilUnlocked(path, () => letters.write(() => ids.filter((id) => table.remove(id)).length)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function untilUnlocked<T>(path: string, work: () => T): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return work();
    } catch (error) {
      const failure = asLogError(path, error);
      if (!failure.retryable || tries >= TRIES) throw failure;
      await setTimeout(RETRY_MS);
    }
  }
}
