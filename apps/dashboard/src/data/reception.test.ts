import { expect, test } from "vitest";
import { Reception } from "./reception.ts";

test("what was received of a stretch is all of it but the outages, however they overlap", () => {
  const reception = new Reception();
  reception.resumed(0);
  reception.lost(100);
  reception.resumed(200);
  reception.missed(150, 250);
  reception.missed(400, 450);
  reception.missed(500, 500);
  expect(reception.outages).toEqual([
    { from: 100, to: 250 },
    { from: 400, to: 450 },
  ]);
  expect(reception.receivedMs(0, 600)).toBe(400);
  expect(reception.receivedMs(120, 420)).toBe(150);
  expect(reception.receivedMs(120, 130)).toBe(0);
});

test("a loss counts from when it was told first, and not before there was anything to lose", () => {
  const reception = new Reception();
  reception.lost(5);
  expect([reception.isUp, reception.startedAt]).toEqual([false, null]);
  reception.resumed(10);
  reception.lost(20);
  reception.lost(30);
  expect([reception.isUp, reception.resumedAt]).toEqual([false, Number.POSITIVE_INFINITY]);
  reception.missed(1, 25);
  reception.resumed(40);
  reception.missed(12, 13);
  expect([reception.isUp, reception.resumedAt]).toEqual([true, 40]);
  expect(reception.outages).toEqual([{ from: 1, to: 40 }]);
});

test("of endlessly many outages the newest are kept", () => {
  const reception = new Reception();
  for (let at = 0; at < 1_000; at += 1) reception.missed(at * 10, at * 10 + 5);
  expect(reception.outages).toHaveLength(64);
  expect(reception.lastSince(0)).toEqual({ from: 9_990, to: 9_995 });
  expect(reception.lastSince(9_995)).toBeUndefined();
});

test("held up is what was due before the end of an outage and came at it or later, or came while there is one", () => {
  const reception = new Reception();
  reception.resumed(0);
  expect(reception.heldUp(10, 5_000)).toBe(false);
  reception.lost(100_000);
  expect(reception.heldUp(99_000, 101_000)).toBe(true);
  expect(reception.heldUp(90_000, 95_000)).toBe(false);
  reception.resumed(200_000);
  reception.missed(300_000, 400_000);
  expect(reception.heldUp(199_000, 203_000)).toBe(true);
  expect(reception.heldUp(399_000, 403_000)).toBe(true);
  // A broker sends what it has kept shortly before it is known that the page is live.
  expect(reception.heldUp(396_000, 399_000)).toBe(true);
  expect(reception.heldUp(150_000, 155_000)).toBe(false);
  expect(reception.heldUp(201_000, 205_000)).toBe(false);
  expect(reception.heldUp(401_000, 405_000)).toBe(false);
});
