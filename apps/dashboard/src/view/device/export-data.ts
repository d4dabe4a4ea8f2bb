import type { TimeRange } from "../../data/columns.ts";
import type { LoggedMessage, UndrawnReading } from "../../data/device-detail.ts";
import { lineOf } from "../../data/incoming.ts";
import type { Series } from "../../data/series.ts";

/** What of a device is exported. */
export interface Exported {
  readonly deviceId: string;
  /** Those that are drawn. */
  readonly series: readonly Series[];
  /** What no chart can draw, such as texts. */
  readonly undrawn: readonly UndrawnReading[];
}

/**
 * The readings of a stretch of time as CSV (RFC 4180), in the order of time. Times are ISO 8601, in UTC: those of the
 * charts, of receipt, or the device's for what came late.
 */
export function toCsv({ deviceId, series, undrawn }: Exported, { from, to }: TimeRange): string {
  const rows: { readonly time: number; readonly row: string }[] = [];
  const add = (time: number, sensor: string, value: string, unit: string | null) => {
    const cells = [new Date(time).toISOString(), cell(deviceId), cell(sensor), value, cell(unit ?? "")];
    rows.push({ time, row: cells.join(",") });
  };
  for (const { sensor, unit, points, isSwitch } of series) {
    const last = points.firstFrom(to);
    for (let index = points.firstFrom(from); index < last; index += 1) {
      const time = points.timeAt(index);
      const value = points.valueAt(index);
      add(time, sensor, isSwitch ? String(value === 1) : String(value), unit);
    }
  }
  for (const { time, sensor, unit, value } of undrawn) {
    // Numbers are no formulas, whatever their sign.
    const shown = typeof value === "string" ? cell(value) : String(value ?? "");
    if (time >= from && time < to) add(time, sensor, shown, unit);
  }
  rows.sort((one, other) => one.time - other.time);
  return ["time,device,sensor,value,unit", ...rows.map(({ row }) => row), ""].join("\r\n");
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
