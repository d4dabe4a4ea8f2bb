import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** A terminal, by script(1) of util-linux. */
const hasTerminal = (() => {
  try {
    return /util-linux/.test(execFileSync("script", ["--version"], { encoding: "utf8" }));
  } catch {
    return false;
  }
})();

test.runIf(hasTerminal)("on a terminal a run writes each line once and takes none back", () => {
  const results = mkdtempSync(join(tmpdir(), "tesa-reporter-"));
  try {
    const run = `stty cols 100 rows 40; exec '${process.execPath}' node_modules/vitest/vitest.mjs run src/summary.test.ts`;
    const screen = execFileSync("script", ["-qec", run, "/dev/null"], {
      cwd: PACKAGE,
      encoding: "utf8",
      // Neither CI nor what this run's own worker was told: vitest would write no live display there anyway.
      env: {
        PATH: process.env.PATH ?? "",
        TERM: "xterm-256color",
        NO_COLOR: "1",
        TESA_TEST_RESULTS: results,
      },
    });
    expect(screen.match(/summary\.test\.ts/g)).toHaveLength(1);
    expect(screen.match(/Test Files/g)).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    expect(screen).not.toMatch(/\u001b\[(\d*A|K)/);
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
});
