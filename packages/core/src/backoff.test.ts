import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffDelayMs, DEFAULT_BACKOFF } from "./backoff.ts";

const never = () => 0;

test("backoffDelayMs() doubles from one second up to thirty", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffDelayMs(attempt, DEFAULT_BACKOFF, never));
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("backoffDelayMs() takes away the share that chance says", () => {
  expect(backoffDelayMs(3, DEFAULT_BACKOFF, () => 0.5)).toBe(3_000);
  expect(backoffDelayMs(3, { ...DEFAULT_BACKOFF, jitter: 0 }, () => 0.5)).toBe(4_000);
  expect(backoffDelayMs(3, { ...DEFAULT_BACKOFF, jitter: 1 }, () => 0.5)).toBe(2_000);
});

test("backoffDelayMs() cuts a wait down to whole milliseconds", () => {
  expect(backoffDelayMs(1, DEFAULT_BACKOFF, () => 0.0001)).toBe(999);
});

test("backoffDelayMs() asks for one random number a wait", () => {
  let asked = 0;
  backoffDelayMs(1, DEFAULT_BACKOFF, () => {
    asked += 1;
    return 0;
  });
  expect(asked).toBe(1);
});

test.each([1_000, 1e9, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  "backoffDelayMs() stays at the cap at attempt %d",
  (attempt) => {
    expect(backoffDelayMs(attempt, DEFAULT_BACKOFF, never)).toBe(30_000);
  },
);

test("backoffDelayMs() takes an attempt below 1 for the first", () => {
  expect(backoffDelayMs(0, DEFAULT_BACKOFF, never)).toBe(1_000);
  expect(backoffDelayMs(-5, DEFAULT_BACKOFF, never)).toBe(1_000);
});

test("backoffDelayMs() never begins above the cap", () => {
  expect(backoffDelayMs(1, { ...DEFAULT_BACKOFF, firstMs: 60_000 }, never)).toBe(30_000);
});

test("backoffDelayMs() waits between the jitter's share of the full delay and all of it", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 1, max: 30_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, firstMs, jitter, chance) => {
        const policy = { ...DEFAULT_BACKOFF, firstMs, jitter };
        const full = backoffDelayMs(attempt, policy, never);
        const delay = backoffDelayMs(attempt, policy, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeLessThanOrEqual(full);
        expect(delay).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
        expect(full).toBeLessThanOrEqual(policy.maxMs);
      },
    ),
    { seed: 1 },
  );
});
