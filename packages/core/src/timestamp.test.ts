import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTimestamp } from "./timestamp.ts";

const TIME = Date.UTC(2026, 1, 4, 10, 30, 45, 123);
const WHOLE = Date.UTC(2026, 1, 4, 10, 30, 45);

test.each([
  ["2026-02-04T10:30:45.123Z", TIME],
  ["2026-02-04t10:30:45.123z", TIME],
  ["2026-02-04T10:30:45,123Z", TIME],
  ["2026-02-04 10:30:45.123Z", TIME],
  ["2026-02-04T17:30:45.123+07:00", TIME],
  ["2026-02-04T17:30:45.123+0700", TIME],
  ["2026-02-04T17:30:45.123+07", TIME],
  ["2026-02-04T05:00:45.123-05:30", TIME],
  ["2026-02-04T10:30:45.123-00:00", TIME],
  ["2026-02-04T10:30:45Z", WHOLE],
  ["2026-02-04T10:30Z", Date.UTC(2026, 1, 4, 10, 30)],
  ["2026-02-04T10:30:45.1Z", WHOLE + 100],
  ["2026-02-04T10:30:45.01Z", WHOLE + 10],
  ["2026-02-04T10:30:45.123456789Z", TIME],
  ["2026-02-04T10:30:45.999999Z", WHOLE + 999],
  ["2026-02-04T24:00:00Z", Date.UTC(2026, 1, 5)],
  ["2016-12-31T23:59:60Z", Date.UTC(2017, 0, 1)],
  ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
  ["2000-02-29T00:00:00Z", Date.UTC(2000, 1, 29)],
  ["0000-01-01T00:00:00Z", -62_167_219_200_000],
  ["9999-12-31T23:59:59.999Z", 253_402_300_799_999],
])("parseTimestamp() reads %s", (text, time) => {
  expect(parseTimestamp(text)).toEqual({ time, warning: null });
});

test.each([
  ["2026-02-04T10:30:45.123", TIME],
  ["2026-02-04 10:30:45.123", TIME],
  ["2026-02-04T10:30", Date.UTC(2026, 1, 4, 10, 30)],
  ["2026-02-04", Date.UTC(2026, 1, 4)],
])("parseTimestamp() takes %s for UTC and says so", (text, time) => {
  expect(parseTimestamp(text)).toEqual({ time, warning: "timestamp-assumed-utc" });
});

test.each([
  [1_770_201_045, WHOLE],
  [1_770_201_045.123, TIME],
  [1_770_201_045_123, TIME],
  [99_999_999_999, 99_999_999_999_000],
  [100_000_000_000, 100_000_000_000],
  [0, 0],
  [-0, 0],
  [-1, -1_000],
  [-0.0001, 0],
  ["1770201045", WHOLE],
  ["1770201045.123", TIME],
  ["1770201045123", TIME],
  ["-1", -1_000],
])("parseTimestamp() reads the number %s", (value, time) => {
  expect(parseTimestamp(value)).toEqual({ time, warning: null });
});

test.each([undefined, null])("parseTimestamp() takes %s for a missing time stamp", (value) => {
  expect(parseTimestamp(value)).toEqual({ time: null, warning: null });
});

test.each([
  "",
  " ",
  "noon",
  "2026-02",
  "2026-2-4",
  "2026-02-04T",
  "2026-02-04T10",
  "2026-02-04T10:3",
  "2026-02-04T1030",
  "2026-02-04T10:30:",
  "2026-02-04T10:30:4",
  "2026-02-04T10:30:45.",
  "2026-02-04T10:30:45.Z",
  "2026-02-04T10:30:45.123 Z",
  "2026-02-04T10:30:45.123ZZ",
  "2026-02-04T10:30:45.123Z ",
  " 2026-02-04T10:30:45.123Z",
  "2026-02-04T10:30:45.123+",
  "2026-02-04T10:30:45.123+7",
  "2026-02-04T10:30:45.123+07:",
  "2026-02-04T10:30:45.123+07:0",
  "2026-02-04T10:30:45.123+07:000",
  "2026-02-04T10:30:45.123+24:00",
  "2026-02-04T10:30:45.123+07:60",
  "2026-02-04_10:30:45Z",
  "2026-02-04Z",
  "2026/02/04",
  "2026-02/04",
  "2026-00-04",
  "2026-13-04",
  "2026-02-00",
  "2026-02-29",
  "1900-02-29",
  "2026-04-31",
  "2026-02-04T25:00",
  "2026-02-04T24:00:01",
  "2026-02-04T24:00:00.1",
  "2026-02-04T10:60",
  "2026-02-04T10:30:61",
  "+002026-02-04T10:30:45Z",
  "Wed, 04 Feb 2026 10:30:45 GMT",
  "04.02.2026",
  "٢٠٢٦-٠٢-٠٤",
  "0x10",
  "1e9",
  "+1770201045",
  "1770201045.",
  " 1770201045",
  "Infinity",
  "20260204103045",
  "1770201045123000",
  "9".repeat(10_000),
])("parseTimestamp() says that %.40j cannot be read", (text) => {
  expect(parseTimestamp(text)).toEqual({ time: null, warning: "timestamp-unreadable" });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e13, -1e13, 1_770_201_045_123_000, true, false, {}, []])(
  "parseTimestamp() says that the value %s cannot be read",
  (value) => {
    expect(parseTimestamp(value)).toEqual({ time: null, warning: "timestamp-unreadable" });
  },
);

const dates = fc.date({
  min: new Date("0000-01-01T00:00:00.000Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
});

test("parseTimestamp() reads what Date writes", () => {
  fc.assert(
    fc.property(dates, (date) => {
      expect(parseTimestamp(date.toISOString())).toEqual({ time: date.getTime(), warning: null });
    }),
    { seed: 1, numRuns: 1_000 },
  );
});

test("parseTimestamp() agrees with Date.parse on every offset", () => {
  const offsets = fc.tuple(fc.constantFrom("+", "-"), fc.nat(23), fc.nat(59));
  const two = (value: number) => String(value).padStart(2, "0");
  fc.assert(
    fc.property(dates, offsets, (date, [sign, hours, minutes]) => {
      const text = date.toISOString().replace("Z", `${sign}${two(hours)}:${two(minutes)}`);
      expect(parseTimestamp(text).time).toBe(Date.parse(text));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("parseTimestamp() takes any value without failing", () => {
  const almost = dates.chain((date) =>
    fc
      .tuple(fc.nat(23), fc.string({ maxLength: 2 }))
      .map(([at, text]) => date.toISOString().slice(0, at) + text + date.toISOString().slice(at + 1)),
  );
  fc.assert(
    fc.property(fc.oneof(almost, fc.string(), fc.double(), fc.jsonValue()), (value) => {
      const { time, warning } = parseTimestamp(value);
      if (time === null) expect(warning === null).toBe(value === null);
      else expect(Number.isSafeInteger(time) && !Object.is(time, -0)).toBe(true);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});
