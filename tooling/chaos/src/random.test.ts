import { expect, test } from "vitest";
import { createRandom, pick } from "./random.ts";

test("createRandom() gives the same numbers for the same seed and name, and others for another", () => {
  const numbers = (seed: number, name: string) => {
    const random = createRandom(seed, name);
    return Array.from({ length: 100 }, random);
  };
  expect(numbers(1, "A")).toEqual(numbers(1, "A"));
  expect(numbers(1, "A")).not.toEqual(numbers(2, "A"));
  expect(numbers(1, "A")).not.toEqual(numbers(1, "B"));
});

test("createRandom() gives numbers from 0 up to 1, as many in one half as in the other", () => {
  const random = createRandom(7, "halves");
  const numbers = Array.from({ length: 10_000 }, random);
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  const low = numbers.filter((number) => number < 0.5).length;
  expect(low).toBeGreaterThan(4_800);
  expect(low).toBeLessThan(5_200);
});

test("pick() takes each item", () => {
  const random = createRandom(3, "items");
  const picked = new Set(Array.from({ length: 100 }, () => pick(["a", "b", "c"], random)));
  expect([...picked].sort()).toEqual(["a", "b", "c"]);
});
