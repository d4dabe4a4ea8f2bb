import { expect, test } from "vitest";
import type { Runtime, Variant } from "./plan.ts";
import { compare, mediansOf, type Sample } from "./ratios.ts";
import { createReport } from "./report.ts";

function sample(
  runtime: Runtime,
  variant: Variant,
  round: number,
  figures: { readonly cpuUs: number; readonly p99Ms: number; readonly missing?: number },
): Sample {
  const { cpuUs, p99Ms, missing = 0 } = figures;
  const measurement = { deliveries: 100, missing, cpuUs, p50Ms: p99Ms / 2, p99Ms, bytesPerDelivery: 600 };
  return { runtime, scenario: "1000x100", variant, round, measurement };
}

/** A slow round and two others: each is compared within itself. */
const samples: readonly Sample[] = [
  sample("node", "plain", 0, { cpuUs: 1_000, p99Ms: 9 }),
  sample("node", "once", 0, { cpuUs: 500, p99Ms: 7 }),
  sample("node", "relay", 0, { cpuUs: 100, p99Ms: 50 }),
  sample("node", "plain", 1, { cpuUs: 8_000, p99Ms: 90 }),
  sample("node", "once", 1, { cpuUs: 4_800, p99Ms: 100 }),
  sample("node", "relay", 1, { cpuUs: 1_000, p99Ms: 120, missing: 2 }),
  sample("node", "plain", 2, { cpuUs: 900, p99Ms: 8 }),
  sample("node", "once", 2, { cpuUs: 400, p99Ms: 8 }),
  sample("node", "relay", 2, { cpuUs: 100, p99Ms: 48 }),
];

test("compare() takes the ratios within each round and their median, and the better peer's latency", () => {
  expect(compare(samples, { runtime: "node", scenario: "1000x100" })).toEqual({
    ratio: { median: 9, min: 8, max: 10 },
    ratioEncodeOnce: { median: 4.8, min: 4, max: 5 },
    p99AddedMs: { median: 40, min: 30, max: 43 },
    p50AddedMs: { median: 20, min: 15, max: 21.5 },
    missing: 2,
  });
  expect(compare(samples, { runtime: "bun", scenario: "1000x100" })).toBeNull();
});

test("mediansOf() has one entry for each variant that ran", () => {
  const medians = mediansOf(samples);
  expect(medians.map(({ variant }) => variant)).toEqual(["plain", "once", "relay"]);
  expect(medians[2]).toMatchObject({ cpuUsPerDelivery: { median: 1, min: 1, max: 10 }, missing: 2 });
});

test("the report has the worse runtime at its top, and both below", () => {
  const bun = [
    sample("bun", "plain", 0, { cpuUs: 700, p99Ms: 9 }),
    sample("bun", "once", 0, { cpuUs: 600, p99Ms: 9 }),
    sample("bun", "relay", 0, { cpuUs: 100, p99Ms: 40 }),
  ];
  const machine = { cores: 2, processor: "test", platform: "test", load: 0 };
  const report = createReport({
    samples: [...samples, ...bun],
    rounds: 3,
    seconds: 1,
    machine,
    versions: {},
  });
  expect(report).toMatchObject({ ratio: 7, ratioEncodeOnce: 4.8, missing: 2, p99AddedMs: 40 });
  expect(report.runtimes.bun).toMatchObject({ ratio: 7, ratioEncodeOnce: 6, missing: 0, p99AddedMs: 31 });
  expect(report.runtimes.node).toMatchObject({ ratio: 9, idleP99AddedMs: null });
});
