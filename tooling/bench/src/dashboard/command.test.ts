import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findChromium } from "dashboard/browser";
import { expect, test } from "vitest";
import { UsageError } from "../usage-error.ts";
import { dashboardCommand } from "./command.ts";
import type { Report } from "./report.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
// The dashboard's own tests say so where there is no Chromium, and fail where there has to be one.
const hasChromium = findChromium() !== undefined;

function bench(...args: string[]) {
  return promisify(execFile)(process.execPath, ["--conditions=tesa-source", main, "dashboard", ...args]);
}

test.skipIf(!hasChromium)(
  "bench dashboard measures the dashboard and its peer, and the dashboard counts every reading",
  async () => {
    const { stdout } = await bench("--quick", "--json", "--seconds", "1", "--rates", "100,500");
    const report: Report = JSON.parse(stdout);
    expect(report).toMatchObject({ bench: "dashboard", view: "fleet", ratePerSecond: 500, missing: 0 });
    expect(report.frameShare).toBeGreaterThan(0);
    expect(report.mainThread).toBeGreaterThan(0);
    expect(report.heapGrowth).toBeGreaterThan(-1);
    expect(Object.keys(report.peer ?? {})).toEqual(["frameShare", "mainThread", "heapGrowth", "missing"]);
    expect(report.rates.map(({ ratePerSecond }) => ratePerSecond)).toEqual([100, 500]);
    for (const { dashboard, peer } of report.rates) {
      expect(dashboard?.missing).toBe(0);
      // Typed arrays are part of it: 15 series of 2,048 points, 16 bytes each.
      expect(dashboard?.heapBytes[0]?.start).toBeGreaterThan(15 * 2_048 * 16);
      expect(peer?.framesPerSecond.median).toBeGreaterThan(0);
    }
    expect(report.versions.chromium).toMatch(/^\d+\./);
  },
  180_000,
);

test.skipIf(!hasChromium)(
  "bench dashboard looks at the device view too, and prints tables for people",
  async () => {
    const { stdout } = await bench(
      "--quick",
      "--seconds",
      "1",
      "--rates",
      "200",
      "--view",
      "device",
      "--only",
      "dashboard",
    );
    expect(stdout).toMatch(/^The device view, 5 devices/);
    expect(stdout).toMatch(/^readings missing +0 +goal at most 0 +reached$/m);
  },
  120_000,
);

test.each([
  [["--rounds", "0"], "--rounds"],
  [["--seconds", "-1"], "--seconds"],
  [["--rates", "1000,many"], "many"],
  [["--devices", "1.5"], "--devices"],
  [["--view", "list"], "list"],
  [["--only", "peer,grafana"], "grafana"],
  [["--fast"], "--fast"],
])("bench dashboard refuses %j", async (args, reason) => {
  const refused = await dashboardCommand(args).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(String(refused)).toContain(reason);
});
