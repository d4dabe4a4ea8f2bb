import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How to start a process of the bench. */
export interface ChildOptions {
  readonly args?: readonly string[];
  /** Where its CPU profile goes; none is made without it. */
  readonly profileFolder?: string | undefined;
  /** The binary of another runtime. @default the Node that runs this process */
  readonly runtime?: string;
}

/** Starts a module of the workspace's source in a process of its own. */
export function startChild(module: URL, options: ChildOptions = {}): ChildProcess {
  const { args = [], profileFolder, runtime = process.execPath } = options;
  const profiling = profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  return fork(fileURLToPath(module), [...args], {
    execPath: runtime,
    execArgv: ["--conditions=tesa-source", ...profiling],
    // Only the bench itself writes to stdout.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
}

/**
 * The next message of a child.
 *
 * @throws Error when it ends before, with what it wrote to stderr, or says nothing for `timeoutMs`
 */
export function nextMessage<T>(child: ChildProcess, what: string, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let complaint = "";
    const onComplaint = (chunk: Buffer) => {
      complaint += chunk.toString();
    };
    const settle = (conclude: () => void) => {
      clearTimeout(timer);
      child.stderr?.off("data", onComplaint);
      child.off("message", onMessage);
      child.off("close", onClose);
      conclude();
    };
    const onMessage = (message: unknown) => settle(() => resolve(message as T));
    const onClose = (code: number | null, signal: string | null) => {
      settle(() =>
        reject(new Error(`${what} ended early (${signal ?? `exit code ${code}`}).\n${complaint}`)),
      );
    };
    const timer = setTimeout(() => {
      settle(() => reject(new Error(`${what} said nothing for ${timeoutMs / 1_000} s.\n${complaint}`)));
    }, timeoutMs);
    child.stderr?.on("data", onComplaint);
    child.on("message", onMessage);
    // Not "exit": what it wrote is there only now.
    child.on("close", onClose);
  });
}

/** Ends a child and waits until it is gone. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
