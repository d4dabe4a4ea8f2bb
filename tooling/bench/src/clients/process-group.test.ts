import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseStat, readGroupUsage, tickUs } from "./process-group.ts";

test("parseStat() reads group and CPU time of a process whose name holds spaces and parentheses", () => {
  const fields = ["S", 1, 4321, 1, 0, -1, 0, 0, 0, 0, 0, 150, 50, 7, 7, 20];
  expect(parseStat(`77 (a) b ( c) ${fields.join(" ")}`)).toEqual({ groupId: 4321, ticks: 200 });
});

test.runIf(process.platform === "linux")(
  "readGroupUsage() finds what its own group uses, and nothing of a group that is none",
  () => {
    const { groupId } = parseStat(readFileSync("/proc/self/stat", "utf8"));
    const own = readGroupUsage(groupId, tickUs());
    expect(own.cpuUs).toBeGreaterThan(0);
    expect(own.peakBytes).toBeGreaterThan(1e6);
    expect(readGroupUsage(2 ** 30, tickUs())).toEqual({ cpuUs: 0, peakBytes: 0 });
  },
);
