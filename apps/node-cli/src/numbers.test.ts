import { expect, test } from "vitest";
import { NumberReader } from "./numbers.ts";

test.each([
  ["1", 1],
  ["2.5", 2.5],
  ["007", 7],
])("NumberReader reads %j as %d", (text, expected) => {
  const numbers = new NumberReader();
  expect(numbers.read("--x", text, { min: 0, max: 10 })).toBe(expected);
  expect(numbers.problems).toEqual([]);
});

test.each(["", " ", "1e1", "0x1", "1,5", "NaN", "Infinity", "11", "-1", "1\u001b[31m"])(
  "NumberReader does not take %j for a number from 0 to 10",
  (text) => {
    const numbers = new NumberReader();
    expect(numbers.read("--x", text, { min: 0, max: 10 })).toBeUndefined();
    expect(numbers.problems).toHaveLength(1);
    expect(numbers.problems[0]).not.toContain("\u001b");
  },
);

test("NumberReader gathers the problems of several flags, and passes over flags that were not given", () => {
  const numbers = new NumberReader();
  numbers.read("--a", undefined, { min: 0, max: 1 });
  numbers.read("--b", "x", { min: 0, max: 1, unit: "seconds" });
  numbers.read("--c", "0.5", { min: 0, max: 1, whole: true });
  expect(numbers.problems).toEqual([
    '--b takes a number of seconds from 0 to 1, not "x".',
    '--c takes a whole number from 0 to 1, not "0.5".',
  ]);
});
