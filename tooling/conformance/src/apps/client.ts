import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type Line, parseLine } from "./line.ts";
import type { Manifest } from "./manifest.ts";
import { programOf, RELAY_SECRET } from "./program.ts";
import { readRelay, relayKey } from "./relay-reader.ts";
import { until } from "./until.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** An app under test, running as a child process. */
export interface Client {
  /** The messages that came out of it, on standard output or over its relay, in order. */
  readonly lines: readonly Line[];
  readonly stdout: string;
  readonly stderr: string;
  /** Waits for its end. @throws Error if it does not come within the limit of every wait */
  readonly exit: Promise<Exit>;
  /** `undefined` while it runs. */
  readonly exited: Exit | undefined;
  /** `http://127.0.0.1:<port>`, if it is a relay. */
  readonly origin: string | undefined;
  /** Whether what comes out of it is listened to. */
  readonly isListening: boolean;
  /** Waits until so many messages have come. @throws Error if the app ends before, with what it said */
  untilLines(count: number): Promise<readonly Line[]>;
  untilStderr(pattern: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Stops reading its standard output, as a slow reader does; `resume` goes on. */
  readonly output: Pick<Readable, "pause" | "resume" | "destroy">;
  /** Kills it, if it still runs, and waits for its end. */
  stop(): Promise<void>;
}

/** Starts an app with exactly this environment, but for what finds programs and keeps temporary files. */
export async function startClient(
  manifest: Manifest,
  env: Readonly<Record<string, string>>,
): Promise<Client> {
  const { file, args, cwd, env: own, origin } = await programOf(manifest);
  const child = spawn(file, args, {
    cwd,
    env: { ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // With what it starts itself, it is one group to kill.
    detached: true,
  });
  return new RunningClient(manifest, child, origin);
}

class RunningClient implements Client {
  readonly lines: Line[] = [];
  readonly #ended: Promise<Exit>;
  readonly origin: string | undefined;
  isListening = true;
  stdout = "";
  stderr = "";
  exited: Exit | undefined;
  #unread = "";
  #fault: unknown;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #reading = new AbortController();

  constructor(
    { output }: Manifest,
    child: ChildProcessByStdio<null, Readable, Readable>,
    origin: string | undefined,
  ) {
    this.#child = child;
    this.origin = origin;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      if (output === "stdout") this.#readLines(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    // Its end is told by "exit" even where standard output was given up.
    child.stdout.on("error", () => {});
    this.#ended = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.exited ??= exit;
        this.#reading.abort();
        resolve(this.exited);
      };
      child.once("error", (error) => {
        this.stderr += String(error);
        end({ code: null, signal: null });
      });
      child.once("close", (code, signal) => end({ code, signal }));
    });
    if (origin !== undefined) this.#listen(origin);
  }

  get exit(): Promise<Exit> {
    return until(() => this.exited !== undefined, "end of the app").then(() => this.#ended);
  }

  get output(): Client["output"] {
    return this.#child.stdout;
  }

  async untilLines(count: number): Promise<readonly Line[]> {
    await this.#until(
      () => this.lines.length >= count,
      () => `${count} messages (there are ${this.lines.length})`,
    );
    return this.lines;
  }

  untilStderr(pattern: RegExp): Promise<void> {
    return this.#until(
      () => pattern.test(this.stderr),
      () => `${pattern} on standard error`,
    );
  }

  kill(signal: NodeJS.Signals): void {
    if (this.exited !== undefined || this.#child.pid === undefined) return;
    // SIGKILL strikes whatever it has started too; what ends in order is the app's own affair.
    if (signal === "SIGKILL") killGroup(this.#child.pid);
    else this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.#child.pid !== undefined && this.exited === undefined) this.kill("SIGKILL");
    await this.#ended;
  }

  #listen(origin: string): void {
    this.isListening = false;
    void readRelay({
      origin,
      key: relayKey(RELAY_SECRET),
      onOpen: () => {
        this.isListening = true;
      },
      onEvent: ({ data }) => this.#take(data),
      signal: this.#reading.signal,
    });
  }

  #readLines(text: string): void {
    const parts = (this.#unread + text).split("\n");
    this.#unread = parts.pop() ?? "";
    for (const part of parts) this.#take(part);
  }

  #take(text: string): void {
    try {
      this.lines.push(parseLine(text));
    } catch (error) {
      this.#fault ??= error;
    }
  }

  async #until(condition: () => boolean, what: () => string): Promise<void> {
    await until(() => {
      if (this.#fault !== undefined) throw this.#fault;
      if (condition()) return true;
      if (this.exited === undefined) return false;
      throw new Error(`The app ended (${JSON.stringify(this.exited)}) without ${what()}.`);
    }, what);
  }
}

/** It may have ended by itself in this very moment. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
