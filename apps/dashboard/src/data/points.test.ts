import fc from "fast-check";
import { expect, test } from "vitest";
import { PointBudget, PointRing } from "./points.ts";

const ring = (maxPoints: number, budget = 1_000) =>
  new PointRing({ budget: new PointBudget(budget), maxPoints });
const times = (points: PointRing) =>
  Array.from({ length: points.length }, (_, index) => points.timeAt(index));

test("a ring keeps the newest points once it is full", () => {
  const points = ring(40);
  for (let time = 1; time <= 100; time += 1) points.push(time, time * 2);
  expect(points.length).toBe(40);
  expect([points.timeAt(0), points.timeAt(39), points.valueAt(39)]).toEqual([61, 100, 200]);
  expect(points.timeAt(40)).toBeNaN();
  expect(points.timeAt(-1)).toBeNaN();
});

test("a ring whose budget is used up drops its oldest instead of growing", () => {
  const points = ring(1_000, 32);
  for (let time = 1; time <= 100; time += 1) points.push(time, 0);
  expect(points.length).toBe(32);
  expect(points.timeAt(0)).toBe(69);
});

test("a ring without any budget holds the newest point alone", () => {
  const points = ring(1_000, 0);
  points.push(1, 10);
  points.push(2, 20);
  expect([points.length, points.timeAt(0), points.valueAt(0)]).toEqual([1, 2, 20]);
});

test("a time before the last one counts as the last one", () => {
  const points = ring(10);
  for (const time of [5, 3, 7]) points.push(time, time);
  expect(times(points)).toEqual([5, 5, 7]);
});

test("older points go before the present ones, the newest of them where there is no room for all", () => {
  const points = ring(5);
  points.push(10, 1);
  points.push(11, 1);
  points.prepend([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]);
  expect(times(points)).toEqual([3, 4, 5, 10, 11]);
});

test("firstFrom() finds the first point at a time or later", () => {
  const points = ring(3);
  for (const time of [1, 2, 4, 6]) points.push(time, 0);
  expect([0, 2, 3, 6, 7].map((time) => points.firstFrom(time))).toEqual([0, 0, 1, 2, 3]);
});

test("what a ring releases can be used by another", () => {
  const budget = new PointBudget(32);
  const first = new PointRing({ budget, maxPoints: 100 });
  first.push(1, 1);
  const second = new PointRing({ budget, maxPoints: 100 });
  first.release();
  second.push(1, 1);
  second.push(2, 2);
  expect([first.length, second.length]).toEqual([0, 2]);
});

test("whatever comes late or from history: all points are in the order of time, and the oldest go first", () => {
  const anyPoint = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 50 }));
  fc.assert(
    fc.property(
      fc.array(anyPoint, { maxLength: 80 }),
      fc.array(fc.integer({ min: 0, max: 50 })),
      (added, older) => {
        const points = ring(40);
        let newest = Number.NEGATIVE_INFINITY;
        const all: number[] = [];
        for (const [isLate, time] of added) {
          newest = Math.max(newest, time);
          if (isLate) points.insert(time, time);
          else points.push(time, isLate ? time : newest);
          const placed = isLate ? time : newest;
          // One that is older than all there is room for is left out.
          if (all.length === 40 && placed < Math.min(...all)) continue;
          all.push(placed);
          all.sort((one, other) => one - other);
          if (all.length > 40) all.shift();
        }
        expect(times(points)).toEqual(all);
        points.prepend(older, older);
        const wanted = [...all, ...older].sort((one, other) => one - other).slice(-40);
        expect(times(points)).toEqual(wanted);
        expect(times(points).map((_, index) => points.valueAt(index))).toEqual(wanted);
      },
    ),
  );
});

test("a point that comes late goes behind those of its time, wherever the ring begins", () => {
  const points = ring(4);
  for (const [index, time] of [1, 2, 3, 5, 7].entries()) points.push(time, index);
  points.insert(5, 50);
  expect(times(points)).toEqual([3, 5, 5, 7]);
  expect(points.valueAt(2)).toBe(50);
  points.insert(1, 10);
  expect(times(points)).toEqual([3, 5, 5, 7]);
});

test("the device's own times stay with their points, wherever those come to lie", () => {
  const points = ring(6);
  const all = () =>
    Array.from({ length: points.length }, (_, index) => [points.timeAt(index), points.deviceTimeAt(index)]);
  points.push(10, 0);
  expect(all()).toEqual([[10, null]]);
  points.push(30, 0, 29);
  points.insert(20, 0, 0);
  points.prepend([1, 2], [0, 0], [null, 1.5]);
  const ordered = [
    [1, null],
    [2, 1.5],
    [10, null],
    [20, 0],
    [30, 29],
  ];
  expect(all()).toEqual(ordered);
  points.insert(25, 0);
  points.push(40, 0, 41);
  expect(all()).toEqual([...ordered.slice(1, 4), [25, null], [30, 29], [40, 41]]);
  expect([points.deviceTimeAt(-1), points.deviceTimeAt(6)]).toEqual([null, null]);
  // Room is made for more points, and for those of history that lie among others.
  const more = ring(100);
  for (let time = 1; time <= 40; time += 1) more.push(time * 2, 0, time);
  more.prepend([1, 5, 3], [0, 0, 0], [100, null, 300]);
  expect([0, 1, 2, 3, 4, 42].map((index) => more.deviceTimeAt(index))).toEqual([100, 1, 300, 2, null, 40]);
  more.release();
  more.push(1, 0);
  expect(more.deviceTimeAt(0)).toBeNull();
});
