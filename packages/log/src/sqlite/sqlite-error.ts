import { TesaError } from "@tesa/core";

/** A kind of failure. The codes are SQLite's primary result codes (https://sqlite.org/rescode.html). */
interface Failure {
  readonly codes: readonly number[];
  /** How SQLite words it: Deno gives some errors without their code. */
  readonly words: RegExp;
  readonly retryable: boolean;
  readonly text: string;
}

const FAILURES: readonly Failure[] = [
  {
    codes: [13],
    words: /disk is full/,
    retryable: true,
    text: "cannot grow: the disk is full. Free some space; it goes on by itself then",
  },
  {
    codes: [5, 6],
    words: /is locked/,
    retryable: true,
    text: "is locked by another program. End what has it open for writing, such as an sqlite3 shell within a transaction",
  },
  {
    codes: [10],
    words: /disk I\/O error/,
    retryable: true,
    text: "cannot be read or written: the file system reports an input/output error. Look at the disk, its quota and the system's log",
  },
  {
    codes: [7],
    words: /out of memory/,
    retryable: true,
    text: "cannot be written: there is no memory left",
  },
  {
    codes: [15],
    words: /locking protocol/,
    retryable: true,
    text: "cannot be locked just now: other programs open and close it too often",
  },
  {
    codes: [14],
    words: /unable to open/,
    retryable: false,
    text: "cannot be opened. Look at the permissions of the file and its folder, and at the limit of open files",
  },
  {
    codes: [8],
    words: /readonly|read-only/,
    retryable: false,
    text: "may not be written. Look at the permissions of the file and its folder, and whether the file was moved",
  },
  {
    codes: [11],
    words: /malformed/,
    retryable: false,
    text: 'is damaged. Move it away together with its "-wal" file, so that a new log is made; "sqlite3 FILE .recover" saves what can be saved',
  },
  {
    codes: [26],
    words: /not a database/,
    retryable: false,
    text: "is no log, nor any other SQLite database. It was not touched: choose another path for the log",
  },
];

/** TOOBIG, CONSTRAINT, MISMATCH and RANGE: they are about the values of one row. */
const ROW_CODES: ReadonlySet<number> = new Set([18, 19, 20, 25]);

/** CONSTRAINT_PRIMARYKEY and CONSTRAINT_ROWID: the `seq` is taken, so somebody else has written into the log. */
const TAKEN_CODES: ReadonlySet<number> = new Set([1555, 2579]);

/** Whether a row could not be stored for a reason of its own, so that others can. */
export function isRowFailure(error: unknown): boolean {
  const code = resultCode(error);
  if (code !== undefined) return ROW_CODES.has(code & 0xff) && !TAKEN_CODES.has(code);
  // What cannot be bound to a statement at all is refused before SQLite sees it.
  return error instanceof TypeError || error instanceof RangeError || /too big/.test(messageOf(error));
}

/** The failure of a whole log, in words. */
export function asLogError(path: string, error: unknown): TesaError {
  if (error instanceof TesaError) return error;
  const code = resultCode(error);
  const message = messageOf(error);
  const failure = FAILURES.find(({ codes, words }) =>
    code === undefined ? words.test(message) : codes.includes(code & 0xff),
  );
  const text = failure?.text ?? "failed";
  return new TesaError("log", `The log "${path}" ${text} (SQLite: ${message}).`, {
    retryable: failure?.retryable ?? false,
    cause: error,
  });
}

/** CANTOPEN, READONLY: SQLite's own names for a folder in which it may not put its files. */
const FOLDER_CODES: ReadonlySet<number> = new Set([14, 8]);

/** The failure of a log that was to be read only, in words: nobody wanted to write. */
export function asReadError(path: string, error: unknown): TesaError {
  const code = resultCode(error);
  const isFolder =
    code === undefined
      ? /unable to open|readonly|read-only/.test(messageOf(error))
      : FOLDER_CODES.has(code & 0xff);
  if (error instanceof TesaError || !isFolder) return asLogError(path, error);
  return new TesaError(
    "log",
    `The log "${path}" cannot be read where it is: to read it, too, SQLite needs two files beside it, and may not make them ` +
      `in that folder. Copy the log, and its "-wal" file if there is one, to a folder that you may write to (SQLite: ${messageOf(error)}).`,
    { cause: error },
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The extended result code; its lowest byte is the primary one. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return undefined;
  return typeof error.errcode === "number" ? error.errcode : undefined;
}
