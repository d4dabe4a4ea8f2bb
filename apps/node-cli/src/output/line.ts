import type { Reading, Telemetry, TelemetryWarning } from "@tesa/core";
import type { Colours } from "../colours.ts";
import { printable } from "../printable.ts";
import { localTime } from "./local-time.ts";
import { displayWidth, pad, truncate } from "./width.ts";

/** How a line is to look. */
export interface LineStyle {
  readonly colours: Colours;
  /** The width of the terminal. */
  readonly columns: number;
  /** How the time of receipt is written. @default the local time of day */
  readonly time?: (epochMs: number) => string;
}

const DEVICE_COLUMNS = 20;
/** "motor/2/temperature" has 19 characters; a narrow terminal has better use for the room. */
const SENSOR_COLUMNS = { wide: 19, narrow: 14 } as const;
const WIDE_TERMINAL = 100;
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
  const { columns } = style;
  let line = "";
  // The last column stays free: some terminals wrap as soon as it is written.
  let left = columns - 1;
  for (const { text, paint = String } of parts(message, style)) {
    // A character has more than one code unit at times, but hardly this many.
    const fitting = truncate(printable(text.slice(0, left * 16)), left);
    line += paint(fitting);
    left -= displayWidth(fitting);
    if (left <= 0) break;
  }
  return line;
}

function* parts(message: Telemetry, { colours, columns, time = localTime }: LineStyle): Generator<Part> {
  const sensorColumns = columns < WIDE_TERMINAL ? SENSOR_COLUMNS.narrow : SENSOR_COLUMNS.wide;
  yield { text: `${time(message.receivedAt)}  `, paint: colours.dim };
  yield { text: column(message.deviceId ?? message.topic, DEVICE_COLUMNS), paint: colours.cyan };
  yield { text: column(message.sensor ?? "", sensorColumns) };
  for (const mark of marks(message)) {
    yield { text: `[${mark}]`, paint: message.format === "json" ? colours.yellow : colours.red };
    yield { text: " " };
  }
  if (message.readings.length > 0) yield* values(message, colours);
  else yield { text: payloadText(message), paint: colours.dim };
}

function* values({ readings, sensor }: Telemetry, colours: Colours): Generator<Part> {
  for (const [index, reading] of readings.entries()) {
    if (index > 0) yield { text: "  " };
    if (readings.length > 1 || reading.sensor !== sensor)
      yield { text: `${reading.sensor} `, paint: colours.dim };
    yield { text: valueText(reading), paint: colours.bold };
    if (reading.unit !== null) yield { text: ` ${reading.unit}` };
  }
}

function* marks({
  format,
  payload,
  receivedAt,
  retained,
  timestamp,
  warnings,
}: Telemetry): Generator<string> {
  if (retained) yield "retained";
  if (format === "text") yield "not JSON";
  if (format === "binary") yield `${payload.length} bytes, not text`;
  const lateMs = timestamp === null ? 0 : receivedAt - timestamp;
  if (lateMs > CLOCK_TOLERANCE_MS) yield `late ${roughly(lateMs)}`;
  if (lateMs < -CLOCK_TOLERANCE_MS) yield `ahead ${roughly(-lateMs)}`;
  for (const warning of warnings) yield WARNINGS[warning];
}

function column(text: string, columns: number): string {
  // Twice the gap: one is part of the column, so that a long name does not touch what follows.
  return `${pad(truncate(printable(text.slice(0, columns * 16)), columns), columns)}  `;
}

function valueText({ value }: Reading): string {
  return typeof value === "string" ? value : String(value);
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
