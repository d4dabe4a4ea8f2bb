import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchRange, Worklist } from "./worklist.ts";

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ seq: from + index }));

function worklistOf(count: number, size = count): Worklist<{ readonly seq: number }> {
  const work = new Worklist<{ readonly seq: number }>();
  work.add(messages(1, count));
  work.cut(size);
  return work;
}

/** What a lane does with a receiver that refuses each batch in which a bad message is. */
function deliver(work: Worklist<{ readonly seq: number }>, isBad: (seq: number) => boolean) {
  const taken: number[] = [];
  const refused: number[] = [];
  let requests = 0;
  while (work.ranges.length > 0) {
    requests += 1;
    const batch = work.current.map(({ seq }) => seq);
    if (!batch.some(isBad)) {
      taken.push(...batch);
      work.drop();
    } else if (batch.length > 1) {
      work.split();
    } else {
      refused.push(...batch);
      work.drop();
    }
  }
  return { taken, refused, requests };
}

describe("Worklist", () => {
  test("delivers all good messages in order, and finds exactly the bad ones, for any batch", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 300 })),
        (count, bad) => {
          const isBad = (seq: number) => bad.includes(seq);
          const all = messages(1, count).map(({ seq }) => seq);
          const { taken, refused, requests } = deliver(worklistOf(count), isBad);
          expect(taken).toEqual(all.filter((seq) => !isBad(seq)));
          expect(refused).toEqual(all.filter(isBad));
          // One for the whole; for each bad message two at each halving.
          const halvings = Math.ceil(Math.log2(count));
          expect(requests).toBeLessThanOrEqual(1 + 2 * halvings * refused.length);
        },
      ),
    );
  });

  test("finds after a crash at any moment the same batches again", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 100 })),
        fc.nat({ max: 60 }),
        (count, bad, stepsBefore) => {
          const work = worklistOf(count);
          for (let step = 0; step < stepsBefore && work.ranges.length > 0; step += 1) {
            const isRefused = work.current.some(({ seq }) => bad.includes(seq));
            if (isRefused && work.current.length > 1) work.split();
            else work.drop();
          }
          const { ranges } = work;
          const after = new Worklist<{ readonly seq: number }>();
          after.add(messages(work.firstSeq ?? count + 1, count));
          after.restore(ranges);
          expect(after.ranges).toEqual(ranges);
          expect(after.current).toEqual(work.current);
          expect(after.length).toBe(work.length);
        },
      ),
    );
  });

  test("splits the batch in front, and none of those behind it", () => {
    const work = worklistOf(10);
    work.split();
    work.split();
    expect(work.ranges).toEqual<BatchRange[]>([
      [1, 3],
      [4, 5],
      [6, 10],
    ]);
    work.drop();
    expect(work.current.map(({ seq }) => seq)).toEqual([4, 5]);
    expect(work.firstSeq).toBe(4);
  });

  test("drops the first messages of a batch that was given up in part", () => {
    const work = worklistOf(5, 4);
    work.dropFirst(1);
    expect(work.ranges).toEqual([[2, 4]]);
    work.dropFirst(3);
    expect(work.ranges).toEqual([]);
    expect(work.length).toBe(1);
  });

  test("restores what retention has left of the batches, and no empty ones", () => {
    const work = new Worklist<{ readonly seq: number }>();
    work.add(messages(7, 12));
    work.restore([
      [1, 4],
      [5, 8],
      [9, 10],
    ]);
    expect(work.ranges).toEqual([
      [7, 8],
      [9, 10],
    ]);
  });

  test("refuses to split a single message, and to cut while a batch is cut", () => {
    expect(() => worklistOf(1).split()).toThrow("cannot be split");
    expect(() => worklistOf(2).cut(1)).toThrow("cut already");
  });
});
