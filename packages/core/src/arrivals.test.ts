import { expect, test } from "vitest";
import { Arrivals } from "./arrivals.ts";

test("Arrivals tells by when all had come but the last so many", () => {
  const arrivals = new Arrivals(100);
  for (let at = 1; at <= 10; at += 1) arrivals.add(10, at);
  expect(arrivals.since()).toBeUndefined();
  arrivals.add(10, 11);
  expect(arrivals.since()).toBe(1);
  arrivals.add(5, 12);
  expect(arrivals.since()).toBe(1);
  arrivals.add(500, 13);
  expect(arrivals.since()).toBe(12);
});

test("Arrivals never tells a moment that is too late, however many come", () => {
  const arrivals = new Arrivals(100_000);
  for (let at = 1; at <= 1_000_000; at += 1) {
    arrivals.add(1, at);
    if (at % 9_973 !== 0 || at <= 100_000) continue;
    const since = arrivals.since() ?? Number.POSITIVE_INFINITY;
    expect(since).toBeLessThanOrEqual(at - 100_000);
    expect(since).toBeGreaterThan(at - 100_400);
  }
});
