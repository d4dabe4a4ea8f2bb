import { spawnSync } from "node:child_process";

/** How often is looked, in milliseconds. */
const INTERVAL_MS = 500;

const RUNNER = /^(npm|npx|pnpm|pnpx|yarn)(-cli)?(\.[cm]?js)?$/;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

/**
 * Calls `onGone` once, when npm or pnpm, by which this process was started, has ended. A signal to npm ends npm and its
 * shell, and reaches nobody else: without this, what they started would go on for ever. Does nothing on Windows, and where
 * there is no `ps`.
 */
export function onRunnerGone(onGone: () => void): void {
  if (process.env.npm_config_user_agent === undefined) return;
  const runners = findRunners();
  if (runners.length === 0) return;
  const timer = setInterval(() => {
    if (runners.every(isRunning)) return;
    clearInterval(timer);
    onGone();
  }, INTERVAL_MS);
  timer.unref();
}

/** The runners right above this process, and the shells between them. A shell above them all is the user's own. */
function findRunners(): readonly number[] {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" });
  const processes = new Map<number, Process>();
  for (const line of (stdout ?? "").split("\n")) {
    const [, pid, parent, args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid !== undefined) processes.set(Number(pid), { pid: Number(pid), parent: Number(parent), args });
  }
  const found: number[] = [];
  const shells: number[] = [];
  for (let at = processes.get(process.ppid); at !== undefined; at = processes.get(at.parent)) {
    if (isRunner(at)) found.push(...shells.splice(0), at.pid);
    else if (/^\S*sh -e?c /.test(at.args)) shells.push(at.pid);
    else break;
  }
  return found;
}

/** As a program of its own, or as a script of Node. */
function isRunner({ args }: Process): boolean {
  const words = args.split(" ").slice(0, 2);
  return words.some((word) => RUNNER.test(word.slice(word.lastIndexOf("/") + 1)));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
