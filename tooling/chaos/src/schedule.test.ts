import { expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { createSchedule, type ScheduleOptions } from "./schedule.ts";

const schedule = (seed: number, options: Partial<ScheduleOptions> = {}) =>
  createSchedule({ random: createRandom(seed, "test"), durationMs: 60_000, kills: 20, cuts: 25, ...options });

test("createSchedule() gives the same faults for the same seed", () => {
  expect(schedule(1)).toEqual(schedule(1));
  expect(schedule(1)).not.toEqual(schedule(2));
});

test("createSchedule() spreads all faults over the run, in the order of time", () => {
  const { cuts, kills, outage } = schedule(4);
  expect(kills).toHaveLength(20);
  expect(cuts).toHaveLength(25);
  for (const faults of [kills, cuts]) {
    const times = faults.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(0);
    expect(times.at(-1)).toBeLessThan(60_000);
  }
  expect(outage.fromMs).toBeGreaterThan(10_000);
  expect(outage.toMs).toBe(outage.fromMs + 12_000);
  expect(outage.toMs).toBeLessThan(60_000);
});

test("createSchedule() lets every n-th kill last longer than a shared session", () => {
  const { kills } = schedule(5, { longPauseEvery: 4 });
  const long = kills.flatMap(({ pauseMs }, index) => (pauseMs > 5_000 ? [index] : []));
  expect(long).toEqual([3, 7, 11, 15, 19]);
  expect(schedule(5).kills.every(({ pauseMs }) => pauseMs <= 400)).toBe(true);
});
