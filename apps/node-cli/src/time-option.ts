import { quote } from "@tesa/process";

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** Reads a stretch of time (`30s`, `15min`, `2h`, `7d`, `1w`), in milliseconds; `undefined` if it is none. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([a-z]+)$/i.exec(text) ?? [];
  const unitMs = UNITS_MS[unit.toLowerCase()];
  return digits === undefined || unitMs === undefined ? undefined : Number(digits) * unitMs;
}

/**
 * Reads a time: ISO 8601, local where it has no offset, or how long ago (`30s`, `15min`, `2h`, `7d`, `1w`). Gives epoch
 * milliseconds; `undefined` if it is neither.
 *
 * @param now Epoch milliseconds.
 */
export function parseTime(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.round(now - ago);
  // A date alone would be taken for UTC.
  const iso = ISO_DATE.test(text) ? `${text}T00:00` : text;
  if (!ISO_TIME.test(iso)) return undefined;
  const time = Date.parse(iso.replace(" ", "T"));
  return Number.isNaN(time) ? undefined : time;
}

/** Reads the time of a flag; what is wrong goes to `problems`. */
export function readTime(
  flag: string,
  text: string | undefined,
  { now, problems }: { readonly now: number; readonly problems: string[] },
): number | undefined {
  if (text === undefined) return undefined;
  const time = parseTime(text, now);
  if (time === undefined) {
    const forms =
      "ISO 8601, such as 2026-11-23T08:00 (local) or 2026-11-23T08:00Z, or how long ago, such as 15min or 2h";
    problems.push(`${flag} takes a time: ${forms}; not ${quote(text)}.`);
  }
  return time;
}
