import fc from "fast-check";
import { expect, test } from "vitest";
import { findStringProblems, utf8Length } from "./mqtt-string.ts";

test("utf8Length() counts the bytes that UTF-8 takes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(utf8Length(text)).toBe(Buffer.byteLength(text, "utf8"));
    }),
    { seed: 1 },
  );
  expect(utf8Length("\u007f\u0080\u07ff\u0800\uffff\u{10000}")).toBe(1 + 2 + 2 + 3 + 3 + 4);
});

test("findStringProblems() accepts 65,535 bytes and refuses one more", () => {
  expect(findStringProblems("a".repeat(65_535))).toEqual([]);
  expect(findStringProblems("a".repeat(65_536))).toEqual([expect.stringContaining("65536 bytes")]);
  expect(findStringProblems("°".repeat(32_768))).toEqual([expect.stringContaining("65536 bytes")]);
});

test("findStringProblems() refuses U+0000 and half a surrogate pair", () => {
  expect(findStringProblems("a\u0000b")).toEqual([expect.stringContaining("U+0000")]);
  expect(findStringProblems("a\ud800b")).toEqual([expect.stringContaining("surrogate")]);
  expect(findStringProblems("a\u{1f321}b")).toEqual([]);
});
