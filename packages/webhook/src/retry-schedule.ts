const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The waits after failed tries, in milliseconds: soon at first, since most outages are restarts, and a day at the last.
 * All of them take three days and four hours, about as long as what the Standard Webhooks specification proposes.
 */
export const DEFAULT_SCHEDULE: readonly number[] = [
  ...[1, 2, 5, 10, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 4, 8, 12].map((hours) => hours * HOUR_MS),
  DAY_MS,
  DAY_MS,
];

/** The share of a wait that chance may take away, so that the lanes of many senders do not come back all at once. */
const JITTER = 0.25;

/** A receiver is asked again after a second at the soonest, whatever it says, and within a day. */
const RETRY_AFTER_MIN_MS = SECOND_MS;
const RETRY_AFTER_MAX_MS = DAY_MS;

/** The wait of a step, in whole milliseconds. Chance only shortens it. */
export function stepDelayMs(stepMs: number, random: () => number): number {
  return Math.floor(stepMs * (1 - JITTER * random()));
}

/**
 * How long a `Retry-After` header asks to wait: seconds, or an HTTP date (RFC 9110, 10.2.3). From a second to a day;
 * `undefined` where it is missing or is neither.
 */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * SECOND_MS : httpDate(text) - now;
  if (Number.isNaN(waitMs)) return undefined;
  return Math.min(Math.max(waitMs, RETRY_AFTER_MIN_MS), RETRY_AFTER_MAX_MS);
}

/** Only what begins with a day's name: `Date.parse` alone would take "1" or "soon 5" for a time. */
function httpDate(text: string): number {
  return /^(mon|tue|wed|thu|fri|sat|sun)/i.test(text) ? Date.parse(asGmt(text)) : Number.NaN;
}

/** The form of asctime() names no zone, and is in GMT. */
function asGmt(text: string): string {
  return /gmt|utc|[+-]\d{4}$/i.test(text) ? text : `${text} GMT`;
}
