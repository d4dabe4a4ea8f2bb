import { expect, test } from "vitest";
import { OverflowWatch } from "./overflow-watch.ts";

/** A watch that has seen a steady rate for long enough to know it. */
function steady(perSecond: number, queue = 1_000): { readonly watch: OverflowWatch; readonly now: number } {
  const watch = new OverflowWatch(queue);
  let now = 1_000_000;
  for (let second = 0; second < 100; second += 1) {
    now += 1_000;
    watch.received(perSecond, now);
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

test("OverflowWatch records a possible gap when away for longer than the queue lasts", () => {
  const { now, watch } = steady(100);
  expect(watch.away(now, now + 8_000)).toBeNull();
  expect(watch.away(now, now + 12_000)).toEqual({ kind: "possible", from: now, to: now + 12_000 });
});

test("OverflowWatch goes by the rate of an earlier process before it has seen one itself", () => {
  const watch = new OverflowWatch(1_000, 100);
  expect(watch.away(0, 9_000)).toBeNull();
  expect(watch.away(0, 11_000)).not.toBeNull();
});

test("OverflowWatch records a possible gap when one batch is held for longer than the queue lasts", () => {
  const { now, watch } = steady(100);
  expect(watch.acknowledging(32, now, now + 12_000)).toEqual({
    kind: "possible",
    from: now,
    to: now + 12_000,
  });
});

test("OverflowWatch records possible gaps when the broker's window is full for batch after batch", () => {
  const { now, watch } = steady(640);
  const gaps = [];
  for (let batch = 0; batch < 100; batch += 1) {
    const since = now + 50 * batch;
    watch.received(32, since);
    const gap = watch.acknowledging(32, since, since + 50);
    if (gap !== null) gaps.push(gap);
  }
  // 1,000 messages last 1.6 s at this rate: three stretches of the 5 s, one behind the other.
  expect(gaps).toHaveLength(3);
  expect(gaps[0]?.from).toBe(now);
  expect(gaps[1]?.from).toBe(gaps[0]?.to);
});

test("OverflowWatch takes a busy client that leaves the broker's window open for keeping up", () => {
  const { now, watch } = steady(5_000);
  watch.acknowledging(32, now, now + 1);
  for (let batch = 1; batch < 2_000; batch += 1) {
    const since = now + batch;
    watch.received(5, since);
    expect(watch.acknowledging(5 + (batch % 7), since, since + 1)).toBeNull();
  }
});

test("OverflowWatch takes single messages at a steady rate, and bursts with pauses, for keeping up", () => {
  for (const [size, everyMs] of [
    [1, 100],
    [32, 1_000],
  ] as const) {
    const watch = new OverflowWatch(100);
    for (let now = 0; now < 600_000; now += everyMs) {
      watch.received(size, now);
      expect(watch.acknowledging(size, now, now + 2)).toBeNull();
    }
  }
});
