import type { LineBreak } from "./fleet-store.ts";
import type { PointRing } from "./points.ts";
import type { Series } from "./series.ts";

/** A stretch of time, in epoch milliseconds; `to` is not part of it. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What uPlot draws: seconds since the epoch, and for each series its value there. `undefined`: none; `null`: a break. */
export interface Columns {
  readonly x: number[];
  readonly ys: (number | null | undefined)[][];
  /** Least and greatest of each series within the range; `NaN` where there is none. */
  readonly extents: { readonly min: number; readonly max: number }[];
}

/**
 * Reduces series to what can be seen: of the points within each slice of time the least and the greatest, in the order
 * in which they came, so that no peak is lost however long the range. Slices begin at whole multiples of their length,
 * so that a picture that moves does not flicker. A gap breaks the lines; time in which the page was away breaks those of
 * which points are missing there.
 */
export function toColumns(
  series: readonly Series[],
  { from, to }: TimeRange,
  slices: number,
  gaps: readonly LineBreak[],
): Columns {
  const step = Math.max((to - from) / slices, 1);
  const first = Math.floor(from / step) - 1;
  const count = Math.ceil(to / step) - first + 1;
  const x: number[] = new Array(count * 2);
  for (let slice = 0; slice < count; slice += 1) {
    x[slice * 2] = ((first + slice + 0.25) * step) / 1_000;
    x[slice * 2 + 1] = ((first + slice + 0.75) * step) / 1_000;
  }
  const breaks = gaps.flatMap((gap) => placesOf(gap, first, count, step));
  const extents: { min: number; max: number }[] = [];
  const ys = series.map(({ points }) => {
    const y: (number | null | undefined)[] = new Array(count * 2).fill(undefined);
    const extent = { min: Number.NaN, max: Number.NaN };
    // One point before the range, so that lines come in from the left edge.
    let index = Math.max(0, points.firstFrom(first * step) - 1);
    const before = points.timeAt(index);
    if (before < first * step) {
      y[0] = points.valueAt(index);
      index += 1;
    }
    const last = points.firstFrom(to);
    while (index < last) {
      const slice = Math.floor(points.timeAt(index) / step);
      let low = index;
      let high = index;
      for (; index < last && Math.floor(points.timeAt(index) / step) === slice; index += 1) {
        if (points.valueAt(index) < points.valueAt(low)) low = index;
        if (points.valueAt(index) > points.valueAt(high)) high = index;
      }
      const at = (slice - first) * 2;
      y[at] = points.valueAt(Math.min(low, high));
      if (low !== high) y[at + 1] = points.valueAt(Math.max(low, high));
      if (!(points.valueAt(low) >= extent.min)) extent.min = points.valueAt(low);
      if (!(points.valueAt(high) <= extent.max)) extent.max = points.valueAt(high);
    }
    for (const gap of breaks) breakLine(y, gap, points, step);
    extents.push(extent);
    return y;
  });
  return { x, ys, extents };
}

/** A gap that can be seen, with its first and last place. */
interface Break {
  readonly begin: number;
  readonly end: number;
  /** For time in which the page was away; `null` for a gap, which is known to be one. */
  readonly away: TimeRange | null;
}

function placesOf({ kind, from, to }: LineBreak, first: number, count: number, step: number): Break[] {
  if (from === null || to === null || to < from) return [];
  const begin = Math.max(0, (Math.floor(from / step) - first) * 2 + 1);
  const end = Math.min(count * 2 - 1, (Math.floor(to / step) - first) * 2 - 1);
  if (begin >= count * 2 || end < 0) return [];
  return [{ begin, end: Math.max(begin, end), away: kind === "away" ? { from, to } : null }];
}

/**
 * At the longest free stretch within the gap, from value to value. A gap is told generously: it begins before the last
 * message that came, and the first may come before it is known to be over. What is missing is missing where nothing came.
 */
function breakLine(
  y: (number | null | undefined)[],
  { begin, end, away }: Break,
  points: PointRing,
  step: number,
): void {
  let longest = 0;
  let place = -1;
  for (let at = begin, free = 0; at <= end; at += 1) {
    free = y[at] === undefined ? free + 1 : 0;
    if (free < longest || free === 0) continue;
    longest = free;
    place = at;
  }
  if (place < 0) return;
  // The chart leaves out what lies between the neighbours of a break, so all of the stretch has to be one.
  let from = place;
  while (from > 0 && y[from - 1] === undefined) from -= 1;
  let to = place;
  while (to < y.length && y[to] === undefined) to += 1;
  // What was replayed has filled it, or nothing was due. A slice more or less is how exactly it can be told here.
  if (away !== null && (to - from - 2) * (step / 2) < usualSpacing(points, away) * MISSING_INTERVALS) return;
  y.fill(null, from, to);
}

/** So many usual spacings without a point are more than chance. */
const MISSING_INTERVALS = 1.5;
const LOOKED_AT = 9;

/** The median time between points before a stretch, or after it where there are none; 0 where that is not known. */
function usualSpacing(points: PointRing, { from, to }: TimeRange): number {
  const end = points.firstFrom(from);
  const after = points.firstFrom(to);
  const [first, last] =
    end >= 3 ? [Math.max(0, end - LOOKED_AT), end] : [after, Math.min(points.length, after + LOOKED_AT)];
  const spacings: number[] = [];
  for (let index = first + 1; index < last; index += 1) {
    spacings.push(points.timeAt(index) - points.timeAt(index - 1));
  }
  return spacings.sort((one, other) => one - other)[spacings.length >> 1] ?? 0;
}
