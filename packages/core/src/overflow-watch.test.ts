import { describe, expect, test } from "vitest";
import type { Gap } from "./log.ts";
import { OverflowWatch } from "./overflow-watch.ts";

const QUEUE = 1_000;

/** A watch whose first connection began at 0. */
function begun(queue = QUEUE): OverflowWatch {
  const watch = new OverflowWatch(queue);
  watch.began(0);
  return watch;
}

function come(watch: OverflowWatch, count: number): void {
  for (let index = 0; index < count; index += 1) watch.arrived();
}

/** A look that was asked for and answered at once. */
function look(watch: OverflowWatch, inFlight: number | null, at: number): void {
  watch.looked({ askedAt: at, inFlight }, 0, at);
}

/** A watch that has seen a steady rate for long enough to know it. */
function steady(perSecond: number): { readonly watch: OverflowWatch; readonly now: number } {
  const watch = begun();
  let now = 1_000_000;
  for (let tenth = 0; tenth < 1_000; tenth += 1) {
    now += 100;
    come(watch, perSecond / 10);
    watch.received(perSecond / 10, now);
    look(watch, 0, now);
  }
  return { watch, now };
}

describe("OverflowWatch and the rate", () => {
  test("OverflowWatch tells how long the queue lasts at a steady rate", () => {
    const { now, watch } = steady(100);
    expect(watch.secondsLeft(now)).toBeGreaterThan(9);
    expect(watch.secondsLeft(now)).toBeLessThan(11);
    expect(new OverflowWatch(QUEUE).secondsLeft(0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("OverflowWatch records a possible gap when away for longer than the queue lasts at twice the rate", () => {
    const { now, watch } = steady(100);
    expect(watch.away(now, now + 4_000)).toBeNull();
    expect(watch.away(now, now + 6_000)).toEqual({ kind: "possible", from: now, to: now + 6_000 });
  });

  test("OverflowWatch has nothing to say of an absence when nothing has come", () => {
    expect(begun().away(0, 1e9)).toBeNull();
  });
});

describe("OverflowWatch and looks", () => {
  test("OverflowWatch records a gap as soon as a whole queue has come and no look has shown it empty", () => {
    const watch = begun();
    come(watch, 999);
    expect(watch.takeGap(500, 0)).toBeNull();
    come(watch, 1);
    expect(watch.takeGap(501, 0)).toEqual({ kind: "possible", from: 0, to: 501 });
    expect(watch.takeGap(502, 0)).toBeNull();
  });

  test("OverflowWatch begins a gap with the question whose answer has shown an empty queue", () => {
    const watch = begun();
    come(watch, 500);
    watch.looked({ askedAt: 1_000, inFlight: 0 }, 0, 1_080);
    come(watch, QUEUE);
    expect(watch.takeGap(9_000, 0)).toEqual({ kind: "possible", from: 1_000, to: 9_000 });
  });

  test("OverflowWatch has nothing to say, however much comes, while looks show an empty queue in time", () => {
    const watch = begun();
    for (let now = 0; now < 600_000; now += 50) {
      come(watch, 400);
      // A long way: as many are on it as the window holds, now and then one less.
      look(watch, 32, now);
      come(watch, 400);
      look(watch, 31, now + 25);
      expect(watch.takeGap(now + 25, 0)).toBeNull();
    }
  });

  test("OverflowWatch takes as many in flight at each look for a window that is full", () => {
    const watch = begun();
    const gaps: Gap[] = [];
    for (let now = 100; now <= 60_000; now += 100) {
      come(watch, 32);
      look(watch, 32, now);
      const gap = watch.takeGap(now, 32);
      if (gap !== null) gaps.push(gap);
    }
    // One when the first queue is full, then one in ten seconds: without a hole between them.
    expect(gaps).toHaveLength(6);
    expect(gaps[0]).toEqual({ kind: "possible", from: 0, to: 3_200 });
    for (const [index, gap] of gaps.entries()) expect(gap.from).toBe(index === 0 ? 0 : gaps[index - 1]?.to);
  });

  test("OverflowWatch learns from a fuller window that the one before was not full", () => {
    const watch = begun();
    come(watch, 400);
    look(watch, 12, 400);
    come(watch, 400);
    look(watch, 15, 800);
    come(watch, 400);
    // Since the look at 400, when 12 were in flight and 15 could have been, fewer than 1,000 have come.
    expect(watch.takeGap(1_200, 0)).toBeNull();
    come(watch, 200);
    expect(watch.takeGap(1_400, 0)).toEqual({ kind: "possible", from: 400, to: 1_400 });
  });

  test("OverflowWatch learns nothing from an answer that tells nothing", () => {
    const watch = begun();
    come(watch, 600);
    look(watch, null, 600);
    come(watch, 400);
    expect(watch.takeGap(1_000, 0)).toMatchObject({ from: 0 });
  });

  test("OverflowWatch does not forget a gap that it held back when the queue is empty in the end", () => {
    const watch = begun();
    come(watch, QUEUE);
    expect(watch.takeGap(1_000, 0)).toEqual({ kind: "possible", from: 0, to: 1_000 });
    come(watch, QUEUE);
    expect(watch.takeGap(2_000, 0)).toBeNull();
    look(watch, 0, 2_100);
    expect(watch.takeGap(2_200, 0)).toEqual({ kind: "possible", from: 1_000, to: 2_100 });
    expect(watch.takeGap(90_000, 0)).toBeNull();
  });

  test("OverflowWatch holds no gap back when the connection ends", () => {
    const watch = begun();
    come(watch, QUEUE);
    watch.takeGap(1_000, 0);
    come(watch, QUEUE);
    expect(watch.takeGap(2_000, 0, { isLast: true })).toEqual({ kind: "possible", from: 1_000, to: 2_000 });
  });

  test("OverflowWatch counts on over a lost connection", () => {
    const watch = begun();
    come(watch, 200);
    look(watch, 0, 900);
    come(watch, 600);
    expect(watch.away(1_000, 1_500)).toBeNull();
    come(watch, 400);
    expect(watch.takeGap(2_000, 0)).toEqual({ kind: "possible", from: 900, to: 2_000 });
  });

  test("OverflowWatch does not take one connection's window for that of the next", () => {
    const watch = begun();
    come(watch, 400);
    look(watch, 100, 1_000);
    expect(watch.away(1_000, 1_500)).toBeNull();
    come(watch, 400);
    look(watch, 32, 2_000);
    come(watch, 400);
    expect(watch.takeGap(3_000, 0)).toMatchObject({ from: 0 });
  });

  test("OverflowWatch looks when an eighth of a queue has come since it was empty, or a second has passed", () => {
    const watch = begun();
    expect(watch.isLookDue(999)).toBe(false);
    expect(watch.isLookDue(1_000)).toBe(true);
    come(watch, 124);
    expect(watch.isLookDue(10)).toBe(false);
    come(watch, 1);
    expect(watch.isLookDue(10)).toBe(true);
    look(watch, 0, 10);
    expect(watch.isLookDue(20)).toBe(false);
  });

  test("OverflowWatch looks again after as much when a look has not shown an empty queue", () => {
    const watch = begun();
    come(watch, 125);
    look(watch, 32, 11);
    come(watch, 124);
    expect(watch.isLookDue(1_010)).toBe(false);
    expect(watch.isLookDue(1_011)).toBe(true);
    come(watch, 1);
    expect(watch.isLookDue(12)).toBe(true);
  });

  test("OverflowWatch gives a gap that could not be recorded again, with what has come to it", () => {
    const watch = begun();
    come(watch, QUEUE);
    const gap = watch.takeGap(1_000, 0);
    if (gap === null) throw new Error("There was no gap.");
    watch.putBack(gap);
    expect(watch.settledAt).toBe(0);
    come(watch, QUEUE);
    look(watch, 0, 2_000);
    expect(watch.takeGap(2_100, 0)).toEqual({ kind: "possible", from: 0, to: 2_000 });
  });
});

describe("OverflowWatch and a session that is gone", () => {
  test("OverflowWatch begins a certain gap when all had come and was stored", () => {
    const watch = begun();
    come(watch, 10);
    watch.looked({ askedAt: 400, inFlight: 3 }, 3, 450);
    watch.looked({ askedAt: 500, inFlight: 2 }, 2, 550);
    expect(watch.settledAt).toBe(0);
    watch.acknowledged(2);
    watch.looked({ askedAt: 600, inFlight: 1 }, 2, 650);
    // Two that came before the look at 600 are not stored, and may have been under way before it.
    expect(watch.forgotten(700, 9_000)).toEqual({ kind: "certain", from: 500, to: 9_000 });
  });

  test("OverflowWatch begins anew behind a certain gap", () => {
    const watch = begun();
    come(watch, 999);
    watch.forgotten(700, 9_000);
    come(watch, 999);
    expect(watch.takeGap(10_000, 0)).toBeNull();
  });
});

describe("OverflowWatch and an earlier process", () => {
  test("OverflowWatch counts what came to an earlier process since its queue was last empty", () => {
    const watch = new OverflowWatch(QUEUE);
    expect(watch.away(5_000, 5_600, { rate: 10, caughtUpAt: 3_000, count: 700 })).toBeNull();
    come(watch, 300);
    expect(watch.takeGap(6_000, 0)).toEqual({ kind: "possible", from: 3_000, to: 6_000 });
  });

  test("OverflowWatch records at once that a whole queue had come to an earlier process", () => {
    const watch = new OverflowWatch(QUEUE);
    const gap = watch.away(5_000, 5_600, { rate: 10, caughtUpAt: 3_000, count: QUEUE });
    expect(gap).toEqual({ kind: "possible", from: 3_000, to: 5_600 });
  });

  test("OverflowWatch forgets it when the queue turns out to be empty", () => {
    const watch = new OverflowWatch(QUEUE);
    watch.away(5_000, 5_600, { rate: 10, caughtUpAt: 3_000, count: 700 });
    come(watch, 299);
    look(watch, 0, 5_700);
    come(watch, 999);
    expect(watch.takeGap(6_000, 0)).toBeNull();
  });

  test("OverflowWatch goes by the rate of an earlier process where that was higher", () => {
    const earlier = { rate: 100, caughtUpAt: null, count: 0 };
    expect(new OverflowWatch(QUEUE).away(0, 4_000, earlier)).toBeNull();
    expect(new OverflowWatch(QUEUE).away(0, 6_000, earlier)).toMatchObject({ from: 0, to: 6_000 });
  });

  test("OverflowWatch has it noted when the queue was empty: seldom, and soon when much comes", () => {
    const watch = begun();
    expect(watch.takeNote(100)).toBe(0);
    come(watch, 10);
    look(watch, 0, 200);
    expect(watch.takeNote(4_000)).toBeNull();
    expect(watch.takeNote(5_100)).toBe(200);
    expect(watch.takeNote(60_000)).toBeNull();
    come(watch, 250);
    look(watch, 0, 60_100);
    expect(watch.takeNote(60_200)).toBe(60_100);
    come(watch, 250);
    look(watch, 0, 60_300);
    expect(watch.takeNote(60_400)).toBeNull();
    expect(watch.takeNote(60_700)).toBe(60_300);
  });
});
