import type { Reading } from "@tesa/core";
import { boundedName, ownCopy } from "./names.ts";
import { noteSeen } from "./pace.ts";
import { type PointBudget, PointRing } from "./points.ts";

/** Beyond this a number has no place on an axis; it is shown, but not drawn. */
const MAX_DRAWN = 1e30;
/** As much of a text value as is kept. */
const MAX_TEXT = 300;

/** What one device measures under one name and unit. */
export interface Series {
  readonly key: string;
  readonly sensor: string;
  readonly unit: string | null;
  /** The newest value, as it came. */
  latest: Reading["value"];
  latestAt: number;
  /** The newest few times at which it came, oldest first; without what the broker had in store. */
  readonly seen: number[];
  /** Numbers, and booleans as 0 and 1. */
  readonly points: PointRing;
  /** Whether all its values so far are booleans: drawn in steps between off and on. */
  isSwitch: boolean;
}

/** A series is what has one name and one unit. */
export function seriesKey({ sensor, unit }: Pick<Reading, "sensor" | "unit">): string {
  return `${boundedName(sensor)}\u0000${unit === null ? "" : boundedName(unit)}`;
}

export function createSeries(
  { sensor, unit }: Reading,
  options: { readonly budget: PointBudget; readonly maxPoints: number },
): Series {
  return {
    key: seriesKey({ sensor, unit }),
    sensor: boundedName(sensor),
    unit: unit === null ? null : boundedName(unit),
    latest: null,
    latestAt: Number.NEGATIVE_INFINITY,
    seen: [],
    points: new PointRing(options),
    isSwitch: true,
  };
}

/** Parts of a name that are numbers in their order: `motor 2` before `motor 10`. The same in every language. */
const NAMES = new Intl.Collator("en", { numeric: true });

/** By name, then by unit; those that a language does not tell apart, by their characters. */
export function compareSeries(one: Series, other: Series): number {
  return (
    NAMES.compare(one.sensor, other.sensor) ||
    NAMES.compare(one.unit ?? "", other.unit ?? "") ||
    (one.key < other.key ? -1 : Number(one.key > other.key))
  );
}

/** Puts a series where its name belongs, so that order and colours do not depend on what came first. */
export function addInOrder(all: Map<string, Series>, series: Series): void {
  const behind = [...all.values()].filter((other) => compareSeries(other, series) > 0);
  all.set(series.key, series);
  for (const other of behind) {
    all.delete(other.key);
    all.set(other.key, other);
  }
}

/** How a reading came. */
export interface Origin {
  /** It lies before others, and is not the newest for coming last. @default false */
  readonly isLate?: boolean;
  /** The broker had it in store: worth showing, but no sign of life. @default false */
  readonly isStored?: boolean;
  /** The device's own time, in epoch milliseconds. @default none */
  readonly deviceTime?: number | null;
}

/** Takes in a reading of a time. */
export function addReading(
  series: Series,
  time: number,
  value: Reading["value"],
  { isLate = false, isStored = false, deviceTime = null }: Origin = {},
): void {
  if (!isLate || time >= series.latestAt) {
    series.latest = keptValue(value);
    series.latestAt = time;
  }
  if (!isStored) noteSeen(series.seen, time, isLate);
  const drawn = drawnValue(value);
  if (drawn === null) return;
  if (typeof value !== "boolean") series.isSwitch = false;
  if (isLate) series.points.insert(time, drawn, deviceTime);
  else series.points.push(time, drawn, deviceTime);
}

/** A value of bounded length; what is cut off a text is told by an ellipsis. */
export function keptValue(value: Reading["value"]): Reading["value"] {
  if (typeof value !== "string" || value.length <= MAX_TEXT) return value;
  return ownCopy(`${value.slice(0, MAX_TEXT - 1)}…`);
}

/** What of a value can be drawn; `null` where it is no number, or none that fits on an axis. */
export function drawnValue(value: Reading["value"]): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" && Math.abs(value) <= MAX_DRAWN ? value : null;
}
