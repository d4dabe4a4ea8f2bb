/** What one package's tests came to; each writes one such file into the folder that `TESA_TEST_RESULTS` names. */
export interface PackageResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Lines that the report shall name, such as the broker that was used. */
  readonly notes: readonly string[];
}

/** The closing lines of a test run and its exit code. */
export interface Summary {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/**
 * Sums up a run. A run that executed no test has failed, and so has one whose runner failed although every test that
 * reported did pass (a file that does not compile reports no tests).
 */
export function summarise(results: readonly PackageResult[], runnerExitCode: number): Summary {
  const total = (key: "passed" | "failed" | "skipped") =>
    results.reduce((sum, result) => sum + result[key], 0);
  const executed = total("passed") + total("failed");
  const lines = [...new Set(results.flatMap((result) => result.notes))];
  if (executed === 0) lines.push("No test was executed.");
  else if (runnerExitCode !== 0 && total("failed") === 0) {
    lines.push("A test runner failed outside of its tests; see its output above.");
  }
  const skipped = total("skipped") > 0 ? `, ${total("skipped")} skipped` : "";
  lines.push(`${total("passed")} passed, ${total("failed")} failed${skipped}`);
  const exitCode = runnerExitCode !== 0 ? runnerExitCode : executed === 0 || total("failed") > 0 ? 1 : 0;
  return { lines, exitCode };
}
