import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How to start a worker. */
export interface WorkerOptions {
  readonly name: string;
  /** A folder for its log and what it says; made if it is missing. */
  readonly folder: string;
  /** Flags of `tesa stream` besides `--log`. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Modules to load before the program: the ways to break it on purpose. */
  readonly preload: readonly string[];
}

/** How a worker's process ended that nobody had ended. */
export interface UnexpectedEnd {
  readonly worker: string;
  readonly code: number | null;
  /** The end of what it said. */
  readonly said: string;
}

const CLI = fileURLToPath(new URL("../../../apps/node-cli/src/main.ts", import.meta.url));
/** It gives up by itself after 20 s. */
const TERMINATE_TIMEOUT_MS = 30_000;
/** How long it is left alone when it ended by itself. */
const RESTART_PAUSE_MS = 500;

/** The real `tesa stream` as a child process, over one log for all its lives. */
export class Worker {
  readonly name: string;
  readonly logPath: string;
  readonly saidPath: string;
  readonly #options: WorkerOptions;
  readonly #onUnexpectedEnd: (end: UnexpectedEnd) => void;
  #child: ChildProcess | undefined;
  #exited: Promise<number | null> = Promise.resolve(null);

  constructor(options: WorkerOptions, onUnexpectedEnd: (end: UnexpectedEnd) => void) {
    this.#options = options;
    this.#onUnexpectedEnd = onUnexpectedEnd;
    this.name = options.name;
    mkdirSync(options.folder, { recursive: true });
    this.logPath = join(options.folder, "telemetry.db");
    this.saidPath = join(options.folder, "said.txt");
    // Keeps a developer's own `.env` out.
    writeFileSync(join(options.folder, ".env"), "");
  }

  /** What all of its lives have said on standard error. */
  get said(): string {
    return readFileSync(this.saidPath, "utf8");
  }

  start(): void {
    const { args, env, folder, preload } = this.#options;
    const said = openSync(this.saidPath, "a");
    const imports = preload.map((module) => `--import=${module}`);
    const child = spawn(
      process.execPath,
      [
        "--conditions=tesa-source",
        ...imports,
        "--",
        CLI,
        "stream",
        "--log",
        `sqlite:${this.logPath}`,
        ...args,
      ],
      { cwd: folder, env: { PATH: process.env.PATH ?? "", ...env }, stdio: ["ignore", "ignore", said] },
    );
    closeSync(said);
    this.#child = child;
    this.#exited = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => {
        resolve(code);
        if (this.#child === child) void this.#endedByItself(code);
      });
    });
  }

  /** Ends it by SIGKILL, wherever it is. Gives whether there was a process to kill. */
  async kill(): Promise<boolean> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return false;
    child.kill("SIGKILL");
    await this.#exited;
    appendFileSync(this.saidPath, `--- killed at ${new Date().toISOString()}\n`);
    return true;
  }

  /** Asks it to end (SIGTERM) and gives its exit code; `null` if it had to be killed. */
  async terminate(): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return null;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), TERMINATE_TIMEOUT_MS);
    const code = await this.#exited;
    clearTimeout(timer);
    return code;
  }

  async #endedByItself(code: number | null): Promise<void> {
    this.#child = undefined;
    this.#onUnexpectedEnd({ worker: this.name, code, said: this.said.slice(-2_000) });
    await delay(RESTART_PAUSE_MS);
    if (this.#child === undefined) this.start();
  }
}
