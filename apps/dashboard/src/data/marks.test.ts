import { expect, test } from "vitest";
import { message } from "../testing/messages.ts";
import { Marker } from "./marks.ts";
import { Reception } from "./reception.ts";

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

/** Messages of a device that takes `usualMs` for each, one a second; the last one at NOW. */
function used(marker: Marker, usualMs: number) {
  for (let age = 9_000; age >= 0; age -= 1_000) {
    marker.marksOf(message({ timestamp: NOW - age - usualMs, receivedAt: NOW - age }));
  }
  return marker;
}

test("what was held up belongs at its own time, and is late, each message of it", () => {
  const marker = used(new Marker(), 50);
  // Sent from 1 s to 20 s after the last one, and received all at once then.
  for (let sent = 1_000; sent <= 20_000; sent += 1_000) {
    const receivedAt = NOW + 21_000;
    const marks = marker.marksOf(message({ timestamp: NOW + sent, receivedAt }));
    const isLate = receivedAt - NOW - sent - 50 > 5_000;
    expect(marks).toEqual(isLate ? ["late"] : []);
    expect(marker.placedAt).toBe(isLate ? NOW + sent + 50 : receivedAt);
  }
});

test("of what an outage held up, the last seconds are late and the last moments in their place as well", () => {
  const marker = used(new Marker(), 50);
  const reception = new Reception();
  reception.resumed(NOW - 60_000);
  reception.lost(NOW + 5_000);
  reception.resumed(NOW + 10_000);
  for (const [sent, isLate] of [
    [6_000, true],
    [8_000, true],
    [9_500, false],
  ] as const) {
    const receivedAt = NOW + 10_500;
    const marks = marker.marksOf(message({ timestamp: NOW + sent, receivedAt }), reception);
    expect(marks).toEqual(isLate ? ["late"] : []);
    expect(marker.placedAt).toBe(NOW + sent + 50);
  }
  marker.marksOf(message({ timestamp: NOW + 9_900, receivedAt: NOW + 10_100 }), reception);
  expect(marker.placedAt).toBe(NOW + 10_100);
  // So much later it is nothing but slow.
  marker.marksOf(message({ timestamp: NOW + 11_000, receivedAt: NOW + 14_000 }), reception);
  expect(marker.placedAt).toBe(NOW + 14_000);
});

test("a device of which nothing is known yet is placed by its own time where that lies well back", () => {
  const marker = new Marker();
  expect(marker.marksOf(at(NOW - 600_000))).toEqual(["late"]);
  expect(marker.placedAt).toBe(NOW - 600_000);
});

test("a clock that is slow or fast all the time holds nothing up", () => {
  for (const usualMs of [90_000, 3_600_000, -20_000]) {
    const marker = used(new Marker(), usualMs);
    marker.marksOf(message({ timestamp: NOW + 1_000 - usualMs, receivedAt: NOW + 1_000 }));
    expect(marker.placedAt).toBe(NOW + 1_000);
    // And what was held up is placed where it would have come.
    marker.marksOf(message({ timestamp: NOW + 2_000 - usualMs, receivedAt: NOW + 60_000 }));
    expect(marker.placedAt).toBe(NOW + 2_000);
  }
});

test("a clock that is put right is followed", () => {
  const marker = used(new Marker(), 90_000);
  for (let later = 1_000; later <= 10_000; later += 1_000) {
    marker.marksOf(message({ timestamp: NOW + later, receivedAt: NOW + later }));
    expect(marker.placedAt).toBe(NOW + later);
  }
  expect(marker.usualMs).toBe(0);
});

test("a clock that stands still, tells whole minutes, or cannot be right is no place to go by", () => {
  const marker = new Marker();
  for (let later = 0; later <= 59_000; later += 5_000) {
    marker.marksOf(message({ timestamp: NOW, receivedAt: NOW + later }));
    expect(marker.placedAt).toBe(NOW + later);
  }
  for (const timestamp of [0, NOW + 3_600_000, null]) {
    marker.marksOf(message({ timestamp, receivedAt: NOW + 70_000 }));
    expect(marker.placedAt).toBe(NOW + 70_000);
  }
});

test("what came before an outage, or while a relay went on receiving, was not held up by it", () => {
  const reception = new Reception();
  reception.resumed(NOW - 60_000);
  reception.lost(NOW + 60_000);
  reception.resumed(NOW + 90_000);
  for (const sent of [10_000, 70_000]) {
    const marker = used(new Marker(), 50);
    const receivedAt = NOW + sent + 3_000;
    expect(marker.marksOf(message({ timestamp: NOW + sent, receivedAt }), reception)).toEqual([]);
    expect(marker.placedAt).toBe(receivedAt);
  }
});

test("a clock that is put back is followed: what comes after is in order again", () => {
  for (const backMs of [50_000, 600_000]) {
    const marker = used(new Marker(), -50_000);
    const marks = [];
    for (let later = 1_000; later <= 30_000; later += 1_000) {
      const timestamp = NOW + later + 50_000 - backMs;
      marks.push(marker.marksOf(message({ timestamp, receivedAt: NOW + later })));
    }
    expect(marker.placedAt).toBe(NOW + 30_000);
    // Its time lies well before it comes all the same if it is so slow now.
    expect(marks.at(-1)).toEqual(backMs > 80_000 ? ["late"] : []);
  }
});

test("one message from the future does not make late what comes after it for longer than it takes to tell", () => {
  const marker = used(new Marker(), 50);
  marker.marksOf(message({ timestamp: NOW + 51_000, receivedAt: NOW + 1_000 }));
  const marks = [];
  for (let later = 2_000; later <= 20_000; later += 1_000) {
    marks.push(...marker.marksOf(message({ timestamp: NOW + later - 50, receivedAt: NOW + later })));
  }
  expect(marks.length).toBeLessThan(8);
});

test("what the broker had in store is old, and says nothing about the clock or the usual delay", () => {
  const marker = new Marker();
  for (let later = 0; later <= 10_000; later += 1_000) {
    const stored = { timestamp: NOW - 3 * 86_400_000, receivedAt: NOW + later, retained: true };
    expect(marker.marksOf(message(stored))).toEqual(["late"]);
    expect(marker.placedAt).toBe(NOW + later);
  }
  marker.marksOf(message({ timestamp: NOW - 600_000, receivedAt: NOW + 11_000, retained: true }));
  expect(marker.placedAt).toBe(NOW - 600_000);
  expect(marker.usualMs).toBeNaN();
});
