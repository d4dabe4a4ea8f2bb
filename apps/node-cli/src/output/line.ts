import type { Reading, Telemetry, TelemetryWarning } from "@tesa/core";
import { displayWidth, localTime, pad, printable, truncate } from "@tesa/process";
import type { Colours } from "../colours.ts";

/** How a line is to look. */
export interface LineStyle {
  readonly colours: Colours;
  /** The width of the terminal. */
  readonly columns: number;
  /** How the time of receipt is written. @default the local time of day */
  readonly time?: (epochMs: number) => string;
}

/** "motor/2/temperature" has 19 characters; a narrow terminal has better use for the room. */
const COLUMNS = [
  { from: 100, device: 20, sensor: 19 },
  { from: 80, device: 20, sensor: 14 },
  { from: 56, device: 14, sensor: 14 },
  { from: 48, device: 11, sensor: 9 },
  { from: 0, device: 6, sensor: 5 },
] as const;
/** What the time of day takes; a date leaves less for the rest. */
const TIME_COLUMNS = 12;
/** Less than this shows no mark, and would look like a part of the value. */
const MIN_MARK_COLUMNS = 8;
/** Marks get no room that a value needs: so many columns are for values alone. */
const MIN_CONTENT_COLUMNS = 28;
/** A device's clock that is off by more than this is worth a mark. */
const CLOCK_TOLERANCE_MS = 60_000;
/** Bytes of a binary payload that are shown. */
const HEX_BYTES = 16;

const WARNINGS: Readonly<Record<TelemetryWarning, string>> = {
  "topic-unexpected": "unexpected topic",
  "device-mismatch": "names another device",
  "timestamp-assumed-utc": "UTC assumed",
  "timestamp-unreadable": "unreadable time",
  "precision-lost": "digits lost",
  "number-out-of-range": "number out of range",
};

interface Part {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/**
 * Writes a message as one line for people, never wider than the terminal. Whatever came from a device is made harmless
 * first: neither its name nor its payload can move the cursor, change a colour or fake another line.
 */
export function formatLine(message: Telemetry, style: LineStyle): string {
  const { colours, columns, time = localTime } = style;
  const when = time(message.receivedAt);
  const free = columns - (displayWidth(when) - TIME_COLUMNS);
  const widths = COLUMNS.find(({ from }) => free >= from) ?? COLUMNS[4];
  // The last column stays free: some terminals wrap as soon as it is written.
  const line = new Line(columns - 1);
  line.add({ text: `${when}  `, paint: colours.dim });
  line.add({ text: column(message.deviceId ?? message.topic, widths.device), paint: colours.cyan });
  // Where the topic has no sensor, the readings have its room.
  if (message.sensor !== null) line.add({ text: column(message.sensor, widths.sensor) });
  const notes = [...marks(message)].map((mark) => `  [${mark}]`).join("");
  const room = Math.max(line.left - displayWidth(notes), Math.min(line.left, MIN_CONTENT_COLUMNS));
  if (message.readings.length > 0) addReadings(line, message, { room, colours });
  else {
    const kind = kindOf(message);
    const before = line.left;
    if (kind !== null) line.add({ text: `[${kind}] `, paint: colours.red });
    line.add({ text: payloadText(message), paint: colours.dim }, room - (before - line.left));
  }
  if (line.left >= Math.min(displayWidth(notes), MIN_MARK_COLUMNS))
    line.add({ text: notes, paint: colours.yellow });
  return line.text;
}

/** A line that grows until it is full. */
class Line {
  text = "";
  /** The columns that are free. */
  left: number;

  constructor(columns: number) {
    this.left = columns;
  }

  /** @param room No more columns than this. */
  add({ text, paint = String }: Part, room = this.left): void {
    const columns = Math.min(room, this.left);
    if (columns <= 0 || text === "") return;
    const fitting = truncate(safe(text, columns), columns);
    this.text += paint(fitting);
    this.left -= displayWidth(fitting);
  }
}

/** A character has more than one code unit at times, but hardly this many; a value may have 10 MB. */
function safe(text: string, columns: number): string {
  return printable(text.slice(0, columns * 16));
}

interface Content {
  readonly room: number;
  readonly colours: Colours;
}

/** As many readings as there is room for, at least the first, and how many more there are. */
function addReadings(line: Line, { readings, sensor }: Telemetry, content: Content): void {
  const { colours } = content;
  const hasName = (reading: Reading) => readings.length > 1 || reading.sensor !== sensor;
  const shown = (text: string) => safe(text, line.left + 1);
  const partsOf = (reading: Reading): Parts => ({
    name: hasName(reading) ? shown(`${reading.sensor} `) : "",
    value: shown(String(reading.value)),
    unit: reading.unit === null ? "" : shown(` ${reading.unit}`),
  });
  const widthOf = (reading: Reading) => widthOfParts(partsOf(reading));
  const [first] = readings;
  // Marks have no right to what a number needs.
  const needed = first === undefined || canBeCut(first) ? 0 : Math.min(line.left, widthOf(first));
  const room = Math.max(content.room, needed);
  const fitting = howManyFit(readings, widthOf, room);
  const more = readings.length > fitting ? `  +${readings.length - fitting} more` : "";
  const end = line.left - room + displayWidth(more);
  for (const [index, reading] of readings.slice(0, fitting).entries()) {
    if (index > 0) line.add({ text: GAP });
    const { name, value, unit } = fitParts(partsOf(reading), {
      room: line.left - end,
      isText: canBeCut(reading),
    });
    line.add({ text: name, paint: colours.dim });
    line.add({ text: value, paint: colours.bold });
    line.add({ text: unit });
  }
  line.add({ text: more, paint: colours.dim });
}

/** Half a word is half a word; half a number is another number. */
function canBeCut({ value }: Reading): boolean {
  return typeof value === "string" && Number.isNaN(Number(value));
}

/** A reading as it is shown. */
interface Parts {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
}

function widthOfParts({ name, value, unit }: Parts): number {
  return displayWidth(name) + displayWidth(value) + displayWidth(unit);
}

/** Cuts a reading to so many columns, its name first. A number is shown whole or not at all: "25…" would look like 25. */
function fitParts(
  parts: Parts,
  { room, isText }: { readonly room: number; readonly isText: boolean },
): Parts {
  const missing = widthOfParts(parts) - room;
  if (missing <= 0) return parts;
  const nameRoom = displayWidth(parts.name) - missing;
  if (nameRoom >= ELLIPSIS.length + 1) return { ...parts, name: `${truncate(parts.name, nameRoom - 1)} ` };
  const name = parts.name === "" ? "" : `${ELLIPSIS} `;
  if (isText) return { name, value: truncate(parts.value, room - name.length), unit: "" };
  return { name: "", value: truncate(ELLIPSIS, room), unit: "" };
}

const ELLIPSIS = "…";
const GAP = "  ";

/** How many readings fit into so many columns, with the number of the others behind them; at least one. */
function howManyFit(
  readings: readonly Reading[],
  widthOf: (reading: Reading) => number,
  room: number,
): number {
  let width = -GAP.length;
  let fitting = 1;
  for (const [index, reading] of readings.entries()) {
    width += GAP.length + widthOf(reading);
    if (width > room) return fitting;
    const rest = readings.length - index - 1;
    if (rest === 0 || width + `  +${rest} more`.length <= room) fitting = index + 1;
  }
  return fitting;
}

function* marks({ receivedAt, retained, timestamp, warnings }: Telemetry): Generator<string> {
  if (retained) yield "retained";
  const lateMs = timestamp === null ? 0 : receivedAt - timestamp;
  if (lateMs > CLOCK_TOLERANCE_MS) yield `late ${roughly(lateMs)}`;
  if (lateMs < -CLOCK_TOLERANCE_MS) yield `ahead ${roughly(-lateMs)}`;
  for (const warning of warnings) yield WARNINGS[warning];
}

/** What a payload without readings is, where it is no JSON. */
function kindOf({ format, payload }: Telemetry): string | null {
  if (format === "text") return "not JSON";
  return format === "binary" ? `${payload.length} bytes, not text` : null;
}

function column(text: string, columns: number): string {
  // Twice the gap: one is part of the column, so that a long name does not touch what follows.
  return `${pad(shorten(printable(text.slice(0, columns * 16)), columns), columns)}  `;
}

/** Cuts in the middle: names of devices differ at their ends. */
function shorten(text: string, columns: number): string {
  if (text.length <= columns || !/^[ -~]*$/.test(text)) return truncate(text, columns);
  const end = Math.floor((columns - 1) / 2);
  return truncate(text, columns - end) + text.slice(text.length - end);
}

function payloadText({ format, payload }: Telemetry): string {
  if (payload.length === 0) return "(empty)";
  if (format === "binary")
    return Buffer.from(payload.subarray(0, HEX_BYTES)).toString("hex").replace(/..\B/g, "$& ");
  // A payload may have 10 MB; a terminal shows none of that.
  return new TextDecoder().decode(payload.subarray(0, 8_192));
}

const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
] as const;

function roughly(ms: number): string {
  for (const unit of UNITS) if (ms >= unit.ms) return `${Math.floor(ms / unit.ms)} ${unit.name}`;
  return `${Math.round(ms / 1_000)} s`;
}
