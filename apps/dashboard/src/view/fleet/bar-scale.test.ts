import { expect, test } from "vitest";
import { barScale } from "./bar-scale.ts";

test("a single rush does not make a flat line of all other seconds", () => {
  expect(barScale([2, 3, 0, 2, 900, 3, 2])).toBe(12);
});

test("without a rush the highest bar has the full height; without anything there is a scale all the same", () => {
  expect(barScale([2, 3, 4, 8])).toBe(8);
  expect(barScale([0, 0])).toBe(1);
  expect(barScale([])).toBe(1);
});
