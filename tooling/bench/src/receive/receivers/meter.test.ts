import { expect, test } from "vitest";
import type { Measurement } from "../protocol.ts";
import { Meter } from "./meter.ts";

test("Meter measures what lies between its two numbers, by whole batches", () => {
  const measured: Measurement[] = [];
  const meter = new Meter({ from: 100, total: 1_000 }, (measurement) => measured.push(measurement));
  meter.add(90);
  meter.add(30);
  meter.add(879);
  expect(measured).toEqual([]);
  meter.add(1);
  expect(meter.count).toBe(1_000);
  expect(measured.map(({ messages }) => messages)).toEqual([880]);
  expect(measured[0]?.wallUs).toBeGreaterThan(0);
});
