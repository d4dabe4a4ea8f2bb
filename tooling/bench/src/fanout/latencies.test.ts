import { expect, test } from "vitest";
import { Latencies } from "./latencies.ts";

test("quantile() is the time within which that share was done", () => {
  const latencies = new Latencies();
  for (let ms = 1; ms <= 100; ms += 1) latencies.add(ms);
  expect(latencies.quantile(0.5)).toBeCloseTo(50);
  expect(latencies.quantile(0.99)).toBeCloseTo(99);
  expect(latencies.quantile(1)).toBeCloseTo(100);
});

test("bins of several processes add up", () => {
  const [one, other, both] = [new Latencies(), new Latencies(), new Latencies()];
  one.add(0.1);
  one.add(5);
  other.add(5);
  other.add(-0.3);
  for (const [bin, count] of [...one.bins, ...other.bins]) both.addBin(bin, count);
  expect(both.count).toBe(4);
  expect(both.quantile(0.25)).toBe(0);
  expect(both.quantile(0.5)).toBeCloseTo(0.1);
  expect(both.quantile(0.75)).toBeCloseTo(5);
});

test("quantile() of nothing is an error", () => {
  expect(() => new Latencies().quantile(0.5)).toThrow(RangeError);
});
