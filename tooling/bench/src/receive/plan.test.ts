import { expect, test } from "vitest";
import { type Amounts, feedPlan, runsOfRound } from "./plan.ts";

const amounts: Amounts = { messages: 10_000, warmUp: 2_000, steadySeconds: 2, durableMessages: 500 };

test("a round has every variant in every scenario, side by side, and the durable peers where they are compared", () => {
  const runs = runsOfRound(["stock", "memory", "durablePeer", "durablePeerSync"]).map(
    ({ scenario, variant }) => `${scenario} ${variant}`,
  );
  expect(runs).toEqual([
    "full1000 stock",
    "full1000 memory",
    "full32 stock",
    "full32 memory",
    "full32 durablePeer",
    "full32 durablePeerSync",
    "steady5000 stock",
    "steady5000 memory",
    "scattered5000 stock",
    "scattered5000 memory",
    "steady1000 stock",
    "steady1000 memory",
  ]);
});

test("at full speed the measurement begins when the warm-up ends", () => {
  expect(feedPlan({ scenario: "full1000", variant: "memory" }, amounts)).toEqual({
    plan: { window: 1_000, pace: null, warmUp: 2_000, total: 12_000 },
    from: 2_000,
  });
});

test("at a steady rate the measurement begins when it has settled, and takes the seconds asked for", () => {
  expect(feedPlan({ scenario: "steady1000", variant: "stock" }, amounts)).toEqual({
    plan: { window: 32, pace: { ratePerSecond: 1_000, arrival: "ticks" }, warmUp: 2_000, total: 8_000 },
    from: 6_000,
  });
});

test.each(["durablePeer", "durablePeerSync"] as const)(
  "%s gets as many messages as it can take",
  (variant) => {
    const { plan } = feedPlan({ scenario: "full32", variant }, amounts);
    expect(plan).toEqual({ window: 32, pace: null, warmUp: 250, total: 750 });
  },
);
