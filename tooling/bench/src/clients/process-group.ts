import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What the processes of a group have used so far. */
export interface GroupUsage {
  /** CPU time, user and system, in microseconds. */
  readonly cpuUs: number;
  /** The sum of the greatest resident sizes of its processes, in bytes. */
  readonly peakBytes: number;
}

/** How long one tick of /proc/<pid>/stat is, in microseconds; a hundredth of a second on every usual kernel. */
export function tickUs(): number {
  return 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}

/** Reads what a process group has used, from /proc: Linux only. Processes that have ended do not count any more. */
export function readGroupUsage(groupId: number, tick: number): GroupUsage {
  let ticks = 0;
  let peakBytes = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(pid);
    if (stat?.groupId !== groupId) continue;
    ticks += stat.ticks;
    peakBytes += peakOf(pid);
  }
  return { cpuUs: ticks * tick, peakBytes };
}

/** See proc_pid_stat(5); the program's name, in parentheses, may hold anything. */
export function parseStat(text: string): { readonly groupId: number; readonly ticks: number } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (field: number) => Number(fields[field - 3]);
  return { groupId: number(5), ticks: number(14) + number(15) };
}

function statOf(pid: string) {
  const text = read(pid, "stat");
  return text === undefined ? undefined : parseStat(text);
}

function peakOf(pid: string): number {
  const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, "status") ?? "") ?? [];
  return Number(kilobytes) * 1_024;
}

/** `undefined` if it has just ended. */
function read(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}
