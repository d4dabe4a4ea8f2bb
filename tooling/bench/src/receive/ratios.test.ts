import { expect, test } from "vitest";
import type { Scenario, Variant } from "./plan.ts";
import { mediansOf, noiseOf, otherRatiosOf, ratiosOf, type Sample } from "./ratios.ts";

function sample(round: number, scenario: Scenario, variant: Variant, cpuUs: number, wallUs = 1e6): Sample {
  return { round, scenario, variant, measurement: { cpuUs, wallUs, messages: 1_000 } };
}

test("ratiosOf() compares within a round: a machine at half speed for a while changes nothing", () => {
  const samples = [
    sample(0, "full1000", "stock", 20_000),
    sample(0, "full1000", "memory", 2_000),
    sample(1, "full1000", "stock", 40_000),
    sample(1, "full1000", "memory", 4_000),
    sample(2, "full1000", "stock", 30_000),
    sample(2, "full1000", "memory", 2_500),
  ];
  expect(ratiosOf(samples).memory).toEqual({ median: 10, min: 10, max: 12 });
});

test("durable peers are compared by throughput", () => {
  const samples = [
    sample(0, "full32", "sqlite", 5_000, 50_000),
    sample(0, "full32", "durablePeer", 9_000, 2_000_000),
    sample(0, "full32", "durablePeerSync", 9_000, 1_000_000),
  ];
  expect(ratiosOf(samples).durablePeer?.median).toBe(40);
  expect(otherRatiosOf(samples).durablePeerSync?.median).toBe(20);
});

test("ratiosOf() gives null for what did not run", () => {
  const ratios = ratiosOf([sample(0, "full32", "stock", 1), sample(0, "full32", "memory", 1)]);
  expect(ratios).toMatchObject({ memory32: { median: 1 }, sqlite32: null, durablePeer: null });
});

test("mediansOf() has CPU per message and throughput of each variant in each scenario", () => {
  const samples = [1, 3, 2].map((cpu, round) => sample(round, "steady1000", "stock", cpu * 1_000));
  expect(mediansOf(samples)).toEqual([
    {
      scenario: "steady1000",
      variant: "stock",
      cpuUsPerMessage: { median: 2, min: 1, max: 3 },
      messagesPerSecond: { median: 1_000, min: 1_000, max: 1_000 },
    },
  ]);
  expect(noiseOf(mediansOf(samples))).toBe(1);
});
