import type { TimeRange } from "../../data/columns.ts";
import type { LoggedMessage } from "../../data/device-detail.ts";
import { lineOf } from "../../data/incoming.ts";
import type { Series } from "../../data/series.ts";
import type { UndrawnReading } from "../../data/undrawn.ts";

/** What of a device is exported. */
export interface Exported {
  readonly deviceId: string;
  /** Those that are drawn. */
  readonly series: readonly Series[];
  /** What no chart can draw, such as texts. */
  readonly undrawn: readonly UndrawnReading[];
}

/**
 * The readings of a stretch of time as CSV (RFC 4180), in the order of time. Times are ISO 8601 with milliseconds, in UTC:
 * `time` is that of the charts, of receipt, or the device's for what came late; `device_time` is the device's own, as it
 * was sent, and empty where it sent none.
 */
export function toCsv({ deviceId, series, undrawn }: Exported, { from, to }: TimeRange): string {
  const rows: { readonly time: number; readonly row: string }[] = [];
  const add = ({ time, deviceTime, sensor, unit }: Omit<UndrawnReading, "value">, value: string) => {
    const times = [new Date(time).toISOString(), deviceTimeCell(deviceTime)];
    rows.push({ time, row: [...times, cell(deviceId), cell(sensor), value, cell(unit ?? "")].join(",") });
  };
  for (const { sensor, unit, points, isSwitch } of series) {
    const last = points.firstFrom(to);
    for (let index = points.firstFrom(from); index < last; index += 1) {
      const value = points.valueAt(index);
      add(
        { time: points.timeAt(index), deviceTime: points.deviceTimeAt(index), sensor, unit },
        isSwitch ? String(value === 1) : String(value),
      );
    }
  }
  for (const reading of undrawn) {
    const { time, value } = reading;
    // Numbers are no formulas, whatever their sign.
    const shown = typeof value === "string" ? cell(value) : String(value ?? "");
    if (time >= from && time < to) add(reading, shown);
  }
  rows.sort((one, other) => one.time - other.time);
  return ["time,device_time,device,sensor,value,unit", ...rows.map(({ row }) => row), ""].join("\r\n");
}

/** The furthest time that a `Date` can hold, either way. */
const MAX_DATE_MS = 8.64e15;

/** A clock may say anything: a year of more than four digits begins with a sign, and what is no time is left out. */
function deviceTimeCell(time: number | null): string {
  if (time === null || !(Math.abs(time) <= MAX_DATE_MS)) return "";
  return cell(new Date(time).toISOString());
}

/** A text in quotes where it needs them. What a spreadsheet would take for a formula is made text by an apostrophe. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The messages of a stretch of time, as the relay has them: one JSON object a line. */
export function toNdjsonLines(messages: readonly LoggedMessage[], { from, to }: TimeRange): string {
  return messages
    .filter(({ at }) => at >= from && at < to)
    .map(({ message }) => `${lineOf(message)}\n`)
    .join("");
}

/** Offers a text as a file. */
export function download(text: string, name: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A file name that every system takes. */
export function fileName(deviceId: string, at: number, extension: string): string {
  const time = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  return `${deviceId.replaceAll(/[^\w.-]+/g, "_").slice(0, 60) || "device"}-${time}.${extension}`;
}
