import { expect, test } from "vitest";
import { PubackHold } from "./puback-hold.ts";

/** A hold with a clock by hand: `tick()` is 4 ms. */
function open() {
  const timers: (() => void)[] = [];
  let due = 0;
  let now = 1_000;
  const hold = new PubackHold({
    setTimer: (delayMs, callback) => {
      expect(delayMs).toBe(4);
      timers.push(callback);
    },
    onDue: () => {
      due += 1;
    },
  });
  return {
    hold,
    timers,
    due: () => due,
    come: (count: number) => {
      for (let each = 0; each < count; each += 1) hold.came(now);
    },
    tick: (ms = 4) => {
      now += ms;
      for (const callback of timers.splice(0)) callback();
    },
  };
}

test("PubackHold holds fewer than eight for 4 ms, then they are due", () => {
  const { come, due, hold, tick } = open();
  come(3);
  expect(hold.holds(3)).toBe(true);
  come(1);
  expect(hold.holds(4)).toBe(true);
  expect(due()).toBe(0);
  tick();
  expect(due()).toBe(1);
  expect(hold.holds(4)).toBe(false);
  hold.sent(4);
  come(1);
  expect(hold.holds(1)).toBe(true);
});

test("PubackHold never holds half of the most that was under way, or eight if that is more", () => {
  const { come, hold } = open();
  come(7);
  expect(hold.holds(7)).toBe(true);
  come(1);
  expect(hold.holds(8)).toBe(false);
  hold.sent(8);
  come(100);
  hold.sent(100);
  come(50);
  expect([49, 50].map((waiting) => hold.holds(waiting))).toEqual([true, false]);
});

test("PubackHold holds nothing for 250 ms after a hold in which nothing came: the broker waits, or little comes", () => {
  const { come, due, hold, tick } = open();
  come(1);
  expect(hold.holds(1)).toBe(true);
  tick();
  expect(due()).toBe(1);
  hold.sent(1);
  tick(240);
  come(1);
  expect(hold.holds(1)).toBe(false);
  hold.sent(1);
  tick(10);
  come(1);
  expect(hold.holds(1)).toBe(true);
});

test("PubackHold sets a timer for many holds, and none of them lasts longer than twice its time", () => {
  const { come, due, hold, timers, tick } = open();
  for (let each = 0; each < 5; each += 1) {
    come(8);
    expect(hold.holds(4)).toBe(true);
    expect(hold.holds(8)).toBe(false);
    hold.sent(8);
  }
  come(1);
  expect(hold.holds(1)).toBe(true);
  expect(timers).toHaveLength(1);
  tick();
  expect(due()).toBe(0);
  come(1);
  tick();
  expect(due()).toBe(1);
});

test("PubackHold asks for nothing when all was sent before the time was up", () => {
  const { come, due, hold, timers, tick } = open();
  come(2);
  expect(hold.holds(1)).toBe(true);
  hold.sent(2);
  tick();
  expect(due()).toBe(0);
  expect(timers).toHaveLength(0);
});
