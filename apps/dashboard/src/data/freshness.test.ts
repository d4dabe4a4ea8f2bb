import { beforeEach, expect, test } from "vitest";
import { freshnessOf } from "./freshness.ts";
import { Reception } from "./reception.ts";

let reception: Reception;
beforeEach(() => {
  reception = new Reception();
  reception.resumed(0);
});

/** Quiet after 40 s, silent after 120 s. */
const device = (lastSeen: number) => ({ lastSeen, intervalMs: 10_000 });
const at = (seconds: number, lastSeen = 0) => freshnessOf(device(lastSeen), seconds * 1_000, reception);

test("without an outage a device is judged by how long it has said nothing", () => {
  expect([39, 40, 119, 120].map((seconds) => at(seconds))).toEqual(["live", "quiet", "quiet", "silent"]);
});

test("while nothing is received nobody knows, however long it takes", () => {
  reception.lost(10_000);
  expect([11, 60, 4_000].map((seconds) => at(seconds))).toEqual(["unknown", "unknown", "unknown"]);
  expect(freshnessOf(device(0), 0, new Reception())).toBe("unknown");
});

test("after an outage a device has its usual time to speak again before it is called quiet or silent", () => {
  reception.lost(10_000);
  reception.resumed(600_000);
  expect([600, 639, 640, 719, 720].map((seconds) => at(seconds))).toEqual([
    "unknown",
    "unknown",
    "quiet",
    "quiet",
    "silent",
  ]);
  expect(at(650, 620_000)).toBe("live");
});

test("an outage does not make good a silence that was there before it", () => {
  reception.lost(130_000);
  reception.resumed(600_000);
  expect(at(601)).toBe("silent");
  expect(at(601, 80_000)).toBe("quiet");
  expect(at(601, 100_000)).toBe("unknown");
});

test("an outage that is over within the usual time changes nothing", () => {
  reception.lost(10_000);
  reception.resumed(12_000);
  expect(at(39)).toBe("live");
  expect(at(45)).toBe("unknown");
  expect(at(52)).toBe("quiet");
});

test("what is known only from the broker's store is judged from when the page began to receive", () => {
  const stored = { lastSeen: Number.NEGATIVE_INFINITY, intervalMs: null };
  expect([14, 15, 60].map((seconds) => freshnessOf(stored, seconds * 1_000, reception))).toEqual([
    "unknown",
    "quiet",
    "silent",
  ]);
});
