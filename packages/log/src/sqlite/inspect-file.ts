import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TesaError } from "@tesa/core";
import { one } from "./database.ts";
import { FileDatabase } from "./file-database.ts";
import { APPLICATION_ID } from "./schema.ts";
import { asLogError, messageOf } from "./sqlite-error.ts";

/** What lies at the path of a log. */
export interface LogFile {
  /** Without symbolic links, so that one log has one name. */
  readonly path: string;
  /** `null`: there is nothing yet, or an empty file. */
  readonly version: number | null;
}

/**
 * Looks whether there is a log, without changing anything: a file of somebody else's keeps every byte, and no file
 * appears beside it.
 *
 * @throws TesaError `usage` if the path is no path; `log` if there is something else, or it cannot be looked at
 */
export function inspectFile(path: string, { readOnly }: { readonly readOnly: boolean }): LogFile {
  if (path === "" || path.startsWith(":") || path.startsWith("file:") || path.includes("\u0000")) {
    throw new TesaError("usage", `"${path}" is no path of a file: give one such as "./telemetry.db".`);
  }
  const stats = look(path, () => statSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return { path: findPlace(path, { readOnly }), version: null };
  checkKind(path, stats);
  const real = look(path, () => realpathSync(path));
  return { path: real, version: stats.size === 0 ? null : readVersion(path, real) };
}

function findPlace(path: string, { readOnly }: { readonly readOnly: boolean }): string {
  if (readOnly) throw new TesaError("log", `There is no log at "${path}". Look at the path.`);
  const folder = dirname(resolve(path));
  const stats = look(path, () => statSync(folder, { throwIfNoEntry: false }));
  if (stats === undefined) {
    throw new TesaError(
      "log",
      `The log "${path}" cannot be made: there is no folder "${folder}". Make it first.`,
    );
  }
  if (!stats.isDirectory()) {
    throw new TesaError("log", `The log "${path}" cannot be made: "${folder}" is no folder.`);
  }
  const place = join(
    look(path, () => realpathSync(folder)),
    basename(path),
  );
  if (look(path, () => lstatSync(place, { throwIfNoEntry: false })) === undefined) return place;
  // It would be made under another name, and that one locked later.
  throw new TesaError("log", `"${path}" is a symbolic link to nothing: give the path that is meant.`);
}

function checkKind(path: string, stats: Stats): void {
  if (stats.isDirectory()) {
    throw new TesaError(
      "log",
      `"${path}" is a folder: give the path of a file in it, such as "${join(path, "telemetry.db")}".`,
    );
  }
  if (!stats.isFile())
    throw new TesaError("log", `"${path}" is no regular file: a log cannot be kept in it.`);
}

/**
 * "immutable" makes SQLite read the file as it is: no lock, no recovery, no file beside it (https://sqlite.org/uri.html).
 * Deno takes no such URL where it was not given all permissions: there it is opened like any other, to be read only.
 */
function readVersion(path: string, real: string): number | null {
  const url = pathToFileURL(real);
  url.search = "?immutable=1";
  let db: FileDatabase | undefined;
  try {
    db = openImmutable(url) ?? new FileDatabase(real, { readOnly: true });
    return checkOwner(path, db);
  } catch (error) {
    throw asLogError(path, error);
  } finally {
    db?.close();
  }
}

function openImmutable(url: URL): FileDatabase | undefined {
  try {
    return new FileDatabase(url, { readOnly: true });
  } catch (error) {
    if (/unable to open|Requires read access/.test(messageOf(error))) return undefined;
    throw error;
  }
}

/** The schema version, or `null` for a database that nobody has put anything into. @throws TesaError `log` */
export function checkOwner(path: string, db: FileDatabase): number | null {
  const owner = Number(db.pragma("application_id"));
  const version = Number(db.pragma("user_version"));
  if (owner === APPLICATION_ID) return version;
  const tables = one<{ count: number }>(db.prepare("SELECT count(*) AS count FROM sqlite_master"));
  if (owner === 0 && version === 0 && tables?.count === 0) return null;
  throw new TesaError(
    "log",
    `"${path}" is the database of another program. It was not touched: choose another path for the log.`,
  );
}

/** @throws TesaError `log` if the log was made by a later release of this software */
export function checkVersion(path: string, version: number, known: number): void {
  if (version <= known) return;
  throw new TesaError(
    "log",
    `The log "${path}" has schema version ${version}; this release knows ${known}. It was not touched: use the newer release that made it, or another path.`,
  );
}

function look<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new TesaError("log", `The log "${path}" cannot be looked at (${messageOf(error)}).`, {
      cause: error,
    });
  }
}
