import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import type { PackageResult } from "./summary.ts";

const NOTES_FILE = "notes.txt";

/** Adds a line to the closing report of the run, such as which broker was used. Does nothing outside of such a run. */
export function noteForReport(line: string): void {
  const folder = process.env.TESA_TEST_RESULTS;
  if (folder !== undefined) appendFileSync(join(folder, NOTES_FILE), `${line}\n`);
}

/** Reads the notes that the tests of all packages left. */
export function readNotes(folder: string): string[] {
  const file = join(folder, NOTES_FILE);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
}

/** Writes the counts of a package where the turbo wrapper adds them up. */
export class SummaryReporter implements Reporter {
  onInit(): void {
    // Replaced at the end; it stays when there is none.
    write({ passed: 0, failed: 1, skipped: 0 }, ["its test runner did not come to an end"]);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state !== "pending") counts[state] += 1;
      }
      // A module that cannot be loaded has no tests to report, but has failed.
      if (module.state() === "failed" && [...module.children.allTests("failed")].length === 0)
        counts.failed += 1;
    }
    const notes: string[] = [];
    // A set-up that fails, an error behind the tests' back, a pattern that finds nothing: no test stands for it.
    if (counts.failed === 0 && (unhandledErrors.length > 0 || counts.passed === 0)) {
      counts.failed = 1;
      notes.push("its test runner failed outside of its tests");
    }
    write(counts, notes);
  }
}

function write(counts: Pick<PackageResult, "passed" | "failed" | "skipped">, notes: readonly string[]): void {
  const folder = process.env.TESA_TEST_RESULTS;
  if (folder === undefined) return;
  const name = process.env.npm_package_name ?? process.cwd();
  const result: PackageResult = { name, ...counts, notes: notes.map((note) => `${name}: ${note}`) };
  writeFileSync(join(folder, `${name.replaceAll(/[^a-z0-9]/gi, "_")}.json`), JSON.stringify(result));
}
