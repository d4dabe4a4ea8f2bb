/**
 * Runs turbo with the arguments given, and closes a test run with one line, `N passed, N failed`, over all packages.
 * Turbo knows only which tasks failed, not how many tests ran; a run without any would look like a success.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { type PackageResult, summarise } from "./summary.ts";
import { readNotes } from "./vitest-reporter.ts";

const given = process.argv.slice(2);
const isTest = given.includes("test") && !given.some((arg) => arg.startsWith("--dry"));
// One red package must not hide what becomes of the others.
const args =
  isTest && !given.some((arg) => arg.startsWith("--continue")) ? [...given, "--continue=always"] : given;
const results = mkdtempSync(join(tmpdir(), "tesa-test-results-"));
const turbo = join(createRequire(import.meta.url).resolve("turbo/package.json"), "../bin/turbo");
const child = spawn(process.execPath, [turbo, ...args], {
  stdio: "inherit",
  env: {
    ...process.env,
    TESA_TEST_RESULTS: results,
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  },
});
// Ctrl-C reaches turbo by itself, being in the same process group; this process only has to outlive it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));

child.on("close", (code, signal) => {
  const runnerExitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  try {
    if (!isTest) {
      process.exitCode = runnerExitCode;
      return;
    }
    const { lines, exitCode } = summarise(readResults(results), runnerExitCode);
    process.stdout.write(`${lines.join("\n")}\n`);
    process.exitCode = exitCode;
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
});

function readResults(folder: string): PackageResult[] {
  if (!existsSync(folder)) return [];
  const counted = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file): PackageResult => JSON.parse(readFileSync(join(folder, file), "utf8")));
  return [...counted, { name: "notes", passed: 0, failed: 0, skipped: 0, notes: readNotes(folder) }];
}
