import fc from "fast-check";
import { expect, test } from "vitest";
import { displayWidth, pad, truncate } from "./width.ts";

test.each([
  ["temperature", 11],
  ["25.5 °C", 7],
  ["温度", 4],
  ["อุณหภูมิ", 5],
  ["e\u0301", 1],
  ["👩‍🔧", 2],
  ["❄\uFE0F", 2],
])("displayWidth() of %j is %i columns", (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test("truncate() cuts between characters, never inside of one, and marks the cut", () => {
  expect(truncate("temperature", 5)).toBe("temp…");
  expect(truncate("temperature", 11)).toBe("temperature");
  expect(truncate("温度計", 5)).toBe("温度…");
  expect(truncate("温度計", 4)).toBe("温…");
  expect(truncate("ae\u0301e\u0301e\u0301", 3)).toBe("ae\u0301…");
  expect(truncate("anything", 0)).toBe("");
});

test("truncate() never gives more columns than it was allowed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, columns) => {
      expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test("truncate() does not let a letter with a thousand accents through", () => {
  expect(truncate(`a${"\u0301".repeat(1_000)}b`, 10).length).toBeLessThan(20);
});

test("pad() fills up to columns, not to characters", () => {
  expect(pad("温度", 6)).toBe("温度  ");
  expect(pad("temperature", 6)).toBe("temperature");
});
