import { expect, test } from "vitest";
import type { Scenario, Variant } from "./plan.ts";
import type { Sample } from "./ratios.ts";
import { createReport, formatReport, type ReportInput } from "./report.ts";

function sample(scenario: Scenario, variant: Variant, cpuUs: number, wallUs = 1e6): Sample {
  return { round: 0, scenario, variant, measurement: { cpuUs, wallUs, messages: 1_000 } };
}

const input: ReportInput = {
  samples: [
    sample("full1000", "stock", 27_100),
    sample("full1000", "memory", 2_710),
    sample("full32", "sqlite", 5_000, 50_000),
    sample("full32", "durablePeer", 9_000, 1_500_000),
  ],
  baseline: { memory: 12.5, durablePeer: 25 },
  rounds: 1,
  protocolVersion: 5,
  amounts: { messages: 1_000, warmUp: 100, steadySeconds: 1, durableMessages: 10 },
  machine: { cores: 2, processor: "a processor", platform: "linux x64", load: 0.5 },
  versions: { node: "24.0.0", mqtt: "5.16.0" },
};

test("createReport() gives each ratio its goal: what was reached before, if that is more than was asked for", () => {
  const report = createReport(input);
  expect(report.ratios).toEqual({
    memory: 10,
    sqlite: null,
    memory32: null,
    sqlite32: null,
    steady5000: null,
    durablePeer: 30,
  });
  expect(report.goals).toMatchObject({ memory: 12.5, sqlite: 4, durablePeer: 25 });
  expect(report.regressions).toEqual([{ name: "memory", before: 12.5, now: 10 }]);
});

test("formatReport() shows medians, ratios, goals and what was lost", () => {
  const lines = formatReport(createReport(input)).split("\n");
  expect(lines).toContain("REGRESSION: memory is 10.00 and was 12.50: 20 % lost.");
  const line = (start: string) => lines.find((text) => text.startsWith(start));
  expect(line("memory:")).toMatch(/10\.00 +\(10\.00 to 10\.00\) +goal 12\.5 +below$/);
  expect(line("durablePeer:")).toMatch(/30\.00 .* goal 25 +reached$/);
  expect(line("sqlite:")).toMatch(/not run$/);
  expect(line("full speed, window 1,000")).toMatch(/27\.1 \(27\.1 to 27\.1\) +2\.71 \(2\.71 to 2\.71\)$/);
});
