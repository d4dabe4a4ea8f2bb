import fc from "fast-check";
import { expect, test } from "vitest";
import { toColumns } from "./columns.ts";
import { PointBudget } from "./points.ts";
import { addReading, createSeries } from "./series.ts";

function seriesOf(points: readonly (readonly [number, number])[]) {
  const series = createSeries(
    { sensor: "s", unit: null, value: null },
    { budget: new PointBudget(1e6), maxPoints: 1e6 },
  );
  for (const [time, value] of points) addReading(series, time, value);
  return series;
}

/** What is drawn of a column: its values, and one `null` for each break between them. */
function drawn(column: readonly (number | null | undefined)[] = []) {
  return column
    .filter((value) => value !== undefined)
    .filter((value, index, all) => value !== null || all[index - 1] !== null);
}

test("of many points within a slice the least and the greatest stay, in the order in which they came", () => {
  const series = seriesOf([
    [10, 5],
    [11, 9],
    [12, 1],
    [13, 6],
  ]);
  const { ys } = toColumns([series], { from: 0, to: 100 }, 1, []);
  expect(ys[0]?.filter((value) => value !== undefined)).toEqual([9, 1]);
});

test("a gap breaks the line between what came before and after it", () => {
  const series = seriesOf([
    [10, 1],
    [90, 2],
  ]);
  const { ys } = toColumns([series], { from: 0, to: 100 }, 10, [{ kind: "certain", from: 30, to: 60 }]);
  expect(drawn(ys[0])).toEqual([1, null, 2]);
  // No line leads into the gap, or out of it.
  const y = ys[0] ?? [];
  expect(y.slice(y.indexOf(1) + 1, y.indexOf(2))).not.toContain(undefined);
});

test("a gap that is told generously breaks the line where nothing came", () => {
  const series = seriesOf([
    [10, 1],
    [30, 2],
    [70, 3],
    [90, 4],
  ]);
  const { ys } = toColumns([series], { from: 0, to: 100 }, 10, [{ kind: "certain", from: 25, to: 88 }]);
  expect(drawn(ys[0])).toEqual([1, 2, null, 3, 4]);
});

test("where the page was away, the line is broken if nothing came, and whole if it was filled later", () => {
  const every = (from: number, to: number) =>
    Array.from({ length: (to - from) / 10 + 1 }, (_, index) => [from + index * 10, 1] as const);
  const away = [{ kind: "away", from: 405, to: 595 }] as const;
  const of = (points: readonly (readonly [number, number])[]) =>
    toColumns([seriesOf(points)], { from: 0, to: 1_000 }, 200, away).ys[0] ?? [];
  expect(of([...every(0, 400), ...every(600, 990)])).toContain(null);
  expect(of(every(0, 990))).not.toContain(null);
  // Half of it was lost.
  expect(of([...every(0, 400), ...every(500, 990)])).toContain(null);
  // Nothing was due in it.
  expect(of([0, 300, 600, 900].map((time) => [time, 1] as const))).not.toContain(null);
  // In slices that are longer than all that.
  expect(toColumns([seriesOf(every(0, 990))], { from: 0, to: 1_000 }, 4, away).ys[0]).not.toContain(null);
});

test("a gap without a beginning or outside of the range breaks nothing", () => {
  const series = seriesOf([[50, 1]]);
  const gaps = [
    { kind: "removed", from: null, to: 20 },
    { kind: "certain", from: 900, to: 950 },
  ] as const;
  expect(toColumns([series], { from: 0, to: 100 }, 10, gaps).ys[0]).not.toContain(null);
});

test("the line comes in from the left edge, from the last point before the range", () => {
  const series = seriesOf([
    [1, 7],
    [150, 8],
  ]);
  const { ys } = toColumns([series], { from: 100, to: 200 }, 10, []);
  expect(ys[0]?.[0]).toBe(7);
});

test("whatever the points and the range: times rise, and least and greatest are those of the range", () => {
  const anyPoints = fc.array(fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 })));
  fc.assert(
    fc.property(
      anyPoints,
      fc.integer({ min: 0, max: 9e5 }),
      fc.integer({ min: 1, max: 1e5 }),
      (points, from, length) => {
        const sorted = points.toSorted(([one], [other]) => one - other);
        const { x, ys, extents } = toColumns([seriesOf(sorted)], { from, to: from + length }, 50, []);
        expect(x).toEqual(x.toSorted((one, other) => one - other));
        expect(ys[0]).toHaveLength(x.length);
        const inside = sorted
          .filter(([time]) => time >= from && time < from + length)
          .map(([, value]) => value);
        if (inside.length > 0) {
          expect(extents[0]?.max).toBeGreaterThanOrEqual(Math.max(...inside));
          expect(extents[0]?.min).toBeLessThanOrEqual(Math.min(...inside));
        }
      },
    ),
  );
});
