import { expect, test } from "vitest";
import { createSchedule } from "./simulator-schedule.ts";

test("a schedule gives the first message at once and the others one period apart", () => {
  const schedule = createSchedule({ rate: 10, startMs: 5_000 });
  expect(schedule.take(5_000)).toBe(1);
  expect(schedule.take(5_000)).toBe(0);
  expect(schedule.delayMs(5_000)).toBe(100);
  expect(schedule.take(5_099)).toBe(0);
  expect(schedule.take(5_100)).toBe(1);
});

test.each([0.1, 3, 50, 5_000])("a schedule of %d/s keeps its rate for an hour of late wake-ups", (rate) => {
  const schedule = createSchedule({ rate, startMs: 0, maxBurst: 1_000 });
  let sent = 0;
  let now = 0;
  while (now < 3_600_000) {
    sent += schedule.take(now);
    // Always 7 ms too late, as a busy timer is.
    now += schedule.delayMs(now) + 7;
  }
  expect(Math.abs(sent - rate * 3_600)).toBeLessThanOrEqual(1 + rate * 0.007 * 2);
});

test("a schedule catches up in bursts after a stall", () => {
  const schedule = createSchedule({ rate: 1_000, startMs: 0, maxBurst: 64 });
  schedule.take(0);
  const bursts: number[] = [];
  for (let burst = schedule.take(200); burst > 0; burst = schedule.take(200)) bursts.push(burst);
  expect(bursts).toEqual([64, 64, 64, 8]);
});

test("a schedule gives up what is older than the backlog, and goes on at its rate", () => {
  const schedule = createSchedule({ rate: 10, startMs: 0, maxBacklogMs: 1_000 });
  schedule.take(0);
  expect(schedule.take(60_000)).toBe(11);
  expect(schedule.delayMs(60_000)).toBe(100);
  expect(schedule.take(61_000)).toBe(10);
});

test("a schedule slower than its backlog still sends what is due", () => {
  const schedule = createSchedule({ rate: 0.1, startMs: 0, maxBacklogMs: 1_000 });
  expect([schedule.take(0), schedule.take(9_999), schedule.take(10_000)]).toEqual([1, 0, 1]);
  expect(schedule.take(100_000)).toBe(1);
  expect(schedule.delayMs(100_000)).toBe(9_000);
});
