import { expect, test } from "vitest";
import { parseTableName, quoteTableName } from "./table-name.ts";

test.each([
  ["telemetry", '"telemetry"'],
  ["plant.Telemetry", '"plant"."Telemetry"'],
  ['a"b; DROP TABLE c', '"a""b; DROP TABLE c"'],
])("%s is quoted as %s", (text, quoted) => {
  expect(quoteTableName(parseTableName(text))).toBe(quoted);
});

test.each(["", ".", "a.", ".a", "a.b.c", "x".repeat(64), "ß".repeat(32), "a\0"])(
  "%j is no table name",
  (text) => {
    expect(() => parseTableName(text)).toThrow(/is no table/);
  },
);
