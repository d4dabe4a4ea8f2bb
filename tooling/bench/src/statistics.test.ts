import { expect, test } from "vitest";
import { median, spread } from "./statistics.ts";

test("median() is the middle value, whatever the order", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([10, 2, 9])).toBe(9);
});

test("median() of an even number of values is the mean of the two in the middle", () => {
  expect(median([4, 1, 3, 100])).toBe(3.5);
});

test("median() leaves its argument as it is, and refuses to make up a value", () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
  expect(() => median([])).toThrow(RangeError);
});

test("spread() gives the middle and both ends", () => {
  expect(spread([3, 1, 8])).toEqual({ median: 3, min: 1, max: 8 });
});
