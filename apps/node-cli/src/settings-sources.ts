import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { type Environment, type FlagValue, readEnvironment, type VariableName } from "@tesa/process";
import { tesaCommand } from "./pnpm-command.ts";
import { warn } from "./warn.ts";

/** What flags give, by the variable that each stands for. */
export type GivenFlags = Readonly<Partial<Record<VariableName, FlagValue>>>;

/** How this program's user names a log. */
export const LOG_EXAMPLE = "--log sqlite:./telemetry.db";

/**
 * The settings from flags, environment and `.env`: that of the current folder, or else the one beside this app's README.
 * @param dotenv Another file instead; `false` for none.
 */
export function readSources(flags: GivenFlags, dotenv: string | false | undefined): Environment {
  const folders = dotenvFolders();
  return readEnvironment({ flags, env: process.env, envFile: dotenv, folders, warn, whenMissing });
}

/** Where `.env` is looked for: in the current folder, then beside this app's README. */
export function dotenvFolders(): readonly string[] {
  return [process.cwd(), appFolder()];
}

/** A name as `tesa platform` gives it: its files are there only while it runs. */
function whenMissing(path: string): string {
  if (!/^platform(\.\w+)*\.env$/.test(basename(path)))
    return "A relative path starts at the folder you are in.";
  return `It is there while the platform in a box runs: start it first, in the same folder, by: ${tesaCommand()} platform`;
}

/** The folder of this app: `src` and `dist` are both right below it. */
function appFolder(): string {
  return fileURLToPath(new URL("..", import.meta.url));
}
