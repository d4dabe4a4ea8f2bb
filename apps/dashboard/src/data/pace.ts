import type { Device } from "./fleet-store.ts";

/** By what a device or one of its sensors is judged: when it was seen last, and how often it usually is. */
export type Pace = Pick<Device, "lastSeen" | "intervalMs">;

/** As many as it takes to tell what is usual. */
const KEPT = 6;

/**
 * Notes that a sensor was seen at a time, among the newest few of its times, oldest first. One that `isLate` lies before
 * others; another that does so came after the clock that stamps messages was put back, and is the newest.
 */
export function noteSeen(seen: number[], time: number, isLate: boolean): void {
  if (!isLate) while ((seen.at(-1) ?? time) > time) seen.pop();
  let place = seen.length;
  while ((seen[place - 1] ?? time) > time) place -= 1;
  const isKnown = seen[place - 1] === time;
  if (isKnown || (place === 0 && seen.length === KEPT)) return;
  seen.splice(place, 0, time);
  if (seen.length > KEPT) seen.shift();
}

/**
 * The pace of a sensor, by its newest times. Usual is the longest time between two of them but one: that one may have been
 * an outage, and of what comes in pairs the short ones say nothing.
 *
 * @param otherwiseMs what is usual where it was seen once at most
 */
export function paceOf(seen: readonly number[], otherwiseMs: number | null): Pace {
  const intervals = seen.slice(1).map((time, index) => time - (seen[index] ?? time));
  const [longest, next] = intervals.sort((one, other) => other - one);
  return {
    lastSeen: seen.at(-1) ?? Number.NEGATIVE_INFINITY,
    intervalMs: next ?? longest ?? otherwiseMs,
  };
}
