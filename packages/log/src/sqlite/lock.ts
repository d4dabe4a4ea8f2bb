import { TesaError } from "@tesa/core";
import { FileDatabase } from "./file-database.ts";
import { asLogError, messageOf } from "./sqlite-error.ts";

/**
 * Holds a log for this process alone, until `release()` or the end of the process, however it ends.
 *
 * SQLite's own lock on the log would keep readers away too. So a file beside it, `<path>-lock`, is locked in its place:
 * an empty SQLite database with an exclusive transaction that is never committed. The operating system drops the lock
 * with the process. The file stays behind: whoever removed it could let two processes in.
 *
 * @throws TesaError `log` if another process, or this one, has the log open
 */
export function lockLog(path: string): { release(): void } {
  let db: FileDatabase | undefined;
  try {
    db = new FileDatabase(`${path}-lock`);
    db.pragma("busy_timeout = 0");
    db.pragma("journal_mode = MEMORY");
    db.prepare("BEGIN EXCLUSIVE").run();
  } catch (error) {
    db?.close();
    if (!/locked/.test(messageOf(error))) throw asLogError(path, error);
    throw new TesaError(
      "log",
      `The log "${path}" is open for writing already, by another program or by this one. Stop the other, which may have outlived the npx that started it, or take another path. It can be read meanwhile, as tesa history does.`,
      { cause: error },
    );
  }
  const held = db;
  return { release: () => held.close() };
}
