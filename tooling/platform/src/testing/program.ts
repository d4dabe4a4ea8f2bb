import { type ChildProcess, spawn } from "node:child_process";

/** How to start a program. */
export interface ProgramOptions {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Its whole environment, but for PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a run of a program ended. */
export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The messages on standard output. */
  readonly messages: readonly Record<string, unknown>[];
}

/** A running program. What still runs at the end of the test is killed. */
export interface RunningProgram extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** Waits until standard error, or standard output, holds the text. */
  until(where: "stdout" | "stderr", text: string | RegExp): Promise<void>;
  readonly result: Promise<ProgramResult>;
}

const UNTIL_TIMEOUT_MS = 15_000;

/** Starts a program with nothing but the given environment. */
export function startProgram({ command, cwd, env = {} }: ProgramOptions): RunningProgram {
  const output = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    cwd,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const look of waiting) look();
    });
  }
  const result = new Promise<ProgramResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve({ code, signal, ...output, messages: parseLines(output.stdout) });
      for (const look of waiting) look();
    });
  });
  return {
    child,
    result,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    until: (where, text) =>
      new Promise((resolve, reject) => {
        const settle = (conclude: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          conclude();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why} ${text}:\n${JSON.stringify(output)}`)));
        const look = () => {
          const found = typeof text === "string" ? output[where].includes(text) : text.test(output[where]);
          if (found) settle(resolve);
          else if (child.exitCode !== null || child.signalCode !== null) fail("The program ended without");
        };
        const timer = setTimeout(() => fail("In 15 s there was no"), UNTIL_TIMEOUT_MS);
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await result;
    },
  };
}

function parseLines(text: string): Record<string, unknown>[] {
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      // Not every program writes JSON, and a test that wants it compares the number of messages.
      return [];
    }
  });
}
