import type { Summary } from "./summary.ts";

/** What one test run has printed, closed by the summary line of `summarise()`. */
export interface RunOutput {
  readonly name: string;
  readonly text: string;
}

/**
 * Adds several test runs up to one closing line. A run without a summary line, or with one that counts no executed
 * test, is a failure: it must not hide behind the others.
 */
export function addUpRuns(runs: readonly RunOutput[]): Summary {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  for (const { name, text } of runs) {
    const counts = lastSummary(text);
    if (counts === undefined) lines.push(`The test run "${name}" ended without a summary.`);
    else if (counts.passed + counts.failed === 0) lines.push(`The test run "${name}" executed no test.`);
    total.passed += counts?.passed ?? 0;
    total.failed += counts?.failed ?? 0;
    total.skipped += counts?.skipped ?? 0;
  }
  const exitCode = runs.length === 0 || lines.length > 0 || total.failed > 0 ? 1 : 0;
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  lines.push(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return { lines, exitCode };
}

function lastSummary(text: string): { passed: number; failed: number; skipped: number } | undefined {
  const match = [...text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\r?$/gm)].at(-1);
  return match && { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}
