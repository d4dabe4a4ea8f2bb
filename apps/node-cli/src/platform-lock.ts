import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TesaError } from "@tesa/core";
import { quote } from "@tesa/process";

/** A data folder that this process alone uses, until it is disposed of. */
export type PlatformLock = AsyncDisposable;

/**
 * Takes a data folder for this process: two platforms in one folder would write over each other's files. The lock is a
 * file with the process id; that of a process which is no more does not count.
 * @throws TesaError `network` (69) if another platform runs there
 */
export async function lockDataDir(dataDir: string): Promise<PlatformLock> {
  const path = `${dataDir}.lock`;
  const own = `${process.pid}\n`;
  await mkdir(dirname(path), { recursive: true });
  if (!(await create(path, own))) {
    const owner = await ownerOf(path);
    if (owner !== undefined) throw inUse(dataDir, path, owner);
    await rm(path, { force: true });
    // Another one may have been quicker to find the stale lock.
    if (!(await create(path, own))) throw inUse(dataDir, path, await ownerOf(path));
  }
  return {
    async [Symbol.asyncDispose]() {
      if ((await read(path)) === own) await rm(path, { force: true });
    },
  };
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** The process that holds the lock, if it is alive. */
async function ownerOf(path: string): Promise<number | undefined> {
  const pid = Number(await read(path));
  return Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

async function read(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user, which this one may not signal.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function inUse(dataDir: string, path: string, owner: number | undefined): TesaError {
  const who = owner === undefined ? "" : ` (process ${owner})`;
  return new TesaError(
    "network",
    `A platform in a box runs with the data folder ${quote(dataDir)} already${who}. End it, or give this one a folder of ` +
      `its own by --data-dir. If no platform runs there, remove ${quote(path)}.`,
  );
}
