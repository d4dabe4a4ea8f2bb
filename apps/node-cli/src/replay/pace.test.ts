import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const { signal } = new AbortController();

/** Groups messages with a clock that only sleeping moves; gives when each group had its turn. */
async function turns(speed: number, receivedAt: readonly number[], writeMs = 0): Promise<[number, number][]> {
  let now = 1_000;
  const pace = new Pace(speed, {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  });
  const groups: [number, number][] = [];
  for await (const group of pace.group(
    receivedAt.map((at) => ({ receivedAt: at })),
    signal,
  )) {
    groups.push([now - 1_000, group.length]);
    now += writeMs;
  }
  return groups;
}

test("at speed 1 each message has its turn as long after the first as it came", async () => {
  expect(await turns(1, [0, 0, 500, 2_000])).toEqual([
    [0, 2],
    [500, 1],
    [2_000, 1],
  ]);
});

test("at speed 10 it takes a tenth, and as fast as possible no time at all", async () => {
  expect(await turns(10, [0, 500, 2_000])).toEqual([
    [0, 1],
    [50, 1],
    [200, 1],
  ]);
  expect(await turns(Number.POSITIVE_INFINITY, [0, 500, 2_000])).toEqual([[0, 3]]);
});

test("a slow output does not shift what comes later: what is overdue goes at once", async () => {
  expect(await turns(1, [0, 100, 200, 1_000], 300)).toEqual([
    [0, 1],
    [300, 2],
    [1_000, 1],
  ]);
});

test("times that go back are no reason to wait", async () => {
  expect(await turns(1, [1_000, 0, 500, 1_100])).toEqual([
    [0, 3],
    [100, 1],
  ]);
});
