import { type ChildProcess, spawn } from "node:child_process";

export interface ShellOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A shell command that runs, and what it has written. It ends, with all that it started, when it is disposed of. */
export class Shell implements AsyncDisposable {
  readonly command: string;
  stdout = "";
  stderr = "";
  /** Fulfils with the exit code, or the signal, when it has ended. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcess;

  constructor(command: string, { cwd, env }: ShellOptions) {
    this.command = command;
    // A process group of its own, as in a terminal: a signal reaches what npm and others start, too.
    this.#child = spawn("sh", ["-c", command], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => resolve(code ?? signal));
    });
  }

  /** Sends a signal to the command and all that it started. */
  kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  /** @throws with all output if the command fails, or takes longer than `timeoutMs` */
  async succeed(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.kill("SIGKILL"), timeoutMs);
    const end = await this.ended.finally(() => clearTimeout(timer));
    if (end !== 0) throw new Error(`${this.command} ended with ${end}:\n${this.output}`);
  }

  get output(): string {
    return `${this.stdout}\n${this.stderr}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended.catch(() => {});
  }
}
