import type { TelemetryWarning } from "./telemetry.ts";

/** A time stamp as far as it could be read. */
export interface ParsedTimestamp {
  /** Epoch milliseconds; `null` if there is none, or none that can be read. */
  readonly time: number | null;
  readonly warning: Extract<TelemetryWarning, "timestamp-assumed-utc" | "timestamp-unreadable"> | null;
}

const MISSING: ParsedTimestamp = { time: null, warning: null };
const UNREADABLE: ParsedTimestamp = { time: null, warning: "timestamp-unreadable" };

/** Below it a number counts seconds (until the year 5138), from it on milliseconds (since 1973). */
const FIRST_MILLISECONDS = 1e11;
/** From here on (the year 2286) a number is more likely microseconds, nanoseconds or 20260204103045 than milliseconds. */
const END_OF_MILLISECONDS = 1e13;

/**
 * Reads a device's time stamp: ISO 8601 (a date, or date and time with `T` or a space between them; without an offset
 * it is UTC, with a warning), epoch seconds or milliseconds as a number or a text of one. Missing is `undefined` or
 * `null`. Digits below a millisecond are cut off.
 *
 * It reads by itself, since `Date.parse` takes local time for a missing offset and reads other texts as each engine
 * likes.
 *
 * @example
 * ```ts
 * parseTimestamp("2026-02-04T17:30:45.123+07:00"); // { time: 1770201045123, warning: null }
 * parseTimestamp(1770201045); // { time: 1770201045000, warning: null }
 * parseTimestamp("noon"); // { time: null, warning: "timestamp-unreadable" }
 * ```
 */
export function parseTimestamp(value: unknown): ParsedTimestamp {
  if (value === undefined || value === null) return MISSING;
  if (typeof value === "number") return fromNumber(value);
  if (typeof value !== "string") return UNREADABLE;
  // The fifth character tells an ISO date from a number.
  return value.charCodeAt(4) === HYPHEN ? fromIso(value) : fromNumericText(value);
}

function fromNumber(value: number): ParsedTimestamp {
  const size = Math.abs(value);
  if (!(size < END_OF_MILLISECONDS)) return UNREADABLE;
  // Rounded and not cut off, since 1770201045.123 * 1000 is 1770201045122.9999; + 0 makes a -0 of it 0.
  return { time: Math.round(size < FIRST_MILLISECONDS ? value * 1_000 : value) + 0, warning: null };
}

/** The longest numbers that can be read are far shorter. */
const MAX_NUMERIC_LENGTH = 40;

function fromNumericText(text: string): ParsedTimestamp {
  if (text.length > MAX_NUMERIC_LENGTH || !/^-?\d+(\.\d+)?$/.test(text)) return UNREADABLE;
  return fromNumber(Number(text));
}

/**
 * Reads the one form that most devices send, `YYYY-MM-DDThh:mm:ss[.SSS]Z`, from its bytes. What it leaves unread may be
 * another form, or no time at all: {@link parseTimestamp} has to tell.
 */
export class UtcReader {
  /** Epoch milliseconds, as they were read last. */
  time = 0;
  /** The bytes of a date, and when it began: nearly all messages are of the same day. */
  readonly #date = new Uint8Array(10);
  #dateMs = 0;

  /** How many bytes it has read from `start` on; 0 if it could not. */
  read(bytes: Uint8Array, start: number): number {
    if (!this.#isSameDate(bytes, start) && !this.#readDate(bytes, start)) return 0;
    const hour = twoDigits(bytes, start + 11);
    const minute = twoDigits(bytes, start + 14);
    const second = twoDigits(bytes, start + 17);
    // A text of digits too few is -1, and hours and seconds that need a closer look are left to parseTimestamp(), too.
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return 0;
    if (bytes[start + 10] !== 0x54 || bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return 0;
    const time = this.#dateMs + hour * HOUR_MS + minute * MINUTE_MS + second * 1_000;
    if (bytes[start + 19] === 0x5a) {
      this.time = time;
      return 20;
    }
    const tens = twoDigits(bytes, start + 20);
    const ones = (bytes[start + 22] ?? 0) - 0x30;
    if (bytes[start + 19] !== POINT || tens < 0 || ones < 0 || ones > 9 || bytes[start + 23] !== 0x5a)
      return 0;
    this.time = time + tens * 10 + ones;
    return 24;
  }

  #isSameDate(bytes: Uint8Array, start: number): boolean {
    const date = this.#date;
    for (let index = 0; index < date.length; index += 1) {
      if (bytes[start + index] !== date[index]) return false;
    }
    return true;
  }

  #readDate(bytes: Uint8Array, start: number): boolean {
    const century = twoDigits(bytes, start);
    const yearOfCentury = twoDigits(bytes, start + 2);
    const month = twoDigits(bytes, start + 5);
    const day = twoDigits(bytes, start + 8);
    if (century < 0 || yearOfCentury < 0 || month < 1 || month > 12 || day < 1) return false;
    const year = century * 100 + yearOfCentury;
    if (bytes[start + 4] !== HYPHEN || bytes[start + 7] !== HYPHEN || day > daysInMonth(year, month))
      return false;
    this.#date.set(bytes.subarray(start, start + this.#date.length));
    this.#dateMs = daysSinceEpoch(year, month, day) * DAY_MS;
    return true;
  }
}

/** The number that two bytes write in digits; -1 if they do not. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 0x30;
  const ones = (bytes[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

const HYPHEN = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** `YYYY-MM-DD`, then nothing or a time of day and perhaps an offset. */
function fromIso(text: string): ParsedTimestamp {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return UNREADABLE;
  if (text.charCodeAt(7) !== HYPHEN) return UNREADABLE;
  const dayMs = daysSinceEpoch(year, month, day) * DAY_MS;
  if (text.length === 10) return { time: dayMs, warning: "timestamp-assumed-utc" };
  const separator = text.charAt(10);
  if (separator !== "T" && separator !== " " && separator !== "t") return UNREADABLE;
  return addTimeOfDay(text, dayMs);
}

/** `hh:mm[:ss[.fraction]][offset]` from the 12th character on. */
function addTimeOfDay(text: string, dayMs: number): ParsedTimestamp {
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  if (hour < 0 || hour > 24 || minute < 0 || minute > 59 || text.charAt(13) !== ":") return UNREADABLE;
  let end = 16;
  let second = 0;
  let fraction = 0;
  if (text.charAt(16) === ":") {
    second = digits(text, 17, 2);
    // 60 is a leap second, which epoch time counts as the next minute's first one.
    if (second < 0 || second > 60) return UNREADABLE;
    end = 19;
    if (text.charAt(19) === "." || text.charAt(19) === ",") {
      end = endOfDigits(text, 20);
      if (end === 20) return UNREADABLE;
      fraction = firstThreeDigits(text, 20, end);
    }
  }
  // 24:00 is the end of a day (ISO 8601), and nothing comes after it.
  if (hour === 24 && minute + second + fraction > 0) return UNREADABLE;
  const time = dayMs + (hour * 60 + minute) * MINUTE_MS + second * 1_000 + fraction;
  if (end === text.length) return { time, warning: "timestamp-assumed-utc" };
  const offset = offsetMinutes(text, end);
  return offset === null ? UNREADABLE : { time: time - offset * MINUTE_MS, warning: null };
}

/** `Z`, `+hh`, `+hhmm` or `+hh:mm`, up to the end of the text. */
function offsetMinutes(text: string, start: number): number | null {
  const sign = text.charAt(start);
  if (sign === "Z" || sign === "z") return text.length === start + 1 ? 0 : null;
  if (sign !== "+" && sign !== "-") return null;
  const hours = digits(text, start + 1, 2);
  if (hours < 0 || hours > 23) return null;
  let minutes = 0;
  if (text.length > start + 3) {
    const at = text.charAt(start + 3) === ":" ? start + 4 : start + 3;
    minutes = digits(text, at, 2);
    if (minutes < 0 || minutes > 59 || text.length !== at + 2) return null;
  }
  const total = hours * 60 + minutes;
  return sign === "-" ? -total : total;
}

/** The number that `count` digits make; -1 if they are not all digits. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let index = start; index < start + count; index += 1) {
    const digit = text.charCodeAt(index) - 0x30;
    // Past the end it is NaN.
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (digits(text, end, 1) >= 0) end += 1;
  return end;
}

function firstThreeDigits(text: string, start: number, end: number): number {
  const count = Math.min(end - start, 3);
  return digits(text, start, count) * 10 ** (3 - count);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The days between 0000-03-01 and 1970-01-01 in the Gregorian calendar. */
const EPOCH_DAYS = 719_468;

/** Counts in years that begin in March, so that the leap day is the last one. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  // (153 m + 2) / 5 are the days before month m of such a year: 0, 31, 61, 92 ...
  const dayOfYear = Math.floor((153 * marchMonth + 2) / 5) + day - 1;
  return marchYear * 365 + leapDays + dayOfYear - EPOCH_DAYS;
}
