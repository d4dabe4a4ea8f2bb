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
