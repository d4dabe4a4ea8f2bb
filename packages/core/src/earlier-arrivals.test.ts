import { expect, test } from "vitest";
import { readEarlierArrivals } from "./earlier-arrivals.ts";
import { createMemoryLog } from "./memory-log.ts";

/** A log that got its messages at these times, and what is known of a queue of 100 after it was left at `endedAt`. */
function earlier(times: readonly number[], endedAt: number) {
  const log = {
    ...createMemoryLog({ random: () => 0 }),
    receivedAt: async (placesBefore: number) => times.at(-1 - placesBefore) ?? times[0] ?? null,
  };
  const session = { clientId: "a", filters: [], acceptedToken: null, connectedUntil: endedAt, recentRate: 7 };
  return readEarlierArrivals(log, session, 100);
}

const every = (stepMs: number, count: number) => Array.from({ length: count }, (_, index) => stepMs * index);

test("readEarlierArrivals() tells since when messages may have waited at the broker of a busy process that was killed", async () => {
  expect(await earlier(every(10, 501), 5_000)).toEqual({ rate: 7, waitingSince: 5_000 - 10 * 132 });
  expect(await earlier(every(10, 101), 1_000)).toEqual({ rate: 7, waitingSince: 0 });
});

test("readEarlierArrivals() has nothing wait where messages came seldom, or not of late", async () => {
  expect(await earlier(every(100, 501), 50_000)).toEqual({ rate: 7, waitingSince: undefined });
  expect(await earlier(every(10, 501), 60_000)).toEqual({ rate: 7, waitingSince: undefined });
});

test("readEarlierArrivals() knows no more of an empty log, or of one that ends with its process, than it says", async () => {
  expect(await earlier([], 5_000)).toEqual({ rate: 7, waitingSince: undefined });
  const session = { clientId: "a", filters: [], acceptedToken: null, connectedUntil: 1 };
  expect(await readEarlierArrivals(createMemoryLog({ random: () => 0 }), session, 100)).toEqual({});
});
