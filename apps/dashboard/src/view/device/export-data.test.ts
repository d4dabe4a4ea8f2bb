import { expect, test } from "vitest";
import { PointBudget } from "../../data/points.ts";
import { addReading, createSeries } from "../../data/series.ts";
import { fileName, toCsv } from "./export-data.ts";

const RANGE = { from: 0, to: 10_000 };

function series(
  sensor: string,
  unit: string | null,
  values: readonly (number | boolean)[],
  deviceTimes: readonly (number | null)[] = [],
) {
  const made = createSeries(
    { sensor, unit, value: null },
    { budget: new PointBudget(1_000), maxPoints: 1_000 },
  );
  for (const [index, value] of values.entries()) {
    addReading(made, index * 1_000, value, { deviceTime: deviceTimes[index] ?? null });
  }
  return made;
}

test("every reading of the stretch is a line, in the order of time: numbers, switches, texts, nothing, too large numbers", () => {
  const csv = toCsv(
    {
      deviceId: "press-1",
      series: [series("temperature", "°C", [20.5, 21], [-4_999, null]), series("open", null, [true])],
      undrawn: [
        { time: 500, deviceTime: 123, sensor: "mode", unit: null, value: 'manual, "slow"' },
        { time: 600, deviceTime: null, sensor: "mode", unit: null, value: null },
        { time: 700, deviceTime: null, sensor: "count", unit: "1", value: -1e300 },
        { time: 10_000, deviceTime: null, sensor: "mode", unit: null, value: "after the stretch" },
      ],
    },
    RANGE,
  );
  expect(csv.split("\r\n")).toEqual([
    "time,device_time,device,sensor,value,unit",
    "1970-01-01T00:00:00.000Z,1969-12-31T23:59:55.001Z,press-1,temperature,20.5,°C",
    "1970-01-01T00:00:00.000Z,,press-1,open,true,",
    '1970-01-01T00:00:00.500Z,1970-01-01T00:00:00.123Z,press-1,mode,"manual, ""slow""",',
    "1970-01-01T00:00:00.600Z,,press-1,mode,,",
    "1970-01-01T00:00:00.700Z,,press-1,count,-1e+300,1",
    "1970-01-01T00:00:01.000Z,,press-1,temperature,21,°C",
    "",
  ]);
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])(
  "no spreadsheet takes the text %j for a formula",
  (text) => {
    const undrawn = [{ time: 1, deviceTime: null, sensor: text, unit: text, value: text }];
    const [, line = ""] = toCsv({ deviceId: text, series: [], undrawn }, RANGE).split(/\r\n(?=1970)/);
    const cells = line.trimEnd().split(",").slice(1);
    expect(cells.shift()).toBe("");
    expect(cells).toHaveLength(4);
    for (const cell of cells) expect(cell.replace(/^"/, "")).toMatch(/^'/);
  },
);

test.each([
  [253_402_300_800_000, "'+010000-01-01T00:00:00.000Z"],
  [-62_198_755_200_000, "'-000001-01-01T00:00:00.000Z"],
  [8.64e15, "'+275760-09-13T00:00:00.000Z"],
  [8.64e15 + 1, ""],
  [Number.POSITIVE_INFINITY, ""],
])("a clock that says %d is no formula, and nothing where it is no time", (deviceTime, cell) => {
  const undrawn = [{ time: 1, deviceTime, sensor: "mode", unit: null, value: "on" }];
  const csv = toCsv({ deviceId: "d", series: [], undrawn }, RANGE);
  expect(csv.split("\r\n")[1]).toBe(`1970-01-01T00:00:00.001Z,${cell},d,mode,on,`);
});

test("a file name is one that every system takes", () => {
  expect(fileName("../../<b>ไทย", 0, "csv")).toBe(".._.._b_-19700101T000000.csv");
  expect(fileName("", 0, "csv")).toBe("device-19700101T000000.csv");
  expect(fileName("x".repeat(10_000), 0, "csv").length).toBeLessThan(90);
});
