import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_NAME_LENGTH, storableJson, storableName, storableText, storableTime } from "./storable.ts";

const nasty = fc.string({
  unit: fc.constantFrom("a", "\\", '"', "u0000", "\0", "\ud800", "\udc00", "😀", "\n", "é"),
});

/** The same with every text made storable, as a reference. */
const cleaned = (value: unknown): unknown => {
  if (typeof value === "string") return value.replaceAll("\0", "\ufffd").toWellFormed();
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleaned(key), cleaned(inner)]));
};

test("storableJson() replaces in texts what jsonb refuses, and nothing else", () => {
  const document = fc.array(fc.record({ sensor: nasty, value: fc.oneof(nasty, fc.integer()), unit: nasty }));
  fc.assert(
    fc.property(document, (readings) => {
      const { value, replaced } = storableJson(readings);
      expect(JSON.parse(value)).toEqual(cleaned(readings));
      expect(replaced).toBe(value !== JSON.stringify(readings));
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("storableText() replaces U+0000 and lone surrogates", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const { value, replaced } = storableText(text);
      expect(value).toBe(cleaned(text));
      expect(replaced).toBe(value !== text);
    }),
    { seed: 1 },
  );
});

test("storableName() cuts what an index could not hold, and no character in half", () => {
  expect(storableName("x".repeat(MAX_NAME_LENGTH))).toEqual({
    value: "x".repeat(MAX_NAME_LENGTH),
    replaced: false,
  });
  expect(storableName("x".repeat(MAX_NAME_LENGTH + 1))).toEqual({
    value: "x".repeat(MAX_NAME_LENGTH),
    replaced: true,
  });
  const { value } = storableName(`${"x".repeat(MAX_NAME_LENGTH - 1)}😀`);
  expect(value.isWellFormed()).toBe(true);
});

test.each([
  [-210_866_803_200_000, true],
  [-210_866_803_200_001, false],
  [0, true],
  [9_224_318_015_999_998, true],
  [9_224_318_016_000_000, false],
  [Number.NaN, false],
  [Number.POSITIVE_INFINITY, false],
])("storableTime() of %d fits: %s", (time, fits) => {
  expect(storableTime(time)).toEqual({ value: fits ? time : null, replaced: !fits });
});
