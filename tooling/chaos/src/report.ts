import type { RunReport } from "./run.ts";

/** What was asked for, and what came of it. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly broker: string;
  readonly runs: readonly RunReport[];
}

const COUNTS = [
  "published",
  "stored",
  "lost",
  "duplicates",
  "dropped",
  "inGaps",
  "gaps",
  "gapSeconds",
  "mirrored",
  "missingInMirror",
  "strangeInMirror",
  "delivered",
  "missingAtReceiver",
  "deadLetters",
  "rejected",
  "outOfOrder",
  "kills",
  "cuts",
  "requests",
  "failedRequests",
] as const satisfies readonly (keyof RunReport)[];

/** The counts of every run, with the sum of each at the top. */
export function toJson(report: ChaosReport): string {
  const sums = Object.fromEntries(
    COUNTS.map((name) => [name, report.runs.reduce((sum, run) => sum + run[name], 0)]),
  );
  const ok = report.runs.every((run) => run.ok);
  const { seed, seconds, broker, runs } = report;
  return JSON.stringify({ ok, seed, seconds, broker, ...sums, runs }, null, 2);
}

/** The counts as a table, and below it what is wrong. */
export function toText({ runs }: Pick<ChaosReport, "runs">): string {
  const rows = [
    ["", ...runs.map(({ run }) => `run ${run}`)],
    ...COUNTS.map((name) => [name, ...runs.map((run) => String(run[name]))]),
    ["rate reached", ...runs.map(({ rate }) => `${rate}/s`)],
    ["verdict", ...runs.map(({ ok }) => (ok ? "passed" : "FAILED"))],
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   "),
  );
  const problems = runs.flatMap(({ run, problems: found }) =>
    found.map((problem) => `run ${run}: ${problem}`),
  );
  return [...lines, ...(problems.length > 0 ? ["", ...problems] : []), ""].join("\n");
}
