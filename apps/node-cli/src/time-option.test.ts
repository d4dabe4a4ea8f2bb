import { expect, test } from "vitest";
import { parseTime } from "./time-option.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");

test.each<[string, number]>([
  ["30s", NOW - 30_000],
  ["15min", NOW - 15 * 60_000],
  ["1.5h", NOW - 90 * 60_000],
  ["2D", NOW - 2 * 86_400_000],
  ["1w", NOW - 7 * 86_400_000],
  ["2026-11-23T08:00Z", Date.parse("2026-11-23T08:00:00.000Z")],
  ["2026-11-23T08:00:01.500+07:00", Date.parse("2026-11-23T01:00:01.500Z")],
  ["2026-11-23 08:00", new Date(2026, 10, 23, 8).getTime()],
  ["2026-11-23", new Date(2026, 10, 23).getTime()],
])("parseTime() reads %s", (text, time) => {
  expect(parseTime(text, NOW)).toBe(time);
});

test.each(["", "yesterday", "5", "5m", "1770000000000", "2026-13-01", "2026-11-23T25:00", "-1h", "1h2"])(
  "parseTime() does not guess what %j means",
  (text) => {
    expect(parseTime(text, NOW)).toBeUndefined();
  },
);
