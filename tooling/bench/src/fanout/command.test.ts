import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { UsageError } from "../usage-error.ts";
import { fanoutCommand } from "./command.ts";
import type { Report } from "./report.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

function bench(...args: string[]) {
  return promisify(execFile)(process.execPath, ["--conditions=tesa-source", main, "fanout", ...args]);
}

test("bench fanout measures relay and peers on Node and Bun, and no client misses an event", async () => {
  const { stdout } = await bench("--quick", "--json", "--seconds", "0.2", "--scenario", "10x100");
  const report: Report = JSON.parse(stdout);
  expect(report).toMatchObject({ bench: "fanout", rounds: 1, ratio: null });
  const ran = report.medians.map(({ runtime, scenario, variant }) => `${runtime} ${scenario} ${variant}`);
  const variants = ["plain", "once", "relay"];
  expect(ran).toEqual(
    ["node", "bun"].flatMap((runtime) => variants.map((variant) => `${runtime} 10x100 ${variant}`)),
  );
  for (const { missing, p99Ms } of report.medians) {
    expect(missing).toBe(0);
    expect(p99Ms.median).toBeGreaterThan(0);
  }
  expect(report.versions.bun).toMatch(/^1\./);
}, 120_000);

test("bench fanout gives the four figures for 1,000 clients", async () => {
  const { stdout } = await bench(
    "--json",
    "--rounds",
    "1",
    "--seconds",
    "0.2",
    "--runtime",
    "bun",
    "--scenario",
    "1000x100",
  );
  const report: Report = JSON.parse(stdout);
  expect(report.ratio).toBeGreaterThan(0);
  expect(report.ratioEncodeOnce).toBeGreaterThan(0);
  expect(report.missing).toBe(0);
  expect(report.p99AddedMs).toEqual(expect.any(Number));
  expect(report.runtimes.bun).toMatchObject({ ratio: report.ratio, p99AddedMs: report.p99AddedMs });
}, 120_000);

test("bench fanout prints tables for people", async () => {
  const { stdout } = await bench("--quick", "--seconds", "0.2", "--runtime", "node", "--scenario", "10x100");
  expect(stdout).toMatch(/^node, 10 clients, 100 events\/s +\d/m);
  expect(stdout).toMatch(/not run/);
}, 60_000);

test.each([
  [["--rounds", "0.5"], "--rounds"],
  [["--seconds", "-1"], "--seconds"],
  [["--runtime", "node,deno"], "deno"],
  [["--scenario", "5x5"], "5x5"],
  [["--fast"], "--fast"],
])("bench fanout refuses %j", async (args, reason) => {
  const refused = await fanoutCommand(args).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(String(refused)).toContain(reason);
});
