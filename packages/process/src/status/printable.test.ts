import { expect, test } from "vitest";
import { printable, printableJson, quote } from "./printable.ts";

test("printable() escapes what a terminal may act on and keeps every other character", () => {
  expect(printable("\u001b[31mred\u0007 \u009b2J \u202eabc \u2028 25 °C 温度 😀")).toBe(
    "\\u{1b}[31mred\\u{7} \\u{9b}2J \\u{202e}abc \\u{2028} 25 °C 温度 😀",
  );
});

test("quote() shortens and puts in quotes", () => {
  expect(quote("abc")).toBe('"abc"');
  expect(quote("x".repeat(100), 5)).toBe('"xxxxx..."');
});

test("printableJson() has no control characters and stands for the same value", () => {
  const value = { a: "\u001b[2J\u009b\u202e\u{e0001}", b: ["°C 😀"] };
  const text = printableJson(value);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(text)).toEqual(value);
});
