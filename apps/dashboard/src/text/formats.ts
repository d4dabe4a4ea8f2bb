import type { Reading } from "@tesa/core";
import type { Text } from "./en.ts";

/** Numbers and times in the words of one locale. */
export interface Formats {
  readonly locale: string;
  count(value: number): string;
  rate(value: number): string;
  /** A measured number, with at most six significant digits. */
  number(value: number): string;
  /** Labels of a number axis, whose steps are that long: with as many digits as tell them apart. */
  axisNumber(value: number, step: number): string;
  /** A reading's value as text, booleans and nothing included. */
  value(value: Reading["value"]): string;
  /** Hours, minutes and seconds; with the day where it is not today. */
  time(epochMs: number): string;
  timeWithMs(epochMs: number): string;
  dateTime(epochMs: number): string;
  /** How long ago. */
  age(ms: number): string;
  /** Labels of a time axis, whose steps are that long. */
  axisTime(epochMs: number, stepMs: number): string;
}

const DAY_MS = 86_400_000;

export function createFormats(locale: string, text: Text): Formats {
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const rate = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });
  const large = new Intl.NumberFormat(locale, { maximumSignificantDigits: 4, notation: "scientific" });
  const style = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { hourCycle: "h23", ...options });
  const time = style({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const minutes = style({ hour: "2-digit", minute: "2-digit" });
  const day = style({ day: "numeric", month: "short" });
  const dayTime = style({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const withMs = style({ hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 });
  const dateTime = style({ dateStyle: "medium", timeStyle: "medium" });
  const isDrawable = (epochMs: number) => Math.abs(epochMs) <= 8.64e15;
  const number = (value: number) => {
    const size = Math.abs(value);
    return (size >= 1e9 || (size < 1e-4 && size > 0) ? large : plain).format(value);
  };
  const forAxis = new Map<string, Intl.NumberFormat>();
  const axisNumber = (value: number, step: number) => {
    const digits = digitsOf(step);
    const isScientific = value !== 0 && (Math.abs(value) >= 1e9 || digits > 9);
    if (value === 0 && digits > 9) return "0";
    const wanted = isScientific ? exponentOf(Math.abs(value)) + digits : digits;
    const decimals = Math.min(15, Math.max(0, wanted));
    const key = `${decimals}${isScientific}`;
    const known = forAxis.get(key);
    const format =
      known ??
      new Intl.NumberFormat(locale, {
        maximumFractionDigits: decimals,
        ...(isScientific ? { notation: "scientific" } : { minimumFractionDigits: decimals }),
      });
    forAxis.set(key, format);
    return format.format(value);
  };
  return {
    locale,
    count: (value) => count.format(value),
    rate: (value) => (value >= 100 ? count : rate).format(value),
    number,
    axisNumber,
    value: (value) => {
      if (value === null) return text.device.nothing;
      if (typeof value === "boolean") return value ? text.device.on : text.device.off;
      return typeof value === "number" ? number(value) : value;
    },
    time: (epochMs) => {
      if (!isDrawable(epochMs)) return "?";
      return (Math.abs(Date.now() - epochMs) < DAY_MS ? time : dayTime).format(epochMs);
    },
    timeWithMs: (epochMs) => (isDrawable(epochMs) ? withMs.format(epochMs) : "?"),
    dateTime: (epochMs) => (isDrawable(epochMs) ? dateTime.format(epochMs) : "?"),
    age: (ms) => {
      if (!Number.isFinite(ms)) return text.age.never;
      const seconds = Math.floor(ms / 1_000);
      if (seconds < 1) return text.age.now;
      if (seconds < 60) return text.age.seconds(count.format(seconds));
      if (seconds < 3_600) return text.age.minutes(count.format(Math.floor(seconds / 60)));
      if (seconds < 86_400) return text.age.hours(count.format(Math.floor(seconds / 3_600)));
      return text.age.days(count.format(Math.floor(seconds / 86_400)));
    },
    axisTime: (epochMs, stepMs) => {
      if (stepMs >= DAY_MS) return day.format(epochMs);
      const date = new Date(epochMs);
      if (stepMs >= 3_600_000 && date.getHours() === 0) return day.format(epochMs);
      return (stepMs < 60_000 ? time : minutes).format(epochMs);
    },
  };
}

/** So many decimals a step has; of one that ends in zeros, less than none. */
function digitsOf(step: number): number {
  const exponent = exponentOf(step);
  const leading = step / 10 ** exponent;
  return (Math.abs(leading - Math.round(leading)) > 1e-6 ? 1 : 0) - exponent;
}

/** The power of ten in which a number greater than 0 begins. */
function exponentOf(value: number): number {
  return Math.floor(Math.log10(value) + 1e-9);
}
