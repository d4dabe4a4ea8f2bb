import { expect, test } from "vitest";
import { lonePoints } from "./plot.ts";

const none = undefined;

test.each<[string, (number | null | undefined)[], number[]]>([
  ["no value", [none, none, null], []],
  ["one value", [none, 4, none], [1]],
  ["a line", [1, none, 2, 3], []],
  ["a value between two breaks", [1, 2, null, none, 5, null, 3, 4], [4]],
  ["a value behind the last break", [1, 2, null, none, 0], [4]],
])("a dot shows what no line can: %s", (_, column, lone) => {
  expect(lonePoints(column)).toEqual(lone);
});
