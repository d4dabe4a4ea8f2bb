import { expect, test } from "vitest";
import { hashText, laneOf } from "./lane-of.ts";

test("laneOf() never changes: places on record depend on it", () => {
  expect(["", "a", "device-1", "5a96c9a8-2d2f", "ä°"].map(hashText)).toMatchInlineSnapshot(`
    [
      2872998923,
      444641715,
      489740702,
      3104080831,
      588009944,
    ]
  `);
});

test("laneOf() puts messages without a device into lane 0", () => {
  expect(laneOf(null, 64)).toBe(0);
});

test("laneOf() spreads devices evenly, whatever their ids have in common", () => {
  const families: ((number: number) => string)[] = [
    (number) => `device-${number}`,
    (number) => `5a9600000000000000000000000${String(number).padStart(5, "0")}`,
    (number) => `${number * 16}`,
  ];
  for (const idOf of families) {
    for (const lanes of [2, 4, 7]) {
      const counts = new Array<number>(lanes).fill(0);
      for (let number = 0; number < 7_000; number += 1) {
        const lane = laneOf(idOf(number), lanes);
        counts[lane] = (counts[lane] ?? 0) + 1;
      }
      expect(Math.min(...counts)).toBeGreaterThan((7_000 / lanes) * 0.85);
    }
  }
});
