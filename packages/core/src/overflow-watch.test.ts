import { expect, test } from "vitest";
import { OverflowWatch } from "./overflow-watch.ts";

/** A watch that has seen a steady rate for long enough to know it. */
function steady(perSecond: number, queue = 1_000): { readonly watch: OverflowWatch; readonly now: number } {
  const watch = new OverflowWatch(queue);
  let now = 1_000_000;
  for (let tenth = 0; tenth < 1_000; tenth += 1) {
    now += 100;
    watch.received(perSecond / 10, now);
  }
  return { watch, now };
}

test("OverflowWatch knows a steady rate", () => {
  const { now, watch } = steady(100);
  expect(watch.rateAt(now)).toBeGreaterThan(95);
  expect(watch.rateAt(now)).toBeLessThan(110);
  expect(watch.secondsLeft(now)).toBeGreaterThan(9);
  expect(watch.secondsLeft(now)).toBeLessThan(11);
});

test("OverflowWatch has nothing to say while nothing comes", () => {
  const watch = new OverflowWatch(1_000);
  expect(watch.secondsLeft(0)).toBe(Number.POSITIVE_INFINITY);
  expect(watch.away(0, 1e9)).toBeNull();
});

test("OverflowWatch records a possible gap when away for longer than the queue lasts at twice the rate", () => {
  const { now, watch } = steady(100);
  expect(watch.away(now, now + 4_000)).toBeNull();
  expect(watch.away(now, now + 6_000)).toEqual({ kind: "possible", from: now, to: now + 6_000 });
});

test("OverflowWatch goes by the rate of an earlier process where that was higher", () => {
  const watch = new OverflowWatch(1_000);
  expect(watch.away(0, 4_000, 100)).toBeNull();
  expect(watch.away(0, 6_000, 100)).not.toBeNull();
});

test("OverflowWatch records possible gaps, one behind the other, while a full window comes at each acknowledgement", () => {
  const watch = new OverflowWatch(1_000);
  const gaps = [];
  let now = 5_000;
  for (let batch = 0; batch < 100; batch += 1) {
    const gap = watch.acknowledging(32, 32, now, now + 50);
    now += 51;
    if (gap !== null) gaps.push(gap);
  }
  expect(gaps).toHaveLength(3);
  expect(gaps[0]?.from).toBe(5_000);
  expect(gaps[1]?.from).toBe(gaps[0]?.to);
  expect(gaps[2]?.from).toBe(gaps[1]?.to);
});

test("OverflowWatch takes a pause of an overloaded machine for no end of a stretch", () => {
  const watch = new OverflowWatch(1_000);
  const gaps = [];
  let now = 0;
  for (let batch = 0; batch < 40; batch += 1) {
    const gap = watch.acknowledging(32, 32, now, now + 50);
    now += batch % 10 === 1 ? 850 : 51;
    if (gap !== null) gaps.push(gap);
  }
  expect(gaps).toMatchObject([{ from: 0 }]);
});

test("OverflowWatch counts one long stop from its beginning, once as much as a full queue came after it", () => {
  const watch = new OverflowWatch(1_000);
  expect(watch.acknowledging(32, 32, 0, 3_600_000)).toBeNull();
  let gap = null;
  for (let batch = 1; batch < 32 && gap === null; batch += 1) {
    gap = watch.acknowledging(32, 32, 3_600_000 + batch, 3_600_001 + batch);
  }
  expect(gap).toMatchObject({ kind: "possible", from: 0 });
});

test("OverflowWatch has nothing to say after a stop that less than a full queue follows", () => {
  const watch = new OverflowWatch(1_000);
  watch.acknowledging(32, 32, 0, 3_600_000);
  for (let batch = 1; batch < 29; batch += 1) {
    expect(watch.acknowledging(32, 32, 3_600_000 + batch, 3_600_001 + batch)).toBeNull();
  }
  expect(watch.acknowledging(3, 3, 3_600_100, 3_600_101)).toBeNull();
  for (let batch = 0; batch < 20; batch += 1) {
    expect(watch.acknowledging(32, 32, 3_601_000 + batch, 3_601_001 + batch)).toBeNull();
  }
});

test("OverflowWatch takes a busy client that leaves the broker's window open for keeping up", () => {
  const watch = new OverflowWatch(1_000);
  watch.acknowledging(32, 32, 0, 1);
  for (let batch = 1; batch < 2_000; batch += 1) {
    expect(watch.acknowledging(5, 5 + (batch % 7), batch, batch + 1)).toBeNull();
  }
});

test("OverflowWatch takes single messages at a steady rate, and bursts with pauses, for keeping up", () => {
  for (const [size, everyMs] of [
    [1, 100],
    [32, 1_000],
  ] as const) {
    const watch = new OverflowWatch(100);
    for (let now = 0; now < 600_000; now += everyMs) {
      expect(watch.acknowledging(size, size, now, now + 2)).toBeNull();
    }
  }
});
