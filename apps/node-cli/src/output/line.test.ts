import { stripVTControlCharacters } from "node:util";
import type { Telemetry } from "@tesa/core";
import { displayWidth } from "@tesa/process";
import fc from "fast-check";
import picocolors from "picocolors";
import { expect, test } from "vitest";
import { formatLine } from "./line.ts";

const RECEIVED_AT = new Date(2026, 10, 23, 9, 5, 7, 42).getTime();
const plain = picocolors.createColors(false);

function message(part: Partial<Telemetry>): Telemetry {
  return {
    seq: 1,
    topic: "device/boiler-1/telemetry/temperature",
    deviceId: "boiler-1",
    sensor: "temperature",
    receivedAt: RECEIVED_AT,
    timestamp: RECEIVED_AT - 40,
    readings: [{ sensor: "temperature", value: 25.5, unit: "°C" }],
    payload: new TextEncoder().encode('{"value":25.5}'),
    format: "json",
    qos: 1,
    retained: false,
    warnings: [],
    ...part,
  };
}

const line = (part: Partial<Telemetry>, columns = 120) =>
  formatLine(message(part), { colours: plain, columns });

test("formatLine() shows time, device, sensor, and value with unit", () => {
  expect(line({})).toBe("09:05:07.042  boiler-1              temperature          25.5 °C");
});

test("formatLine() names each of several readings", () => {
  const readings = [
    { sensor: "temperature", value: 25.5, unit: null },
    { sensor: "open", value: false, unit: null },
    { sensor: "state", value: "idle", unit: null },
    { sensor: "fault", value: null, unit: null },
  ];
  expect(line({ sensor: null, readings })).toMatch(
    / {2}temperature 25.5 {2}open false {2}state idle {2}fault null$/,
  );
});

const climate = [
  { sensor: "temperature", value: 22.4, unit: null },
  { sensor: "humidity", value: 57.8, unit: null },
  { sensor: "pressure", value: 1008.33, unit: null },
  { sensor: "door", value: true, unit: null },
];

test.each([
  [
    120,
    "09:05:07.042  boiler-1              temperature 22.4  humidity 57.8  pressure 1008.33  door true  [UTC assumed]",
  ],
  [80, "09:05:07.042  boiler-1              temperature 22.4  +3 more  [UTC assumed]"],
  [60, "09:05:07.042  boiler-1        temperature 22.4  +3 more"],
])("on %i columns, what has no room is counted, and marks come last", (columns, expected) => {
  const part = { sensor: null, readings: climate, warnings: ["timestamp-assumed-utc"] } as const;
  expect(line(part, columns)).toBe(expected);
});

test.each<[string, Partial<Telemetry>]>([
  ["[retained]", { retained: true }],
  ["[late 3 h]", { timestamp: RECEIVED_AT - 3 * 3_600_000 }],
  ["[late 2 min]", { timestamp: RECEIVED_AT - 125_000 }],
  ["[ahead 4 d]", { timestamp: RECEIVED_AT + 4 * 86_400_000 }],
  ["[not JSON] ERR 17", { format: "text", readings: [], payload: new TextEncoder().encode("ERR 17") }],
  ["[3 bytes, not text] c3 28 00", { format: "binary", readings: [], payload: Uint8Array.of(0xc3, 0x28, 0) }],
  ["[not JSON] (empty)", { format: "text", readings: [], payload: new Uint8Array() }],
  ["[digits lost]", { warnings: ["precision-lost"] }],
  ["[unexpected topic]", { deviceId: null, topic: "odd", warnings: ["topic-unexpected"] }],
])("formatLine() marks with %s", (mark, part) => {
  expect(line(part)).toContain(mark);
});

const withDate = (part: Partial<Telemetry>, columns: number) =>
  formatLine(message(part), { colours: plain, columns, time: () => "2026-11-23 09:05:07.042" });

test.each([
  [80, "2026-11-23 09:05:07.042  boiler-1        temperature     25.5 °C"],
  [70, "2026-11-23 09:05:07.042  boiler-1        temperature     25.5 °C"],
  [60, "2026-11-23 09:05:07.042  boiler-1     temp…ture  25.5 °C"],
])("a table with dates on %i columns has the value whole", (columns, expected) => {
  expect(withDate({}, columns)).toBe(expected);
});

test("names are cut in the middle, since devices of one kind differ at the end", () => {
  const names = ["plant-north-boiler-1", "plant-north-boiler-2"].map((deviceId) =>
    withDate({ deviceId }, 80),
  );
  expect(names[0]).toContain("  plant-n…iler-1  ");
  expect(names[1]).toContain("  plant-n…iler-2  ");
});

test("a number is shown whole or not at all, on any width", () => {
  const value = -123456.789;
  for (const warnings of [[], ["timestamp-assumed-utc", "device-mismatch"]] as const) {
    for (const sensor of ["pressure", null]) {
      const readings = [{ sensor: "pressure", value, unit: "hPa" }];
      for (let columns = 1; columns <= 120; columns += 1) {
        const rest = withDate({ sensor, readings, warnings }, columns).slice(
          "2026-11-23 09:05:07.042  boiler-1".length,
        );
        const shown = /-1[\d.]*.*/.exec(rest)?.[0];
        expect(shown ?? "-123456.789 hPa").toMatch(/^-123456\.789 hPa( {2}\[|$)/);
      }
      expect(withDate({ sensor, readings, warnings }, 80)).toContain("-123456.789 hPa");
    }
  }
});

test("the name of a reading makes room for its number", () => {
  const readings = [{ sensor: "temperature_of_the_outer_wall", value: 22.4, unit: "°C" }];
  expect(withDate({ sensor: null, readings }, 60)).toBe(
    "2026-11-23 09:05:07.042  boiler-1     temperature_… 22.4 °C",
  );
});

test("formatLine() shows the topic where there is no device id", () => {
  expect(line({ deviceId: null, sensor: null, topic: "a/b" })).toContain("  a/b  ");
});

test("formatLine() never lets a device drive the terminal", () => {
  const hostile = "\u001b[2J\u001b]0;owned\u0007\u009b31m\r\nfake line\u202e\u2028\u0000";
  const written = line(
    {
      deviceId: hostile,
      sensor: hostile,
      readings: [{ sensor: hostile, value: hostile, unit: hostile }],
    },
    1_000,
  );
  expect(written).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(written).toContain("\\u{1b}[2J");
});

test("formatLine() writes one line of no control character and no more than the width, whatever comes", () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  const reading = fc.record({ sensor: text, value: fc.oneof(text, fc.double(), fc.boolean()), unit: text });
  fc.assert(
    fc.property(
      text,
      fc.array(reading, { maxLength: 5 }),
      fc.uint8Array(),
      fc.integer({ min: 1, max: 200 }),
      (name, readings, payload, columns) => {
        const written = line({ deviceId: name, sensor: name, readings, payload }, columns);
        expect(written).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(displayWidth(written)).toBeLessThan(columns);
      },
    ),
  );
});

test("formatLine() is quick with a payload of 10 MB", () => {
  const text = "é".repeat(5_000_000);
  const started = performance.now();
  line({ format: "text", readings: [], payload: new TextEncoder().encode(text) });
  line({ readings: [{ sensor: "text", value: text, unit: null }] });
  expect(performance.now() - started).toBeLessThan(1_000);
});

test("formatLine() colours with codes of its own only where colours are on", () => {
  const written = formatLine(message({}), { colours: picocolors.createColors(true), columns: 120 });
  expect(written.split("\u001b[").length).toBeGreaterThan(3);
  expect(stripVTControlCharacters(written)).toBe(line({}));
});
