import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { UsageError } from "../usage-error.ts";
import { ratioNames } from "./baseline.ts";
import { receiveCommand } from "./command.ts";
import { SCENARIOS } from "./plan.ts";
import type { Report } from "./report.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

function bench(...args: string[]) {
  return promisify(execFile)(process.execPath, ["--conditions=tesa-source", main, "receive", ...args]);
}

test("bench receive --quick measures every variant, and all that was sent arrived with the right sum", async () => {
  const { stdout } = await bench("--quick", "--json", "--messages", "2000");
  const report: Report = JSON.parse(stdout);
  expect(Object.keys(report.ratios)).toEqual(ratioNames());
  for (const name of ratioNames()) expect(report.ratios[name]).toBeGreaterThan(0);
  const ran = report.medians.map(({ scenario, variant }) => `${scenario} ${variant}`);
  const expected = Object.keys(SCENARIOS).flatMap((scenario) =>
    ["stock", "memory", "sqlite", ...(scenario === "full32" ? ["durablePeer", "durablePeerSync"] : [])].map(
      (variant) => `${scenario} ${variant}`,
    ),
  );
  expect(ran).toEqual(expected);
  expect(report).toMatchObject({ bench: "receive", rounds: 1, protocolVersion: 5, regressions: [] });
  expect(report.versions.mqtt).toMatch(/^5\./);
}, 120_000);

test("bench receive runs on MQTT 3.1.1 too, and prints a table for people", async () => {
  const { stdout } = await bench(
    "--quick",
    "--protocol",
    "4",
    "--only",
    "stock,memory",
    "--messages",
    "1000",
  );
  expect(stdout).toContain("MQTT 3.1.1");
  expect(stdout).toMatch(/^full speed, window 32 +\d/m);
}, 60_000);

test.each([
  [["--rounds", "0"], "--rounds"],
  [["--messages", "many"], "many"],
  [["--protocol", "3"], "neither 4"],
  [["--only", "stock,aedes"], "aedes"],
  [["--fast"], "--fast"],
])("bench receive refuses %j", async (args, reason) => {
  const refused = await receiveCommand(args).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(String(refused)).toContain(reason);
});
