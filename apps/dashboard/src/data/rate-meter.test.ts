import { expect, test } from "vitest";
import { RateMeter } from "./rate-meter.ts";

test("the rate is taken over the last full seconds", () => {
  const meter = new RateMeter();
  for (let second = 100; second < 110; second += 1) {
    for (let count = 0; count < second - 99; count += 1) meter.add(second * 1_000 + count);
  }
  expect(meter.perSecond(110_500)).toBe((6 + 7 + 8 + 9 + 10) / 5);
});

test("in the first seconds the rate is taken over the time since the first event", () => {
  const meter = new RateMeter();
  expect(meter.perSecond(5_000)).toBe(0);
  for (let count = 0; count < 10; count += 1) meter.add(10_000);
  expect(meter.perSecond(10_900)).toBe(0);
  expect(meter.perSecond(12_000)).toBe(5);
});

test("what is replayed counts where it belongs, and is no rush", () => {
  const meter = new RateMeter();
  for (let second = 100; second < 160; second += 1) meter.add(second * 1_000);
  expect(meter.perSecond(160_000)).toBe(1);
  expect(meter.history(160_000)).toEqual(Array(60).fill(1));
});

test("after a silence of any length nothing old is counted", () => {
  const meter = new RateMeter();
  meter.add(1_000);
  expect(meter.perSecond(70_000)).toBe(0);
  meter.add(1_000_000);
  expect(meter.history(1_001_000).reduce((sum, count) => sum + count)).toBe(1);
});

test("an event from before the last minute is not counted into another second", () => {
  const meter = new RateMeter();
  meter.add(1_000_000);
  meter.add(900_000, 1_000_000);
  expect(meter.history(1_001_000).reduce((sum, count) => sum + count)).toBe(1);
});

test("where the clock is put back, the count begins anew", () => {
  const meter = new RateMeter();
  for (let second = 7_200; second < 7_260; second += 1) meter.add(second * 1_000);
  for (let second = 3_600; second < 3_610; second += 1) meter.add(second * 1_000);
  expect(meter.perSecond(3_610_000)).toBe(1);
  expect(meter.history(3_610_000).reduce((sum, count) => sum + count)).toBe(10);
});
