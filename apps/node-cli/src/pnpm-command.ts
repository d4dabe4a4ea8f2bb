import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * How this user can call pnpm: by its name where it is installed, else through npx. What npx and pnpm put on the PATH
 * for the time of a command does not count.
 */
export function pnpmCommand(path: string = process.env.PATH ?? ""): string {
  const names = process.platform === "win32" ? ["pnpm.cmd", "pnpm.exe"] : ["pnpm"];
  const folders = path
    .split(delimiter)
    .filter((folder) => folder !== "" && !/node_modules|_npx/.test(folder));
  const isInstalled = folders.some((folder) => names.some((name) => existsSync(join(folder, name))));
  return isInstalled ? "pnpm" : "npx -y pnpm@12";
}

/** How this user can call this program: through pnpm, from the root of the repository. */
export function tesaCommand(): string {
  return `${pnpmCommand()} tesa`;
}

/** A word of a command that is shown to people, in quotes where their shell would take it for something else. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./~-]+$/.test(text)) return text;
  return process.platform === "win32" ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`;
}
