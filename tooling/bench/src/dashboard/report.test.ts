import { expect, test } from "vitest";
import { createReport, formatReport, type Sample, verdictOf } from "./report.ts";

const about = {
  rounds: 2,
  seconds: 60,
  devices: 200,
  view: "fleet",
  machine: { cores: 2, processor: "a processor", platform: "linux x64", load: 0.3 },
  versions: { chromium: "156.0" },
} as const;

function sample(
  run: Pick<Sample, "candidate" | "ratePerSecond" | "round">,
  framesPerSecond: number,
  missing = 0,
): Sample {
  return {
    ...run,
    emptyFramesPerSecond: 60,
    measurement: {
      framesPerSecond,
      mainThread: framesPerSecond > 30 ? 0.2 : 0.99,
      mainThreadCpu: 0.1,
      heapBytes: { start: 20e6, end: 21e6 },
      missing,
    },
  };
}

const SAMPLES: readonly Sample[] = [0, 1].flatMap((round) => [
  sample({ candidate: "dashboard", ratePerSecond: 10_000, round }, round === 0 ? 60 : 57),
  sample({ candidate: "peer", ratePerSecond: 10_000, round }, 3, 1_500 * round),
  sample({ candidate: "dashboard", ratePerSecond: 1_000, round }, 30),
]);

test("createReport() gives the figures of the highest rate, medians of the rounds and the most that was missing", () => {
  const report = createReport({ samples: SAMPLES, ...about });
  expect(report).toMatchObject({ bench: "dashboard", ratePerSecond: 10_000, missing: 0, mainThread: 0.2 });
  expect(report.frameShare).toBeCloseTo(0.975);
  expect(report.heapGrowth).toBeCloseTo(0.05);
  expect(report.peer).toMatchObject({ frameShare: 0.05, mainThread: 0.99, missing: 1_500 });
  expect(report.rates.map(({ ratePerSecond }) => ratePerSecond)).toEqual([1_000, 10_000]);
  expect(report.rates[0]?.dashboard?.frameShare).toBe(0.5);
  expect(report.rates[0]?.peer).toBeUndefined();
});

test("createReport() makes nothing up for a page that did not run", () => {
  const samples = SAMPLES.filter(({ candidate }) => candidate === "peer");
  const report = createReport({ samples, ...about });
  expect(report).toMatchObject({ frameShare: null, mainThread: null, heapGrowth: null, missing: null });
  expect(formatReport(report)).toMatch(/not run/);
});

test("formatReport() says of each goal whether it was reached", () => {
  const text = formatReport(createReport({ samples: SAMPLES, ...about }));
  expect(text).toMatch(/^frames, share of the empty page's +0\.97 +0\.05 +goal at least 0\.9 +reached$/m);
  expect(text).toMatch(/^readings not counted +0 +1,500$/m);
});

test.each([
  ["frameShare", 0.9, "reached"],
  ["frameShare", 0.89, "not reached"],
  ["mainThread", 0.49, "reached"],
  ["mainThread", 0.5, "not reached"],
  ["heapGrowth", 0.1, "reached"],
  ["heapGrowth", -0.2, "reached"],
  ["heapGrowth", 0.11, "not reached"],
  ["missing", 0, "reached"],
  ["missing", 1, "not reached"],
  ["missing", null, "not run"],
] as const)("a %s of %s is %s", (name, value, verdict) => {
  expect(verdictOf(name, value)).toBe(verdict);
});
