import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Retries } from "./retries.ts";
import { DEFAULT_SCHEDULE, parseRetryAfter, stepDelayMs } from "./retry-schedule.ts";

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);

describe("parseRetryAfter()", () => {
  test.each([
    ["120", 120_000],
    [" 7 ", 7_000],
    ["1.5", 1_500],
    ["Mon, 05 Jan 2026 12:01:00 GMT", 60_000],
    ["Monday, 05-Jan-26 12:01:00 GMT", 60_000],
    ["Mon Jan  5 12:01:00 2026", 60_000],
    ["0", 1_000],
    ["Mon, 05 Jan 2026 11:00:00 GMT", 1_000],
    ["999999999", 86_400_000],
    ["Fri, 05 Jan 2046 11:00:00 GMT", 86_400_000],
  ])("takes %j for %i ms", (value, waitMs) => {
    expect(parseRetryAfter(value, NOW)).toBe(waitMs);
  });

  test.each([null, "", "soon", "-5", "5 minutes", "2026-01-05", "1e9", "Infinity"])(
    "takes %j for nothing",
    (value) => {
      expect(parseRetryAfter(value, NOW)).toBeUndefined();
    },
  );
});

test("The default schedule goes from a second to a day, and takes three days and four hours", () => {
  const sorted = [...DEFAULT_SCHEDULE].sort((a, b) => a - b);
  expect(DEFAULT_SCHEDULE).toEqual(sorted);
  expect(DEFAULT_SCHEDULE.at(0)).toBe(1_000);
  expect(DEFAULT_SCHEDULE.at(-1)).toBe(86_400_000);
  const hours = DEFAULT_SCHEDULE.reduce((sum, step) => sum + step, 0) / 3_600_000;
  expect(Math.floor(hours)).toBe(3 * 24 + 4);
});

test("Chance only shortens a step, and never by more than a quarter", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 86_400_000 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (step, chance) => {
        const delay = stepDelayMs(step, () => chance);
        expect(delay).toBeLessThanOrEqual(step);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(step * 0.75));
      },
    ),
  );
});

describe("Retries", () => {
  const open = (schedule: readonly number[]) => new Retries(schedule, () => 0);

  test("goes through the schedule, step by step, and then says that it is over", () => {
    const retries = open([1_000, 5_000]);
    expect(retries.failed({ now: 0 })).toBe(1_000);
    expect(retries.failed({ now: 1_000 })).toBe(6_000);
    expect(retries.failed({ now: 6_000 })).toBeUndefined();
  });

  test("a try before a step is over changes nothing about it", () => {
    const retries = open([1_000, 5_000]);
    retries.failed({ now: 0 });
    expect(retries.failed({ now: 400 })).toBe(1_000);
    expect(retries.failed({ now: 900 })).toBe(1_000);
    expect(retries.failed({ now: 1_000 })).toBe(6_000);
  });

  test("a time that the receiver names uses up no step, and is kept to", () => {
    const retries = open([1_000]);
    expect(retries.failed({ now: 0, retryAfterMs: 9_000 })).toBe(9_000);
    expect(retries.mayEndEarly).toBe(false);
    expect(retries.failed({ now: 9_000, retryAfterMs: 9_000 })).toBe(18_000);
    expect(retries.failed({ now: 18_000 })).toBe(19_000);
    expect(retries.mayEndEarly).toBe(true);
    expect(retries.failed({ now: 19_000 })).toBeUndefined();
  });

  test("begins anew after any answer", () => {
    const retries = open([1_000]);
    retries.failed({ now: 0 });
    expect(retries.isDown).toBe(true);
    retries.reset();
    expect(retries.isDown).toBe(false);
    expect(retries.failed({ now: 5_000 })).toBe(6_000);
  });
});
