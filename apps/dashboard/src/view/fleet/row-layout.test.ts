import { expect, test } from "vitest";
import { rowLayout } from "./row-layout.ts";

test("a line has as many values as the list has room for, and at least one", () => {
  const widths = [288, 328, 500, 599, 600, 720, 772, 976, 1_232, 1_392, 1_552];
  const slots = widths.map((width) => rowLayout(width, 20).slots);
  expect(slots[0]).toBe(1);
  expect(Math.min(...slots)).toBe(1);
  expect(rowLayout(720, 20).slots).toBeGreaterThanOrEqual(3);
  expect(rowLayout(1_392, 20).slots).toBeGreaterThanOrEqual(7);
});

test("the parts of a line are never wider together than the list", () => {
  for (let width = 288; width <= 1_600; width += 1) {
    const { columns, slots, isNarrow } = rowLayout(width, 20);
    const least = columns.split(" ").map((column) => Number(/^(?:minmax\()?(\d+)/.exec(column)?.[1]));
    const values = slots * 108 + (slots - 1) * 16;
    const sum = least.reduce((total, part) => total + part, 0) + (columns.split(" ").length - 1) * 16 + 32;
    // What the values need stands in the columns of a narrow list, and is what is left in a wide one.
    expect(isNarrow ? sum + 100 : sum + values).toBeLessThanOrEqual(width);
  }
});

test("no column is kept for values that no device has", () => {
  expect(rowLayout(1_392, 2).slots).toBe(2);
  expect(rowLayout(1_392, 0).slots).toBe(1);
});
