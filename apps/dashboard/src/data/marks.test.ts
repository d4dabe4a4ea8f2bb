import { expect, test } from "vitest";
import { message } from "../testing/messages.ts";
import { Marker } from "./marks.ts";

const NOW = 1_700_000_000_000;
const at = (timestamp: number | null) => message({ timestamp, receivedAt: NOW });

test("a message is late when its time lies well before it came", () => {
  const marker = new Marker();
  expect(marker.marksOf(at(NOW - 29_000))).toEqual([]);
  expect(marker.marksOf(at(NOW - 31_000))).toEqual(["late"]);
});

test("a message is late when a newer one came before it", () => {
  const marker = new Marker();
  expect(marker.marksOf(at(NOW - 1_000))).toEqual([]);
  expect(marker.marksOf(at(NOW - 2_000))).toEqual([]);
  expect(marker.marksOf(at(NOW - 5_000))).toEqual(["late"]);
});

test("a clock in the future or years ago is a wrong clock, and says nothing about order", () => {
  const marker = new Marker();
  expect(marker.marksOf(at(NOW + 61_000))).toEqual(["clock"]);
  expect(marker.marksOf(at(0))).toEqual(["clock"]);
  expect(marker.marksOf(at(NOW))).toEqual([]);
});

test("what is no JSON or cannot be read as it was meant is malformed; a time taken as UTC is not", () => {
  const marker = new Marker();
  expect(marker.marksOf(message({ format: "text" }))).toEqual(["malformed"]);
  expect(marker.marksOf(message({ warnings: ["precision-lost"] }))).toEqual(["malformed"]);
  expect(marker.marksOf(message({ warnings: ["timestamp-assumed-utc"] }))).toEqual([]);
});
