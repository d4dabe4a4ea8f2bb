import { entries, stored } from "@tesa/log/testing";
import { expect, test } from "vitest";
import { EventRing } from "./event-ring.ts";
import { LiveEvent } from "./live-event.ts";

function filled(count: number, limits: { readonly maxEvents: number; readonly maxBytes: number }): EventRing {
  const ring = new EventRing(limits);
  for (const message of stored(entries(count))) ring.push(new LiveEvent(message, "epoch"));
  return ring;
}

const seqs = (ring: EventRing, after: number, to: number) =>
  [...ring.between(after, to)].map(({ seq }) => seq);

test("a ring keeps what live clients are still to get, however much that is", () => {
  const ring = filled(10, { maxEvents: 3, maxBytes: 1 });
  ring.trim(0);
  expect(seqs(ring, 0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  ring.trim(4);
  expect(ring.firstSeq).toBe(5);
});

test("a ring drops the oldest when there are too many, or too many bytes", () => {
  const byCount = filled(10, { maxEvents: 3, maxBytes: 1_000_000 });
  byCount.trim(10);
  expect(seqs(byCount, 0, 10)).toEqual([8, 9, 10]);
  const byBytes = filled(10, { maxEvents: 100, maxBytes: 4_500 });
  byBytes.trim(10);
  expect(seqs(byBytes, 0, 10)).toEqual([7, 8, 9, 10]);
});

test("a ring begins anew behind a place", () => {
  const ring = filled(3, { maxEvents: 10, maxBytes: 1_000_000 });
  ring.restart(20);
  expect([ring.firstSeq, ring.lastSeq]).toEqual([21, 20]);
  expect(seqs(ring, 0, 20)).toEqual([]);
});
