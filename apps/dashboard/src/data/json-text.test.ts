import fc from "fast-check";
import { expect, test } from "vitest";
import { indentJson } from "../view/device/indent-json.ts";
import { elementTexts, memberText } from "./json-text.ts";

test("parts of a JSON text keep the digits that were sent", () => {
  const json = '{ "a,]": [1, {"level" : 12345678901234567890}, 1e400 ,"\\"}" ,[ ]], "next":null }';
  expect(memberText(json, "next")).toBe("null");
  expect(memberText(json, "none")).toBeNull();
  expect(memberText("[1]", "next")).toBeNull();
  expect(elementTexts(memberText(json, "a,]") ?? "")).toEqual([
    "1",
    '{"level" : 12345678901234567890}',
    "1e400",
    '"\\"}"',
    "[ ]",
  ]);
  expect(elementTexts("[]")).toEqual([]);
});

test("an indented text has the digits that were sent", () => {
  expect(
    indentJson('{"level":12345678901234567890, "x" : [1e400,{}, 0.000000012345],"t":"a, {b}: \\"c"}'),
  ).toBe(
    '{\n  "level": 12345678901234567890,\n  "x": [\n    1e400,\n    {},\n    0.000000012345\n  ],\n  "t": "a, {b}: \\"c"\n}',
  );
});

test("whatever the value, its parts are its own, and it is indented as JavaScript would do it", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (array, object) => {
      expect(elementTexts(JSON.stringify(array, null, 1))).toEqual(
        array.map((one) =>
          expect.toSatisfy((text) => JSON.stringify(JSON.parse(text)) === JSON.stringify(one)),
        ),
      );
      for (const [name, value] of Object.entries(object)) {
        expect(memberText(JSON.stringify(object), name)).toBe(JSON.stringify(value));
      }
      expect(indentJson(JSON.stringify(object))).toBe(
        JSON.stringify(JSON.parse(JSON.stringify(object)), null, 2),
      );
    }),
  );
});

test.each(["", "{", "[", '{"a"', "[1,", '["', "{,}", "][", '{"a":}', "[}", "nothing"])(
  "what is no JSON ends: %j",
  (text) => {
    expect(elementTexts(text).length).toBeLessThan(3);
    expect(() => indentJson(text)).not.toThrow();
  },
);

test("a text of nothing but brackets stays of a size that can be shown", () => {
  const depth = 10_000;
  expect(indentJson("[".repeat(depth)).length).toBeLessThan(100 * depth);
});
