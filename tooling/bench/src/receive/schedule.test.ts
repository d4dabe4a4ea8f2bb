import { expect, test } from "vitest";
import { inTicks, scattered } from "./schedule.ts";

test("inTicks() makes messages due together, once a millisecond", () => {
  const schedule = inTicks(5_000);
  expect([0, 0.9, 1, 1.9, 2, 1_000].map((ms) => schedule.dueBy(ms))).toEqual([0, 0, 5, 5, 10, 5_000]);
  expect(schedule.nextMs(1.2)).toBe(2);
});

test("inTicks() keeps a rate that is no multiple of a thousand", () => {
  const schedule = inTicks(300);
  expect([3, 4, 1_000].map((ms) => schedule.dueBy(ms))).toEqual([0, 1, 300]);
});

test("scattered() keeps the rate over time, and spaces messages unevenly", () => {
  let state = 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const schedule = scattered(1_000, random);
  const gaps: number[] = [];
  let now = 0;
  for (let count = 0; count < 10_000; count += 1) {
    const next = schedule.nextMs(now);
    gaps.push(next - now);
    now = next;
  }
  expect(schedule.dueBy(10_000) / 10_000).toBeCloseTo(1, 1);
  // Of exponential gaps with a mean of 1 ms, 1 - 1/e are shorter than that.
  expect(gaps.filter((gap) => gap < 1).length / gaps.length).toBeCloseTo(0.632, 1);
});
