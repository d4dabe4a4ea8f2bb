import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ProgramResult, type RunningProgram, startProgram } from "@tesa/platform/testing";

/** The real program, as `pnpm tesa` starts it. */
export const MAIN: string = fileURLToPath(new URL("../main.ts", import.meta.url));
/** The "--" keeps Node from taking a flag of the program for one of its own. */
export const NODE_ARGS: readonly string[] = ["--conditions=tesa-source", "--"];

/** How to start the program. */
export interface CliOptions {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** @default a folder of its own, with an empty `.env`, removed at the end */
  readonly cwd?: string;
}

/** Starts the program with nothing but the given environment. */
export function startCli({ args, env = {}, cwd }: CliOptions): RunningProgram {
  const folder = cwd ?? emptyFolder();
  const program = startProgram({
    command: [process.execPath, ...NODE_ARGS, MAIN, ...args],
    cwd: folder,
    env,
  });
  if (cwd !== undefined) return program;
  const result = program.result.finally(() => rmSync(folder, { recursive: true, force: true }));
  return Object.defineProperty(program, "result", { value: result });
}

/** Runs the program to its end. */
export async function runCli(options: CliOptions): Promise<ProgramResult> {
  await using cli = startCli(options);
  return await cli.result;
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tesa-cli-"));
  // It keeps a developer's own `.env`, beside the app, out of the tests.
  writeFileSync(join(folder, ".env"), "");
  return folder;
}
