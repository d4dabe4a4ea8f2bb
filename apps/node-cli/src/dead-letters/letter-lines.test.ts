import type { Telemetry } from "@tesa/core";
import type { DeadLetter } from "@tesa/log";
import { expect, test } from "vitest";
import { letterLines } from "./letter-lines.ts";

const AT = new Date(2026, 10, 23, 9, 5, 7, 42).getTime();

const message: Telemetry = {
  seq: 7,
  topic: "device/plant-north-boiler-1/telemetry/temperature",
  deviceId: "plant-north-boiler-1",
  sensor: "temperature",
  receivedAt: AT,
  timestamp: null,
  readings: [],
  payload: new TextEncoder().encode("3"),
  format: "json",
  qos: 1,
  retained: false,
  warnings: [],
};

function letter(reason: string): DeadLetter {
  return { id: 12, reader: "webhook:hooks.example.com:0123456789abcdef", at: AT, reason, message };
}

const REFUSED = 'The webhook receiver https://hooks.example.com answered 422: "humidity is missing".';

const table = (reason: string, columns: number) =>
  letterLines([letter(reason)], { isTable: true, isTerminal: true, columns });

test.each([80, 100, 140])("on %i columns a dead letter shows why it is one", (columns) => {
  const line = table(REFUSED, columns);
  expect(line).toContain('    12  2026-11-23 09:05:07.042  answered 422: "humidity is missing".');
  expect(line.trimEnd().length).toBeLessThan(columns);
});

test("the topic stands behind the reason, and the reader in JSON alone", () => {
  expect(table(REFUSED, 140)).toMatch(
    /missing"\. {2}device\/plant-north-boiler-1\/telemetry\/temperature\n$/,
  );
  expect(table(REFUSED, 400)).not.toContain("webhook:");
  const json = letterLines([letter(REFUSED)], { isTable: false, isTerminal: false, columns: 80 });
  expect(JSON.parse(json)).toMatchObject({ id: 12, reader: letter("").reader, reason: REFUSED });
});

test("a letter that was given up after days shows both: that, and the last failure", () => {
  const reason =
    "Given up when the schedule of tries was over: The webhook receiver https://hooks.example.com answered 503.";
  expect(table(reason, 120)).toContain("Given up when the schedule of tries was over: answered 503.");
});

test("what a receiver answered cannot drive the terminal", () => {
  expect(table("\u001b[2Jgone", 120)).toContain("\\u{1b}[2Jgone");
});
