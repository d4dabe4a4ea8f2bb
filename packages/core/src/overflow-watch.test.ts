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
  expect(watch.away(0, 4_000, { rate: 100 })).toBeNull();
  expect(watch.away(0, 6_000, { rate: 100 })).not.toBeNull();
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

/** A client that catches up after a reconnect at 100 s: 32 messages, every 10 ms, until this time. */
function catchingUp(until: number): OverflowWatch {
  const watch = new OverflowWatch(1_000);
  for (let now = 0; now < 99_000; now += 10) {
    watch.received(1, now);
    watch.acknowledging(1, 1, now, now + 1);
  }
  watch.away(99_000, 100_000);
  for (let now = 100_000; now < until; now += 10) {
    watch.received(32, now);
    watch.acknowledging(32, 32, now, now + 5);
  }
  return watch;
}

test("OverflowWatch begins a gap where the oldest began to wait that a lost connection left at the broker", () => {
  const watch = catchingUp(100_100);
  // All that came before 99 s had come at once. What comes after the reconnect may have waited since then.
  const gap = watch.away(100_105, 110_000);
  expect(gap?.kind).toBe("possible");
  expect(gap?.to).toBe(110_000);
  expect(gap?.from).toBe(99_000);
});

test("OverflowWatch begins a certain gap there too: what waited is gone with the session", () => {
  expect(catchingUp(100_100).forgotten(100_105, 100_200).from).toBe(99_000);
});

test("OverflowWatch looks back no further than over as many messages as can wait", () => {
  // 100 full windows, of which the last 1,032 messages came from 99,685 ms on.
  const watch = new OverflowWatch(1_000);
  for (let now = 99_000; now < 100_000; now += 10) {
    watch.received(32, now);
    watch.acknowledging(32, now < 99_800 ? 1 : 32, now, now + 5);
  }
  expect(watch.away(100_000, 110_000)?.from).toBe(99_660);
});

test("OverflowWatch begins no gap before the end of another", () => {
  const watch = catchingUp(100_100);
  const first = watch.away(100_105, 110_000);
  expect(first).not.toBeNull();
  watch.received(32, 110_001);
  watch.acknowledging(32, 32, 110_001, 110_002);
  expect(watch.away(110_002, 160_000)?.from).toBe(110_000);
});

test("OverflowWatch begins a gap where the connection was lost if the client kept up, or nothing came", () => {
  const { now, watch } = steady(100);
  expect(watch.away(now, now + 6_000)?.from).toBe(now);
  const quiet = catchingUp(100_320);
  expect(quiet.away(200_000, 90_000_000, { rate: 1 })?.from).toBe(200_000);
  expect(catchingUp(100_320).forgotten(200_000, 300_000)).toEqual({
    kind: "certain",
    from: 200_000,
    to: 300_000,
  });
});

test("OverflowWatch begins a gap of an earlier process where that says that messages began to wait", () => {
  const watch = new OverflowWatch(1_000);
  expect(watch.away(5_000, 60_000, { rate: 100, waitingSince: 2_000 })).toMatchObject({ from: 2_000 });
  expect(new OverflowWatch(1_000).away(5_000, 60_000, { rate: 100 })).toMatchObject({ from: 5_000 });
});

test("OverflowWatch counts on over a lost connection", () => {
  const watch = new OverflowWatch(1_000);
  let gap = null;
  for (let batch = 0; batch < 40 && gap === null; batch += 1) {
    const now = 10 * batch;
    watch.received(32, now);
    if (batch === 20) expect(watch.away(now - 5, now)).toBeNull();
    gap = watch.acknowledging(32, 32, now, now + 5);
  }
  expect(gap).toEqual({ kind: "possible", from: 0, to: 315 });
});
